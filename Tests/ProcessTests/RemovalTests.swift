import Foundation
import TestSupport
import Testing

@Suite("The removal of a user", .serialized)
struct RemovalTests {
    /// Enough users that removing a few does not look like a mistake in the file.
    private let users = (1...30).map { "user-\($0)" }

    @Test(
        "that is not finished is retried once before the puller ends, and logged with the command that finishes it"
    )
    func unfinished() async throws {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("users-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        func write(_ users: some Sequence<String>) throws {
            try users.map { $0 + "\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
        }
        try write(users)
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: [],
                [
                    "IMPERSONATE_USERS_FILE": file.path, "EXIT_GRACE_SECONDS": "10",
                    // Only the shutdown retries it.
                    "BACKOFF_INITIAL_SECONDS": "3600", "BACKOFF_MAX_SECONDS": "3600",
                ]
            )
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "ready clusters") {
            try await fleet.readyClusters() == users.count
        }
        for user in ["user-1", "user-2"] {
            try await fleet.addFault(.init(verbs: ["delete"], status: 500, body: "text"), user: user)
        }
        try await fleet.act(
            #"{"action":"setFinalizers","finalizers":["example.com/hold"]}"#,
            user: "user-3"
        )
        try write(users.dropFirst(3))
        for user in users.prefix(3) {
            try await process.line(with: "event=failed", "user=\(user) ")
        }
        try await fleet.clearFaults(user: "user-1")
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(10 + 2 + 8)) == 1)

        #expect(try await fleet.user("user-1").daemonSets.isEmpty)
        #expect(try await fleet.presentClusters() == users.count - 1)
        let left = process.lines.filter { $0.contains("may be left") }
        #expect(left.count == 2)
        for (user, why) in ["user-2": "the server answered 500", "user-3": "finalizers: example.com/hold"] {
            let command = "`kubernetes-image-puller cleanup --user '\(user)'` finishes the removal"
            let isNamed = left.contains {
                $0.contains("user=\(user) ") && $0.contains(why) && $0.contains(command)
            }
            #expect(isNamed, "\(user): \(left)")
        }
    }
}
