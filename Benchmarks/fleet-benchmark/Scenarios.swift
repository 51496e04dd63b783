import Foundation

/// Carries out the scenarios: each gives measurements, one after another, of one simulated fleet.
struct Scenarios {
    let tools: Tools
    /// Numbers of users with which the memory at rest is of interest.
    let measuresRest: Set<Int>
    let record: (Measurement) -> Void

    private static let patience = 120.0
    /// Seconds until all has calmed down. Within ten the puller sums up what has happened, and gives memory back.
    private func calm(_ scenario: Scenario, users: Int) -> Double {
        scenario == .coldStartLimited && measuresRest.contains(users) ? 11 : 1.5
    }
    private static let readyMark = #""event":"ready""#
    /// The floors say this when they have a token, and when all is done.
    private static let floorMark = "floor: "
    private static let unlimited = ["MAX_CONCURRENT_ROLLOUTS": "100000"]

    // MARK: The puller

    /// A cold start and nothing else.
    func coldStart(_ scenario: Scenario, _ settings: MockFleet.Settings, _ road: Tools.Road) throws {
        let fleet = try tools.startFleet(settings, road)
        let puller = try start(scenario, fleet, road)
        try puller.wait(for: Self.readyMark, count: settings.users, within: Self.patience)
        try finish(scenario, puller, fleet, road)
        try fleet.end()
    }

    /// Everything that happens to a fleet from the first start to the last end: cold start, warm start and a steady
    /// round, refresh, exit with deletion.
    func life(_ settings: MockFleet.Settings, _ road: Tools.Road) throws {
        let fleet = try tools.startFleet(settings, road)
        for scenario in [Scenario.coldStart, .refresh, .refreshLimited] {
            try fleet.resetCounts()
            // One second is the age from which it is refreshed, a tenth more by the uid; ages are whole seconds.
            let changes = scenario == .coldStart ? [:] : ["IMAGE_REFRESH_HOURS": "0.0003"]
            let puller = try start(scenario, fleet, road, changes)
            try puller.wait(for: Self.readyMark, count: settings.users, within: Self.patience)
            try finish(scenario, puller, fleet, road)
            // By then everything is old enough.
            if scenario != .refreshLimited { usleep(800_000) }
        }
        try warmStart(fleet, road, deletes: true)
        try fleet.end()
    }

    /// Cold start by the floor, then steady rounds of all three in turns, and the end: for figures of many users.
    func steadyRounds(_ settings: MockFleet.Settings, _ road: Tools.Road, turns: Int) throws {
        let fleet = try tools.startFleet(settings, road)
        try floor(.coldStartLimited, .floor, work: "create", fleet, road)
        for turn in 1...turns {
            for subject in [Subject.floor, .bare] {
                try floor(.steadyRound, subject, work: "check", fleet, road)
            }
            try warmStart(fleet, road, deletes: turn == turns)
        }
        try fleet.end()
    }

    /// Seconds between two checks of one user in steady rounds: an interval that leaves some room for pauses.
    private static func interval(users: Int) -> Double { 2 + Double(users) / 1500 }

    private func warmStart(_ fleet: MockFleet, _ road: Tools.Road, deletes: Bool) throws {
        let users = fleet.settings.users
        let interval = Self.interval(users: users)
        try fleet.resetCounts()
        let puller = try start(
            .warmStart,
            fleet,
            road,
            [
                "CACHING_INTERVAL_HOURS": "\(interval / 3600)", "ON_EXIT": deletes ? "delete" : "keep",
                "EXIT_GRACE_SECONDS": "60",
            ]
        )
        try puller.wait(for: Self.readyMark, count: users, within: Self.patience)
        record(try measurement(.warmStart, puller, fleet, road, wall: puller.age, cpu: puller.cpuSeconds))
        try steadyRound(puller, fleet, road, interval: interval)
        guard deletes else {
            try puller.end()
            return
        }
        try fleet.resetCounts()
        let cpu = puller.cpuSeconds
        var exit = try measurement(.exit, puller, fleet, road, wall: nil, cpu: 0)
        let end = try puller.end(within: 60)
        exit.wall = end.wall
        exit.cpu = end.cpu - cpu
        exit.requests = try fleet.counts()
        try requireNothingLeft(fleet)
        record(exit)
    }

