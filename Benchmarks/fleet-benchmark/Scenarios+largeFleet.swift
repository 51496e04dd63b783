import Foundation

/// The life of a large fleet: a first start, rounds, an outage of the proxy, users who come and go, and the end.
extension Scenarios {
    /// Users who are added and removed, for each of the others. The removal of more than a tenth of all would have to be
    /// confirmed.
    private static let shareOfChange = 10
    /// Pods are ready this long after the controller has noticed a change.
    private static let pullMs = 99
    /// Seconds between two checks of a cluster: many enough that a first start fits in.
    private static func interval(users: Int) -> Int { max(20, users / 400) }

    func largeFleet(users: Int, outageSeconds: Double) throws {
        let more = users / Self.shareOfChange
        let settings = MockFleet.Settings(users: users + more, pullMs: Self.pullMs)
        let fleet = try tools.startFleet(settings, .http)
        let ports = try Observer.Ports()
        let puller = try LargeFleetRun(
            self,
            fleet,
            ports,
            users: users,
            interval: Self.interval(users: users)
        )

        try puller.measure(.largeStart, within: 900) { try puller.clusters().ready == users }
        // The second check of each cluster reads both names. It comes 1.05 intervals after the first at the latest.
        puller.rest(rounds: 1.1)
        for _ in 1...2 { try puller.measureRound() }

        try fleet.addFault(#"{"kind":"status","status":503,"body":"html"}"#)
        try puller.measure(.largeOutage, within: outageSeconds + 60) {
            puller.secondsOfPhase >= outageSeconds
        }
        try fleet.clearFaults()
        try puller.measure(.largeRecovery, within: 900) { try puller.clusters().ready == users }

        try puller.write(users: users + more)
        try puller.measure(.largeAdded, within: 300) { try puller.clusters().ready == users + more }
        try puller.write(users: users)
        try puller.measure(.largeRemoved, within: 300) {
            let (clusters, present) = (try puller.clusters(), try fleet.summary().present)
            return clusters.all == users && clusters.ready == users && present == users
        }
        try puller.end(within: 300)
        try requireNothingLeft(fleet)
        try fleet.end()
    }
}

/// A puller of a large fleet, and its phases.
private final class LargeFleetRun {
    private let scenarios: Scenarios
    private let fleet: MockFleet
    private let process: MeasuredProcess
    private let metrics: URL
    private let file: URL
    private let users: Int
    private let interval: Int
    private var phaseBegan = 0.0

    init(_ scenarios: Scenarios, _ fleet: MockFleet, _ ports: Observer.Ports, users: Int, interval: Int)
        throws
    {
        (self.scenarios, self.fleet, self.users, self.interval) = (scenarios, fleet, users, interval)
        file = scenarios.tools.file("users")
        try Self.write(users: users, to: file)
        guard let url = URL(string: "http://127.0.0.1:\(ports.status)/metrics") else {
            throw MeasuredProcess.Problem(description: "no URL")
        }
        metrics = url
        process = try scenarios.start(
            .largeStart,
            fleet,
            .http,
            ports.environment.merging([
                // From the file alone.
                "IMPERSONATE_USERS": "", "IMPERSONATE_USERS_FILE": file.path,
                "CACHING_INTERVAL_HOURS": "\(interval)s",
                "ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "290",
            ]) { $1 }
        )
    }

    /// Seconds since the phase began.
    var secondsOfPhase: Double { process.age - phaseBegan }

    func write(users: Int) throws { try Self.write(users: users, to: file) }

    private static func write(users: Int, to file: URL) throws {
        let text = (1...users).map { "user-\($0)\n" }.joined()
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    func rest(rounds: Double) { process.rest(seconds: rounds * Double(interval)) }

    /// The clusters that the puller knows, and those of them that are ready, by its metrics; none before its port is open.
    func clusters() throws -> (all: Int, ready: Int) {
        guard let text = try? String(contentsOf: metrics, encoding: .utf8) else { return (0, 0) }
        var all = 0
        var ready = 0
        for line in text.split(separator: "\n") where line.hasPrefix("image_puller_clusters{") {
            let count = line.split(separator: " ").last.flatMap { Double($0) } ?? 0
            all += Int(count)
            if line.contains(#"state="ready""#) { ready += Int(count) }
        }
        return (all, ready)
    }

    /// Measures a phase, which has begun and ends when `isOver` says so.
    func measure(_ scenario: Scenario, within patience: Double, until isOver: () throws -> Bool) throws {
        let cpu = begin()
        try fleet.resetCounts()
        while try !isOver() {
            guard secondsOfPhase < patience else {
                throw MeasuredProcess.Problem(
                    description: "\(scenario.rawValue) took more than \(patience) s"
                )
            }
            process.rest(seconds: 0.5)
        }
        try record(scenario, cpu: cpu) { _ in }
    }

    /// Measures as many checks as there are users.
    func measureRound() throws {
        let cpu = begin()
        try fleet.resetCounts()
        while try fleet.counts()["get", default: 0] < users {
            guard secondsOfPhase < 3 * Double(interval) else {
                throw MeasuredProcess.Problem(description: "no round in three intervals")
            }
            process.rest(seconds: 0.5)
        }
        try record(.largeRound, cpu: cpu) { result in result.restMemory = self.process.lookAtMemory() }
    }

    /// Ends the puller, which deletes everything.
    func end(within seconds: Double) throws {
        let cpu = begin()
        try fleet.resetCounts()
        let end = try process.end(within: seconds)
        var result = try scenarios.measurement(
            .largeExit,
            process,
            fleet,
            .http,
            wall: end.wall,
            cpu: end.cpu - cpu
        )
        result.openFiles = nil
        result.fleet.users = users
        scenarios.record(result)
    }

    private func begin() -> Double {
        process.forgetPeak()
        phaseBegan = process.age
        return process.cpuSeconds
    }

    private func record(_ scenario: Scenario, cpu: Double, _ change: (inout Measurement) -> Void) throws {
        var result = try scenarios.measurement(
            scenario,
            process,
            fleet,
            .http,
            wall: secondsOfPhase,
            cpu: process.cpuSeconds - cpu
        )
        result.worstSecond = Evenness(try fleet.requestsPerSecond()).worst
        // Not those that could come.
        result.fleet.users = users
        change(&result)
        scenarios.record(result)
    }
}
