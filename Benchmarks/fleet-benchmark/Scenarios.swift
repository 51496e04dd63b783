import Foundation

/// Runs the scenarios. Each records one or more measurements of one mock fleet.
struct Scenarios {
    let tools: Tools
    let record: (Measurement) -> Void

    static let patience = 120.0
    /// Seconds until the puller is at rest; the longer time includes its summary after up to ten seconds, with which it
    /// returns memory.
    static let shortCalm = 1.5
    static let longCalm = 11.0
    static let readyMark = #""event":"ready""#
    static func unlimited(_ fleet: MockFleet) -> [String: String] {
        ["MAX_CONCURRENT_ROLLOUTS": "\(fleet.settings.users)"]
    }

    /// The settings of a puller that deletes everything when it exits.
    private static let deletes = ["ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "60"]

    /// A cold start.
    ///
    /// - Parameters:
    ///   - calm: Seconds after which memory at rest and idle connections are read; `nil` for never.
    ///   - deletes: Whether to measure an exit with deletion, too.
    func coldStart(
        _ scenario: Scenario,
        _ settings: MockFleet.Settings,
        _ road: Tools.Road,
        calm: Double?,
        deletes: Bool = false
    ) throws {
        let fleet = try tools.startFleet(settings, road)
        let puller = try start(scenario, fleet, road, deletes ? Self.deletes : [:])
        try measureStart(scenario, puller, fleet, road, calm: calm)
        if deletes {
            try exit(puller, fleet, road)
        } else {
            try puller.end()
        }
        try fleet.end()
    }

    /// The life of a fleet: a cold start, refreshes, and steady rounds of all subjects.
    func life(_ settings: MockFleet.Settings, _ road: Tools.Road) throws {
        let fleet = try tools.startFleet(settings, road)
        for scenario in [Scenario.coldStart, .refresh, .refreshLimited] {
            try fleet.resetCounts()
            // Refreshes are due at an age of one second, or up to a tenth more, depending on the uid; ages are in whole
            // seconds.
            let changes = scenario == .coldStart ? [:] : ["IMAGE_REFRESH_HOURS": "0.0003"]
            let puller = try start(scenario, fleet, road, changes)
            try measureStart(scenario, puller, fleet, road, calm: Self.shortCalm)
            try puller.end()
            // Afterwards, everything is old enough.
            if scenario != .refreshLimited { usleep(800_000) }
        }
        try steadyRounds(fleet, road, turn: 0)
        try fleet.end()
    }

    /// A cold start by the floor with default limits, and then steady rounds of all subjects with its DaemonSets.
    func floorThenSteadyRounds(_ settings: MockFleet.Settings, _ road: Tools.Road, turn: Int) throws {
        let fleet = try tools.startFleet(settings, road)
        try runFloor(.coldStartLimited, .floor, work: "create", fleet, road)
        try steadyRounds(fleet, road, turn: turn)
        try fleet.end()
    }

    /// The puller always runs first, because the floors spread their checks over the time that its checks took. The
    /// order of the floors depends on the turn.
    private func steadyRounds(_ fleet: MockFleet, _ road: Tools.Road, turn: Int) throws {
        try warmStart(fleet, road)
        let ports = try Observer.Ports()
        let puller = try startRounds(fleet, road, ports.environment)
        let spread = try steadyRound(.steadyRound, puller, fleet, road)
        // Always second, so that what the answers leave in memory counts as theirs.
        let observer = Observer(ports)
        try steadyRound(.observedRound, puller, fleet, road)
        try observer.end()
        try puller.end()
        for subject in tools.subjects.filter({ $0 != .puller }).rotated(by: turn) {
            try runFloor(.steadyRound, subject, work: "check", fleet, road, spread: spread)
        }
    }

    /// Seconds between two checks of one user in steady rounds, over which the checks of all are spread.
    private static func interval(users: Int) -> Double { 3 + Double(users) / 2000 }

    private func warmStart(_ fleet: MockFleet, _ road: Tools.Road) throws {
        try fleet.resetCounts()
        let puller = try start(.warmStart, fleet, road)
        try puller.wait(for: Self.readyMark, count: fleet.settings.users, within: Self.patience)
        record(try measurement(.warmStart, puller, fleet, road, wall: puller.age, cpu: puller.cpuSeconds))
        try puller.end()
    }

    /// Starts a puller with a short interval, and waits until its second round is over, in which each user has two reads, one
    /// of each name, as in every 24th round. For each user, it comes a twentieth to twenty-one twentieths of an interval
    /// after the first.
    private func startRounds(
        _ fleet: MockFleet,
        _ road: Tools.Road,
        _ changes: [String: String]
    ) throws -> MeasuredProcess {
        let users = fleet.settings.users
        let interval = Self.interval(users: users)
        try fleet.resetCounts()
        let puller = try start(
            .steadyRound,
            fleet,
            road,
            changes.merging(["CACHING_INTERVAL_HOURS": "\(interval / 3600)"]) { $1 }
        )
        try puller.wait(for: Self.readyMark, count: users, within: Self.patience)
        puller.rest(seconds: 1.1 * interval + 0.2)
        let seen = try fleet.counts()["get", default: 0]
        guard seen >= 3 * users else {
            throw MeasuredProcess.Problem(
                description: "\(seen) reads in a warm start and a round of \(users)"
            )
        }
        return puller
    }

    /// Ends a puller that deletes its DaemonSets.
    private func exit(_ puller: MeasuredProcess, _ fleet: MockFleet, _ road: Tools.Road) throws {
        try fleet.resetCounts()
        puller.forgetPeak()
        let cpu = puller.cpuSeconds
        let end = try puller.end(within: 60)
        var exit = try measurement(.exit, puller, fleet, road, wall: end.wall, cpu: end.cpu - cpu)
        // Most of them were open before the exit.
        exit.openFiles = nil
        try requireNothingLeft(fleet)
        record(exit)
    }

    func requireNothingLeft(_ fleet: MockFleet) throws {
        let present = try fleet.summary().present
        guard present == 0 else {
            throw MeasuredProcess.Problem(description: "\(present) clusters still have a DaemonSet")
        }
    }

    /// The share of a round in which no user may be checked twice. Its end is left out, because a check then may be the
    /// next one of a user whose last one came late.
    private static let shareOfRound = 0.9

    /// Measures a round, which ends after as many checks as there are users. It may begin anywhere in the interval,
    /// because each user has its own point there.
    ///
    /// - Returns: Its duration in seconds.
    @discardableResult
    private func steadyRound(
        _ scenario: Scenario,
        _ puller: MeasuredProcess,
        _ fleet: MockFleet,
        _ road: Tools.Road
    ) throws -> Double {
        let users = fleet.settings.users
        try fleet.resetCounts()
        puller.forgetPeak()
        let (began, cpu) = (puller.age, puller.cpuSeconds)
        let deadline = began + 3 * Self.interval(users: users) + 5
        var seen = 0
        var mostOfOneUser: Int?
        while seen < users {
            guard puller.age < deadline else {
                throw MeasuredProcess.Problem(description: "\(seen) of \(users) checks in three intervals")
            }
            puller.rest(seconds: 0.05)
            seen = try fleet.counts()["get", default: 0]
            if mostOfOneUser == nil, Double(seen) >= Self.shareOfRound * Double(users) {
                mostOfOneUser = try fleet.mostRequestsOfOneUser()
            }
        }
        let wall = puller.age - began
        let used = puller.cpuSeconds - cpu
        var result = try measurement(scenario, puller, fleet, road, wall: wall, cpu: used)
        result.mostOfOneUser = mostOfOneUser
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

    /// Measures a start until every user is ready, and then waits for rest if `calm` is given.
    private func measureStart(
        _ scenario: Scenario,
        _ puller: MeasuredProcess,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        calm: Double?
    ) throws {
        try puller.wait(for: Self.readyMark, count: fleet.settings.users, within: Self.patience)
        let wall = puller.age
        puller.rest(seconds: 0.1)
        var result = try measurement(scenario, puller, fleet, road, wall: wall, cpu: puller.cpuSeconds)
        if let calm {
            puller.rest(seconds: calm)
            result.restMemory = puller.lookAtMemory()
            result.restConnections = puller.connections
            result.openFiles = puller.peakOpenFiles
        }
        let ready = try fleet.summary().ready
        guard ready == fleet.settings.users else {
            throw MeasuredProcess.Problem(description: "only \(ready) clusters are ready in the mock fleet")
        }
        record(result)
    }

    /// A measurement of what a process has done so far.
    func measurement(
        _ scenario: Scenario,
        _ process: MeasuredProcess,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        wall: Double?,
        cpu: Double
    ) throws -> Measurement {
        process.lookAtMemory()
        return Measurement(
            scenario: scenario,
            subject: .puller,
            road: road,
            fleet: fleet.settings,
            wall: wall,
            cpu: cpu,
            mockCPU: fleet.cpuSeconds,
            peakMemory: process.peakMemory,
            openFiles: process.peakOpenFiles,
            requests: try fleet.counts()
        )
    }
}

extension Array {
    /// The elements, rotated so that the one at index `places` comes first.
    func rotated(by places: Int) -> [Element] {
        guard !isEmpty else { return self }
        return Array(self[(places % count)...] + self[..<(places % count)])
    }
}
