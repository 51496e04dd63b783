import Foundation

/// What is run, in the order of importance; and how often.
struct Plan {
    /// How large the fleets are, and how long it may take. The targets are about the full sizes.
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
        /// Runs of the cold starts whose memory and growth a target is about.
        var memoryRepeats: Int
        /// Numbers of users with which the memory at rest is waited for.
        var measuresRest: Set<Int>
        /// Seconds after which nothing more is begun, but for what is surely short.
        var budget: Double
        /// Seconds after which that is not begun either.
        var budgetOfShort: Double

        /// By what `scripts/bench` is told.
        static let byMode = ["quick": quick, "full": full(budget: 480), "all": full(budget: 3600)]

        private static func full(budget: Double) -> Self {
            Self(
                middle: 5000,
                most: 10_000,
                few: 1000,
                isolation: 1000,
                sizes: [1000, 100, 10, 5000, 10_000],
                repeats: 5,
                memoryRepeats: 3,
                measuresRest: [1, 1000, 10_000],
                budget: budget,
                budgetOfShort: budget + 80
            )
        }

        private static let quick = Self(
            middle: 500,
            most: 1000,
            few: 100,
            isolation: 200,
            sizes: [100],
            repeats: 1,
            memoryRepeats: 1,
            measuresRest: [],
            budget: 50,
            budgetOfShort: 50
        )
    }

    /// One step, with a name for remarks.
    struct Step {
        var name: String
        /// Whether it takes a few seconds and no more.
        var isShort: Bool
        var run: (Scenarios) throws -> Void
    }

    let steps: [Step]

    init(_ scale: Scale, hasTLS: Bool) {
        var steps: [Step] = []
        // A watch over TLS may stall for half a minute.
        func add(
            _ name: String,
            _ users: Int,
            _ road: Tools.Road,
            _ run: @escaping (Scenarios) throws -> Void
        ) {
            steps.append(Step(name: name, isShort: users <= 100 && road == .http, run: run))
        }
        func cold(_ users: Int, _ subject: Subject, _ road: Tools.Road) {
            add("cold start of \(users), \(subject), \(road.rawValue)", users, road) {
                if subject == .puller {
                    try $0.coldStart(.coldStart, .init(users: users), road)
                } else {
                    try $0.floor(.coldStart, subject, .init(users: users), road)
                }
            }
        }
        func limited(_ users: Int, _ road: Tools.Road) {
            add("cold start of \(users) with default limits, \(road.rawValue)", users, road) {
                try $0.coldStart(.coldStartLimited, .init(users: users), road)
            }
        }
        func life(_ users: Int, _ road: Tools.Road) {
            add("life of \(users), \(road.rawValue)", users, road) { try $0.life(.init(users: users), road) }
        }
        let roads: [Tools.Road] = hasTLS ? [.http, .tls] : [.http]

        // The targets' rows first. What is repeated takes turns, so that a disturbance meets all alike; and what there is
        // one run of comes in the first turn, so that only repeats are lost when the time does not suffice.
        for turn in 0..<max(scale.repeats, scale.memoryRepeats) {
            if turn < scale.repeats {
                for subject in Subject.allCases { cold(scale.middle, subject, .http) }
                for scenario in [Scenario.noFailures, .isolation] {
                    add("\(scenario.rawValue) of \(scale.isolation)", scale.isolation, .http) {
                        try $0.isolation(scenario, .init(users: scale.isolation), .http)
                    }
                }
            }
            if turn < scale.memoryRepeats {
                for users in [scale.few, scale.middle, scale.most] { limited(users, .http) }
            }
            if turn == 0 {
                limited(1, .http)
                if hasTLS {
                    limited(scale.most, .tls)
                    cold(scale.most, .puller, .tls)
                }
                life(scale.few, .http)
                add("steady rounds of \(scale.most)", scale.most, .http) {
                    try $0.steadyRounds(.init(users: scale.most), .http, turns: scale.repeats)
                }
            }
        }
        // The rest shows the whole picture, once each.
        for users in scale.sizes {
            for road in roads where users != scale.few || road == .tls { life(users, road) }
            let slow = MockFleet.Settings(users: users, pullMs: 2000, latencyMs: 20)
            add("slow fleet of \(users)", users, .http) { try $0.coldStart(.slowFleet, slow, .http) }
            for subject in [Subject.floor, .bare] {
                for road in roads where users != scale.middle || road == .tls { cold(users, subject, road) }
                for scenario in [Scenario.warmStart, .refresh, .exit] {
                    add("\(scenario.rawValue) of \(users), \(subject)", users, .http) {
                        try $0.floor(scenario, subject, .init(users: users), .http)
                    }
                }
                add("slow fleet of \(users), \(subject)", users, .http) {
                    try $0.floor(.slowFleet, subject, slow, .http)
                }
            }
        }
        self.steps = steps
    }
}
