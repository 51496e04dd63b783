import Foundation
import TestSupport
import Testing

/// The real executable is told to end, at any moment. What it does at the second signal, and with a deletion that is
/// refused, is in ``FleetTests``.
@Suite("How the puller ends", .serialized)
struct EndTests {
    private static let puller = "kubernetes-image-puller"
    private static let grace = 5
    /// Two seconds more than the grace period are promised; the rest is for a machine that has other work.
    private static let limit = Duration.seconds(grace + 2 + 8)

    /// A moment at which the puller is told to end.
    struct Moment: Sendable, CustomTestStringConvertible {
        let name: String
        /// What keeps the puller in that moment.
        var fault: MockFleetProcess.Fault?
        var nodes: String?
        var environment: [String: String] = [:]
        /// Whether it has come.
        let hasCome: @Sendable (MockFleetProcess, RunningProcess) async throws -> Bool
        /// Whether what is to be deleted cannot be, or not be known to be.
        var leaves = false
        /// Deletions that are sent, when there are to be any.
        var deletions = 0
        /// Clusters that have a DaemonSet in the end although it was to be deleted.
        var present = 0

        var testDescription: String { name }
    }

    private static let users = ["user-1", "user-2", "user-3"]

    private static let moments = [
        Moment(
            name: "before the token is there",
            fault: .init(kind: "never", verbs: ["token"]),
            hasCome: { fleet, _ in try await fleet.counts().token == 1 },
            leaves: true
        ),
        Moment(
            name: "in the gate",
            nodes: "held",
            environment: ["MAX_CONCURRENT_ROLLOUTS": "1"],
            hasCome: { fleet, _ in
                let counts = try await fleet.counts()
                return counts.get == 6 && counts.create == 1 && counts.watch == 1
            },
            deletions: 1
        ),
        Moment(
            name: "during a rollout",
            nodes: "held",
            hasCome: { fleet, _ in try await fleet.counts().watch == 3 },
            deletions: 3
        ),
        Moment(
            name: "during a creation that has happened",
            fault: .init(kind: "never", verbs: ["create"], takesEffect: true),
            hasCome: { fleet, _ in try await fleet.presentClusters() == 3 },
            deletions: 3
        ),
        Moment(
            name: "during a creation that happens a moment later",
            fault: .init(kind: "delay", verbs: ["create"], delayMs: 1000),
            environment: ["REQUEST_TIMEOUT_SECONDS": "60", "EXIT_GRACE_SECONDS": "6"],
            hasCome: { fleet, _ in try await fleet.counts().create == 3 },
            deletions: 3
        ),
        Moment(
            name: "during a creation that happens after the end",
            fault: .init(kind: "delay", verbs: ["create"], delayMs: 20000),
            // Less than the time in which it is looked for.
            environment: ["EXIT_GRACE_SECONDS": "2"],
            hasCome: { fleet, _ in try await fleet.counts().create == 3 },
            leaves: true,
            present: 3
        ),
        Moment(
            name: "during backoff",
            fault: .init(verbs: ["get", "create"], count: 3, status: 500),
            environment: ["BACKOFF_INITIAL_SECONDS": "3600", "BACKOFF_MAX_SECONDS": "3600"],
            hasCome: { fleet, process in
                process.lines.count { $0.contains("event=failed") } == 3
            }
        ),
        Moment(
            name: "while nothing is answered any more",
            fault: .init(kind: "never", verbs: ["get", "create", "delete", "watch"]),
            hasCome: { fleet, _ in try await fleet.counts().get == 3 },
            leaves: true
        ),
    ]