    private func requireNothingLeft(_ fleet: MockFleet) throws {
        let present = try fleet.summary().present
        guard present == 0 else {
            throw MeasuredProcess.Problem(description: "\(present) clusters still have a DaemonSet")
        }
    }

    /// A round has passed when there were as many checks as users. It begins in the calm after the start, so that each
    /// user should be checked once.
    private func steadyRound(
        _ puller: MeasuredProcess,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        interval: Double
    ) throws {
        let users = fleet.settings.users
        try fleet.resetCounts()
        let cpu = puller.cpuSeconds
        let deadline = puller.age + 3 * interval + 5
        var seen = 0
        while seen < users {
            guard puller.age < deadline else {
                throw MeasuredProcess.Problem(description: "\(seen) of \(users) checks in three intervals")
            }
            puller.rest(seconds: 0.05)
            seen = try fleet.counts()["get", default: 0]
        }
        // The last answers are being read.
        puller.rest(seconds: 0.1)
        let used = puller.cpuSeconds - cpu
        var result = try measurement(.steadyRound, puller, fleet, road, wall: nil, cpu: used)
        result.mostOfOneUser = try fleet.mostRequestsOfOneUser()
        record(result)
    }

    /// A cold start with or without one in ten users failing in mixed ways.
    func isolation(_ scenario: Scenario, _ settings: MockFleet.Settings, _ road: Tools.Road) throws {
        let faults = [
            #"{"kind":"status","status":503,"body":"html"}"#, #"{"kind":"drop"}"#, #"{"kind":"never"}"#,
            #"{"kind":"delay","delayMs":5000}"#, #"{"kind":"huge"}"#, #"{"kind":"malformed"}"#,
            #"{"kind":"drip"}"#, #"{"kind":"status","status":401,"body":"empty"}"#, #"{"kind":"cut"}"#,
            #"{"kind":"endless"}"#,
        ]
        let fleet = try tools.startFleet(settings, road)
        let failing = Set(stride(from: 10, through: settings.users, by: 10).map { "user-\($0)" })
        if scenario == .isolation {
            for (index, user) in failing.sorted().enumerated() {
                try fleet.addFault(faults[index % faults.count], user: user)
            }
        }
        let healthy = settings.users - failing.count
        let puller = try start(scenario, fleet, road)
        // The same users are looked at with and without failures; without, the others are ready, too.
        let count = scenario == .isolation ? healthy : settings.users
        try puller.wait(for: Self.readyMark, count: count, within: Self.patience)
        var result = try measurement(scenario, puller, fleet, road, wall: puller.age, cpu: puller.cpuSeconds)
        let latencies = try Self.latencies(in: puller.printed, without: failing)
        result.median = latencies.median
        result.percentile99 = latencies.percentile(99)
        record(result)
        try puller.end()
        try fleet.end()
    }

    private struct LogLine: Decodable {
        var event: String
        var user: String?
        // The name is the log's.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var duration_seconds: Double?
    }

    private static func latencies(in log: Data, without failing: Set<String>) throws -> [Double] {
        try log.split(separator: UInt8(ascii: "\n"))
            .map { try JSONDecoder().decode(LogLine.self, from: $0) }
            .filter { $0.event == "ready" && !failing.contains($0.user ?? "") }
            .compactMap(\.duration_seconds)
    }

    private func start(
        _ scenario: Scenario,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        _ changes: [String: String] = [:]
    ) throws -> MeasuredProcess {
        let limits = scenario.isUnlimited ? Self.unlimited : [:]
        return try MeasuredProcess(
            tools.program("kubernetes-image-puller"),
            [],
            environment: tools.environment(fleet, road, limits.merging(changes) { $1 }),
            output: tools.file("puller.out")
        )
    }

