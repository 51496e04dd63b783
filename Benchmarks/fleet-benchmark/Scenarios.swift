import Foundation

/// Carries out the scenarios: each gives measurements, one after another, of one simulated fleet.
struct Scenarios {
    let tools: Tools
    /// Numbers of users with which the memory at rest is of interest.
    let measuresRest: Set<Int>
    let record: (Measurement) -> Void

    static let patience = 120.0
    /// Seconds until all has calmed down. Within ten the puller sums up what has happened, and gives memory back.
    private func calm(_ scenario: Scenario, users: Int) -> Double {
        scenario == .coldStartLimited && measuresRest.contains(users) ? 11 : 1.5
    }
    static let readyMark = #""event":"ready""#
    static func unlimited(_ fleet: MockFleet) -> [String: String] {
        ["MAX_CONCURRENT_ROLLOUTS": "\(fleet.settings.users)"]
    }

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
        let puller = try warmStart(fleet, road, deletes: true)
        try steadyRound(puller, fleet, road)
        try exit(puller, fleet, road)
        try fleet.end()
    }

    /// Cold start by the floor, then steady rounds of all three in turns, and the end: for figures of many users.
    func steadyRounds(_ settings: MockFleet.Settings, _ road: Tools.Road, turns: Int) throws {
        let fleet = try tools.startFleet(settings, road)
        try runFloor(.coldStartLimited, .floor, work: "create", fleet, road)
        for _ in 0..<turns {
            let puller = try warmStart(fleet, road)
            let spread = try steadyRound(puller, fleet, road)
            try puller.end()
            for subject in [Subject.floor, .bare] {
                try runFloor(.steadyRound, subject, work: "check", fleet, road, spread: spread)
            }
        }
        try exit(warmStart(fleet, road, deletes: true), fleet, road)
        try fleet.end()
    }

    /// Seconds between two checks of one user in steady rounds: an interval that leaves some room for pauses.
    private static func interval(users: Int) -> Double { 2 + Double(users) / 1500 }

    private func warmStart(_ fleet: MockFleet, _ road: Tools.Road, deletes: Bool = false) throws
        -> MeasuredProcess
    {
        let users = fleet.settings.users
        try fleet.resetCounts()
        let puller = try start(
            .warmStart,
            fleet,
            road,
            [
                "CACHING_INTERVAL_HOURS": "\(Self.interval(users: users) / 3600)",
                "ON_EXIT": deletes ? "delete" : "keep", "EXIT_GRACE_SECONDS": "60",
            ]
        )
        try puller.wait(for: Self.readyMark, count: users, within: Self.patience)
        record(try measurement(.warmStart, puller, fleet, road, wall: puller.age, cpu: puller.cpuSeconds))
        return puller
    }

    /// Ends a puller that deletes what it made.
    private func exit(_ puller: MeasuredProcess, _ fleet: MockFleet, _ road: Tools.Road) throws {
        try fleet.resetCounts()
        puller.forgetPeak()
        let cpu = puller.cpuSeconds
        var exit = try measurement(.exit, puller, fleet, road, wall: nil, cpu: 0)
        let end = try puller.end(within: 60)
        exit.wall = end.wall
        exit.cpu = end.cpu - cpu
        exit.peakMemory = end.peakMemory
        // It has ended: nobody counts.
        exit.openFiles = nil
        exit.requests = try fleet.counts()
        try requireNothingLeft(fleet)
        record(exit)
    }

    func requireNothingLeft(_ fleet: MockFleet) throws {
        let present = try fleet.summary().present
        guard present == 0 else {
            throw MeasuredProcess.Problem(description: "\(present) clusters still have a DaemonSet")
        }
    }

    /// A round has passed when there were as many checks as users. It begins in the calm after the start, so that each
    /// user should be checked once.
    ///
    /// - Returns: Seconds from the first check that was seen to the last.
    @discardableResult
    private func steadyRound(_ puller: MeasuredProcess, _ fleet: MockFleet, _ road: Tools.Road) throws
        -> Double
    {
        let users = fleet.settings.users
        try fleet.resetCounts()
        puller.forgetPeak()
        let cpu = puller.cpuSeconds
        let deadline = puller.age + 3 * Self.interval(users: users) + 5
        var seen = 0
        var first: Double?
        while seen < users {
            guard puller.age < deadline else {
                throw MeasuredProcess.Problem(description: "\(seen) of \(users) checks in three intervals")
            }
            puller.rest(seconds: 0.05)
            seen = try fleet.counts()["get", default: 0]
            if seen > 0, first == nil { first = puller.age }
        }
        let wall = puller.age - (first ?? puller.age)
        // The last answers are being read.
        puller.rest(seconds: 0.1)
        let used = puller.cpuSeconds - cpu
        var result = try measurement(.steadyRound, puller, fleet, road, wall: wall, cpu: used)
        result.mostOfOneUser = try fleet.mostRequestsOfOneUser()
        record(result)
        return wall
    }

    func start(
        _ scenario: Scenario,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        _ changes: [String: String] = [:]
    ) throws -> MeasuredProcess {
        let limits = scenario.isUnlimited ? Self.unlimited(fleet) : [:]
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

    func measurement(
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
}
