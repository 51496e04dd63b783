import Foundation
import TestSupport
import Testing

/// The real executable, with an interval of an hour, and clusters in which something else interferes.
@Suite("Between two rounds, the program", .serialized)
struct WatchTests {
    private let users = (1...5).map { "user-\($0)" }

    /// A fleet in which all is ready, with a watch in each cluster.
    private func resting(_ changes: [String: String] = [:]) async throws -> (
        fleet: MockFleetProcess, process: RunningProcess
    ) {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        let environment = fleet.environment(users: users, changes)
        try await fleet.putOurs(environment)
        try await poll(within: .seconds(180), "DaemonSets") {
            try await fleet.readyClusters() == users.count
        }
        let process = try RunningProcess("kubernetes-image-puller", environment: environment)
        for user in users { try await process.line(with: "event=ready user=\(user) ") }
        return (fleet, process)
    }

    @Test("creates what was deleted and replaces what was edited within seconds")
    func interference() async throws {
        let (fleet, process) = try await resting()
        defer { process.end() }
        try await poll(within: .seconds(180), "watches") {
            try await fleet.users().allSatisfy { $0.counts.watch > 0 }
        }
        let before = try await fleet.users().map(\.daemonSets)
        try await fleet.act(#"{"action":"deleteDaemonSet"}"#, user: "user-1")
        try await fleet.act(#"{"action":"editDaemonSet","image":"busybox:0"}"#, user: "user-2")
        try await process.line(with: "event=created user=user-1 ", within: .seconds(60))
        try await process.line(with: "event=replaced user=user-2 ", within: .seconds(60))
        let after = try await fleet.users().map(\.daemonSets)
        for (index, user) in users.enumerated() {
            #expect((before[index].map(\.uid) == after[index].map(\.uid)) == (index > 1), "\(user)")
        }
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(15)) == 0)
    }

    @Test("notices it also when the API server has forgotten what came before")
    func compacted() async throws {
        let (fleet, process) = try await resting()
        defer { process.end() }
        try await fleet.addFault(
            MockFleetProcess.Fault(kind: "expiredWatch", verbs: ["watch"], count: 1),
            user: "user-1"
        )
        try await poll(within: .seconds(90), "watches") { try await fleet.user("user-1").counts.watch > 2 }
        try await fleet.act(#"{"action":"deleteDaemonSet"}"#, user: "user-1")
        try await process.line(with: "event=created user=user-1 ", within: .seconds(60))
    }

    @Test("sends nothing with WATCH_CLUSTERS=0")
    func off() async throws {
        let (fleet, process) = try await resting(["WATCH_CLUSTERS": "0"])
        defer { process.end() }
        #expect(try await fleet.counts().watch == 0)
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        #expect(try await fleet.counts().watch == 0)
    }
}

@Suite("In round after round, the program")
struct WarningTests {
    @Test("tells a warning that comes with each answer once for each cluster")
    func once() async throws {
        let users = ["user-1", "user-2"]
        let fleet = try await MockFleetProcess(["--users", "2", "--pull-ms", "1"])
        try await fleet.addFault(#"{"kind":"delay","delayMs":1,"headers":{"Warning":"299 - \"it is old\""}}"#)
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: users,
                ["CACHING_INTERVAL_HOURS": "1s", "WATCH_CLUSTERS": "0"]
            )
        )
        defer { process.end() }
        try await poll(within: .seconds(90), "five rounds") {
            try await fleet.users().allSatisfy { $0.counts.get > 8 }
        }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        for user in users {
            let told = process.lines.filter { $0.contains("it is old") && $0.contains("user=\(user) ") }
            #expect(told.count == 1)
        }
    }
}