    @Test(
        "The puller ends in time, at whatever moment SIGTERM comes",
        arguments: moments,
        ["keep", "delete"]
    )
    func comes(moment: Moment, action: String) async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        if let fault = moment.fault { try await fleet.addFault(fault) }
        if let nodes = moment.nodes { try await fleet.configure(#"{"nodes":"\#(nodes)"}"#, user: "*") }
        let settings = ["ON_EXIT": action, "EXIT_GRACE_SECONDS": "\(Self.grace)"]
        let process = try RunningProcess(
            Self.puller,
            environment: fleet.environment(users: Self.users, settings.merging(moment.environment) { $1 })
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "moment \(moment.name); the log:\n\(process.text)") {
            try await moment.hasCome(fleet, process)
        }
        try await fleet.resetCounts()
        process.signal(SIGTERM)
        let code = try await process.exitCode(within: Self.limit)
        // It was not brought about by the alarm for an end that fails.
        #expect(!process.text.contains("did not end"))
        #expect(process.text.contains("the puller has ended"))
        let left = Self.users.filter { user in
            process.lines.contains { $0.contains("may be left: ") && $0.contains("user=\(user) ") }
        }
        if action == "keep" {
            #expect(code == 0 && left.isEmpty)
            #expect(try await fleet.counts().delete == 0)
        } else {
            #expect(code == (moment.leaves ? 1 : 0))
            #expect(left == (moment.leaves ? Self.users : []))
            #expect(try await fleet.counts().delete == moment.deletions)
            try await poll(within: .seconds(120), "\(moment.present) clusters with a DaemonSet") {
                try await fleet.presentClusters() == moment.present
            }
        }
    }

    @Test(
        "Before it ends, the puller names each DaemonSet whose deletion was not answered, even if it was deleted"
    )
    func unansweredDeletion() async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        let settings = ["ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "\(Self.grace)"]
        let process = try RunningProcess(
            Self.puller,
            environment: fleet.environment(users: Self.users, settings)
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "3 ready clusters") { try await fleet.readyClusters() == 3 }
        try await fleet.addFault(.init(kind: "never", verbs: ["delete"]), user: "user-1")
        try await fleet.addFault(.init(kind: "never", verbs: ["delete"], takesEffect: true), user: "user-2")
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: Self.limit) == 1)
        #expect(!process.text.contains("did not end"))
        let lines = process.lines.filter {
            $0.contains("may be left: no answer before the grace period ended")
        }
        #expect(lines.count == 2)
        #expect(["user-1", "user-2"].allSatisfy { user in lines.contains { $0.contains("user=\(user) ") } })
        #expect(try await fleet.user("user-1").daemonSets.count == 1)
        #expect(try await fleet.presentClusters() == 1)
    }

    @Test("After a kill -9 in the middle of the work, the next start adopts what is there")
    func killed() async throws {
        let users = (1...20).map { "user-\($0)" }
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "500"])
        let environment = fleet.environment(users: users, ["MAX_CONCURRENT_ROLLOUTS": "5"])
        // Until it is killed, no rollout makes room for another one.
        try await fleet.configure(#"{"nodes":"held"}"#, user: "*")
        let first = try RunningProcess(Self.puller, environment: environment)
        try await poll(within: .seconds(180), "some DaemonSets") { try await fleet.presentClusters() >= 5 }
        first.signal(SIGKILL)
        #expect(try await first.exitCode() == 128 + SIGKILL)
        let made = try await fleet.users().filter { !$0.daemonSets.isEmpty }
        #expect(made.count == 5)
        try await fleet.configure(#"{"nodes":"ok"}"#, user: "*")

        let second = try RunningProcess(Self.puller, environment: environment)
        defer { second.end() }
        try await poll(within: .seconds(180), "ready clusters") {
            try await fleet.readyClusters() == users.count
        }
        for user in made { try await second.line(with: "event=adopted", "user=\(user.user) ") }
        for user in try await fleet.users() {
            #expect(user.counts.create == 1 && user.counts.delete == 0, "\(user.user)")
        }
    }

    @Test(
        "SIGTERM during 300 slow rollouts leaves all DaemonSets or none, and the log has no error",
        arguments: ["keep", "delete"],
        ["a first start", "a refresh"]
    )
    func slow(action: String, work: String) async throws {
        let users = (1...300).map { "user-\($0)" }
        let fleet = try await MockFleetProcess([
            "--users", "\(users.count)", "--pull-ms", "3000", "--pull-spread-ms", "3000",
        ])
        let environment = fleet.environment(users: users, ["ON_EXIT": action, "LOG_LEVEL": "info"])
        let isRefresh = work == "a refresh"
        if isRefresh {
            try await fleet.putOurs(environment, age: 27 * 3600)
            try await poll(within: .seconds(180), "old DaemonSets") {
                try await fleet.readyClusters() == users.count
            }
            // New pods are never ready, so nothing may be deleted for their sake.
            try await fleet.configure(#"{"nodes":"held"}"#, user: "*")
        }
        try await fleet.addFault(.init(kind: "delay", delayMs: 1000))
        let process = try RunningProcess(Self.puller, environment: environment)
        defer { process.end() }
        try await poll(within: .seconds(180), "100 rollouts") { try await fleet.counts().create >= 100 }
        let before = try await fleet.presentClusters()
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(20 + 2 + 8)) == 0)
        #expect(!process.text.contains("level=error") && !process.text.contains("may be left"))
        #expect(!process.text.contains("event=failed"))
        // Requests on their way still arrive.
        try await fleet.clearFaults()
        try await Task.sleep(for: .seconds(1.5))
        let present = try await fleet.presentClusters()
        if action == "delete" {
            #expect(present == 0)
        } else {
            #expect(present >= before)
            #expect(try await fleet.counts().delete == 0)
        }
    }

    @Test("With ON_EXIT=delete, the puller deletes the DaemonSets of 5,000 users with one request each")
    func manyUsers() async throws {
        let count = 5000
        let fleet = try await MockFleetProcess(["--users", "\(count)", "--nodes", "1"])
        let environment = fleet.environment(
            users: (1...count).map { "user-\($0)" },
            ["ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "600", "LOG_LEVEL": "info"]
        )
        // They are there already: creating them all would take most of the test's time.
        try await fleet.putOurs(environment)
        #expect(try await fleet.presentClusters() == count)

        let process = try RunningProcess(Self.puller, environment: environment)
        defer { process.end() }
        // Reading the whole log every 50 ms would take more processor time than the puller.
        try await poll(within: .seconds(180), "\(count) looks") { try await fleet.counts().get >= count }
        try await poll(within: .seconds(180), "\(count) adopted DaemonSets") {
            process.lines.count { $0.contains("event=adopted") } == count
        }
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(180)) == 0)
        let counts = try await fleet.counts()
        #expect(counts.create == 0 && counts.delete == count)
        #expect(try await fleet.presentClusters() == 0)
    }
}
