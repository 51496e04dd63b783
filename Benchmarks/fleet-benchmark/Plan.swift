import Foundation

/// The steps of a run, in order of importance, and how often each is repeated.
struct Plan {
    /// One step.
    struct Step {
        /// The name for remarks.
        var name: String
        /// The turn to which it belongs.
        var turn: Int?
        /// Whether it certainly takes no more than a few seconds.
        var isShort: Bool
        var run: (Scenarios) throws -> Void
    }

    private(set) var steps: [Step] = []
    private let scale: Scale
    private let hasTLS: Bool
    private let subjects: [Subject]

    init(_ scale: Scale, hasTLS: Bool, subjects: [Subject] = Subject.allCases) {
        self.subjects = subjects
        self.scale = scale
        self.hasTLS = hasTLS
        // Steps for targets come first. Repeated steps take turns, so that a disturbance affects all of them alike.
        // Steps that run once come after the first turn, so that only repeats are lost if there is not enough time.
        for turn in 0..<scale.repeats {
            addTurn(turn)
            if turn == 0 { addSingles() }
        }
        if let large = scale.large {
            add("life of a large fleet", large.users, .http) {
                try $0.largeFleet(users: large.users, outageSeconds: large.outage)
            }
        }
        for turn in 1..<max(scale.tlsRepeats, 1) { addTLS(turn) }
        for users in scale.sizes { addPicture(of: users) }
    }

    /// Adds what the targets compare, in a different order in each turn.
    private mutating func addTurn(_ turn: Int) {
        for subject in subjects.rotated(by: turn) {
            cold(.coldStart, subject, scale.middle, .http, turn, calm: turn == 0 ? Scenarios.shortCalm : nil)
        }
        isolation([.noFailures, .isolation], .http, turn)
        isolation([.noFailuresLimited, .isolationLimited], .http, turn)
        let calm = turn < scale.rests ? scale.calm : nil
        for subject in [Subject.puller, .floor].rotated(by: turn) {
            cold(.coldStartLimited, subject, scale.few, .http, turn, calm: calm)
        }
        cold(.coldStartLimited, .puller, scale.middle, .http, turn, calm: turn == 0 ? scale.calm : nil)
        for subject in [Subject.puller, .floor].rotated(by: turn) {
            if subject == .puller {
                cold(.coldStartLimited, subject, scale.most, .http, turn, calm: calm)
            } else {
                floorThenSteadyRounds(scale.most, .http, turn)
            }
        }
    }

    private mutating func addSingles() {
        cold(.coldStartLimited, .puller, 1, .http, calm: scale.calm)
        addTLS(0)
        if hasTLS { isolation([.noFailures, .isolation], .tls, 0) }
        life(scale.few, .http)
    }

    private mutating func addTLS(_ turn: Int) {
        guard hasTLS else { return }
        cold(.coldStartLimited, .puller, scale.most, .tls, turn)
        cold(.coldStart, .puller, scale.most, .tls, turn)
        if subjects.contains(.go) { cold(.coldStart, .go, scale.most, .tls, turn) }
    }

    /// Adds every scenario with this number of users that is not a step yet.
    private mutating func addPicture(of users: Int) {
        for road in hasTLS ? [Tools.Road.http, .tls] : [.http] {
            if users != scale.few || road == .tls { life(users, road) }
            if road == .tls || ![scale.few, scale.middle, scale.most].contains(users) {
                cold(.coldStartLimited, .puller, users, road, calm: scale.calm)
            }
            for subject in subjects where subject != .puller {
                let isInTurns =
                    road == .http ? users == scale.middle : subject == .go && users == scale.most
                if !isInTurns { cold(.coldStart, subject, users, road) }
                for scenario in [Scenario.warmStart, .refresh, .exit] {
                    floor(scenario, subject, users, road)
                }
            }
            for subject in subjects { slow(subject, users, road) }
        }
    }

    // MARK: Steps

    private mutating func add(
        _ name: String,
        _ users: Int,
        _ road: Tools.Road,
        _ turn: Int? = nil,
        _ run: @escaping (Scenarios) throws -> Void
    ) {
        // Over TLS, a watch may stall for half a minute.
        let isShort = users <= 100 && road == .http
        let name = "\(name) of \(users), \(road.rawValue)"
        steps.append(Step(name: name, turn: turn, isShort: isShort, run: run))
    }

    /// Adds a cold start. The puller's cold starts with default limits end with an exit with deletion.
    private mutating func cold(
        _ scenario: Scenario,
        _ subject: Subject,
        _ users: Int,
        _ road: Tools.Road,
        _ turn: Int? = nil,
        calm: Double? = nil
    ) {
        guard subject == .puller else { return floor(scenario, subject, users, road, turn) }
        add(scenario.rawValue, users, road, turn) {
            let deletes = scenario == .coldStartLimited
            try $0.coldStart(scenario, .init(users: users), road, calm: calm, deletes: deletes)
        }
    }

    private mutating func floor(
        _ scenario: Scenario,
        _ subject: Subject,
        _ users: Int,
        _ road: Tools.Road,
        _ turn: Int? = nil
    ) {
        add("\(scenario.rawValue) by \(subject)", users, road, turn) {
            try $0.floor(scenario, subject, .init(users: users), road)
        }
    }

    private mutating func slow(_ subject: Subject, _ users: Int, _ road: Tools.Road) {
        let settings = MockFleet.Settings(users: users, pullMs: 2000, latencyMs: 20)
        add("slow fleet by \(subject)", users, road) {
            if subject == .puller {
                try $0.coldStart(.slowFleet, settings, road, calm: Scenarios.shortCalm)
            } else {
                try $0.floor(.slowFleet, subject, settings, road)
            }
        }
    }

    private mutating func isolation(_ scenarios: [Scenario], _ road: Tools.Road, _ turn: Int) {
        let users = scale.isolation
        for scenario in scenarios.rotated(by: turn) {
            add(scenario.rawValue, users, road, turn) {
                try $0.isolation(scenario, .init(users: users), road)
            }
        }
    }

    private mutating func floorThenSteadyRounds(_ users: Int, _ road: Tools.Road, _ turn: Int) {
        add("cold start, default limits, by floor, and steady rounds", users, road, turn) {
            try $0.floorThenSteadyRounds(.init(users: users), road, turn: turn)
        }
    }

    private mutating func life(_ users: Int, _ road: Tools.Road) {
        add("life", users, road) { try $0.life(.init(users: users), road) }
    }
}