    /// Measures a start that has reached its aim, lets it calm down, and ends it.
    private func finish(
        _ scenario: Scenario,
        _ puller: MeasuredProcess,
        _ fleet: MockFleet,
        _ road: Tools.Road
    ) throws {
        let wall = puller.age
        puller.rest(seconds: 0.1)
        var result = try measurement(scenario, puller, fleet, road, wall: wall, cpu: puller.cpuSeconds)
        puller.rest(seconds: calm(scenario, users: fleet.settings.users))
        result.restMemory = puller.memory.now
        result.restConnections = puller.connections
        result.openFiles = puller.peakOpenFiles
        let ready = try fleet.summary().ready
        guard ready == fleet.settings.users else {
            throw MeasuredProcess.Problem(description: "only \(ready) clusters are ready in the mock fleet")
        }
        record(result)
        try puller.end()
    }

    private func measurement(
        _ scenario: Scenario,
        _ process: MeasuredProcess,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        wall: Double?,
        cpu: Double
    ) throws -> Measurement {
        Measurement(
            scenario: scenario,
            subject: .puller,
            road: road,
            fleet: fleet.settings,
            wall: wall,
            cpu: cpu,
            peakMemory: process.memory.peak,
            openFiles: process.peakOpenFiles,
            requests: try fleet.counts()
        )
    }

    // MARK: The floors

    /// The same work as a scenario's, by a floor, with a fleet of its own.
    func floor(
        _ scenario: Scenario,
        _ subject: Subject,
        _ settings: MockFleet.Settings,
        _ road: Tools.Road
    ) throws {
        let fleet = try tools.startFleet(settings, road)
        switch scenario {
        case .coldStart, .coldStartLimited, .slowFleet:
            try floor(scenario, subject, work: "create", fleet, road)
        case .warmStart, .steadyRound:
            try populate(fleet, road)
            try floor(scenario, subject, work: "check", fleet, road)
        case .refresh, .refreshLimited:
            try populate(fleet, road)
            try floor(scenario, subject, work: "replace", fleet, road)
        case .exit:
            try populate(fleet, road)
            try floor(scenario, subject, work: "remove", fleet, road)
        case .isolation, .noFailures:
            break
        }
        try fleet.end()
    }

    private func populate(_ fleet: MockFleet, _ road: Tools.Road) throws {
        let process = try startFloor(.coldStart, .floor, work: "create", fleet, road)
        try process.wait(for: Self.floorMark, count: 2, within: Self.patience)
        try process.end(diesOfSignal: true)
    }

    private func startFloor(
        _ scenario: Scenario,
        _ subject: Subject,
        work: String,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        spread: Double = 0
    ) throws -> MeasuredProcess {
        try MeasuredProcess(
            tools.program("request-floor"),
            [subject.rawValue, work, "\(spread)"],
            environment: tools.environment(fleet, road, scenario.isUnlimited ? Self.unlimited : [:]),
            output: tools.file("floor.out")
        )
    }

    /// In a steady round, the checks come at the pace of the puller's: such that come one by one cost more than as many
    /// that come at once.
    private func floor(
        _ scenario: Scenario,
        _ subject: Subject,
        work: String,
        _ fleet: MockFleet,
        _ road: Tools.Road
    ) throws {
        let isSteady = scenario == .steadyRound
        let spread = isSteady ? Self.interval(users: fleet.settings.users) : 0
        try fleet.resetCounts()
        let process = try startFloor(scenario, subject, work: work, fleet, road, spread: spread)
        try process.wait(for: Self.floorMark, count: 1, within: Self.patience)
        let start = isSteady ? process.cpuSeconds : 0
        try process.wait(for: Self.floorMark, count: 2, within: Self.patience)
        let wall = isSteady ? nil : process.age
        let cpu = process.cpuSeconds - start
        var result = try measurement(scenario, process, fleet, road, wall: wall, cpu: cpu)
        result.subject = subject
        if scenario == .exit { try requireNothingLeft(fleet) }
        record(result)
        try process.end(diesOfSignal: true)
    }
}
