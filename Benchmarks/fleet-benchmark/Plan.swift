import Foundation

/// What is run, in the order of importance; and how often.
struct Plan {
    /// How large the fleets are. The targets are about the full sizes.
    struct Scale {
        /// For the ratios to the floors.
        var middle: Int
        /// For memory, steady rounds and the TLS road.
        var most: Int
        /// From here to `most`, growth is measured.
        var few: Int
        var isolation: Int
        /// Every scenario is run with so many users, as far as the time goes.
        var sizes: [Int]
        /// Runs of what a target is about.
        var repeats: Int
        /// Numbers of users with which the memory at rest is waited for.
        var measuresRest: Set<Int>
        /// Seconds after which nothing more is begun.
        var budget: Double

        static let full = Self(
            middle: 5000,
            most: 10_000,
            few: 1000,
            isolation: 1000,
            sizes: [10, 100, 1000, 5000, 10_000],
            repeats: 5,
            measuresRest: [1, 1000, 10_000],
            budget: 520
        )
        static let quick = Self(
            middle: 500,
            most: 1000,
            few: 100,
            isolation: 200,
            sizes: [100],
            repeats: 1,
            measuresRest: [],
            budget: 50
        )
    }

    /// One step, with a name for remarks.
    struct Step {
        var name: String
        var run: (Scenarios) throws -> Void
    }

    let steps: [Step]

    init(_ scale: Scale, hasTLS: Bool) {
        var steps: [Step] = []
        func add(_ name: String, _ run: @escaping (Scenarios) throws -> Void) {
            steps.append(Step(name: name, run: run))
        }
        func cold(_ users: Int, _ subject: Subject, _ road: Tools.Road) {
            add("cold start of \(users), \(subject), \(road.rawValue)") {
                if subject == .puller {
                    try $0.coldStart(.coldStart, .init(users: users), road)
                } else {
                    try $0.floor(.coldStart, subject, .init(users: users), road)
                }
            }
        }
        func limited(_ users: Int, _ road: Tools.Road) {
            add("cold start of \(users) with default limits, \(road.rawValue)") {
                try $0.coldStart(.coldStartLimited, .init(users: users), road)
            }
        }
        func life(_ users: Int, _ road: Tools.Road) {
            add("life of \(users), \(road.rawValue)") { try $0.life(.init(users: users), road) }
        }
        let roads: [Tools.Road] = hasTLS ? [.http, .tls] : [.http]

        // The targets' rows first; what is repeated takes turns, so that a disturbance meets all alike.
        for _ in 0..<scale.repeats {
            for subject in [Subject.puller, .floor] { cold(scale.middle, subject, .http) }
        }
        cold(scale.middle, .bare, .http)
        add("steady rounds of \(scale.most)") {
            try $0.steadyRounds(.init(users: scale.most), .http, turns: scale.repeats)
        }
        for users in Set([1, scale.few, scale.middle, scale.most]).sorted() { limited(users, .http) }
        if hasTLS { limited(scale.most, .tls) }
        for _ in 0..<scale.repeats {
            for scenario in [Scenario.noFailures, .isolation] {
                add("\(scenario.rawValue) of \(scale.isolation)") {
                    try $0.isolation(scenario, .init(users: scale.isolation), .http)
                }
            }
        }
        life(scale.middle, .http)
        // The rest shows the whole picture, once each, from the cheapest to the dearest.
        for users in scale.sizes {
            for road in roads where users != scale.middle || road == .tls { life(users, road) }
            let slow = MockFleet.Settings(users: users, pullMs: 2000, latencyMs: 20)
            add("slow fleet of \(users)") { try $0.coldStart(.slowFleet, slow, .http) }
            for subject in [Subject.floor, .bare] {
                for road in roads where users != scale.middle || road == .tls { cold(users, subject, road) }
                for scenario in [Scenario.warmStart, .refresh, .exit] {
                    add("\(scenario.rawValue) of \(users), \(subject)") {
                        try $0.floor(scenario, subject, .init(users: users), .http)
                    }
                }
                add("slow fleet of \(users), \(subject)") { try $0.floor(.slowFleet, subject, slow, .http) }
            }
        }
        self.steps = steps
    }
}
