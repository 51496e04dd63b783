import Foundation
import TestSupport
import Testing

/// The real executable with PULL_TIMES=true against the mock fleet.
@Suite("How long pulls took", .serialized)
struct PullTimesTests {
    private let users = (1...10).map { "user-\($0)" }

    private func start(_ fleet: MockFleetProcess) throws -> RunningProcess {
        try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: users, ["POD_STATUS": "true", "PULL_TIMES": "true"])
        )
    }

    private func fleet() async throws -> MockFleetProcess {
        try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "400", "--pull-spread-ms", "0"])
    }

    @Test(
        "is one line for each cluster after a rollout; a cluster that forbids it, or talks nonsense, loses nothing else"
    )
    func said() async throws {
        let fleet = try await fleet()
        try await fleet.configure(#"{"events":"readable"}"#, user: "*")
        let faults = [
            ("user-7", "forbidden"), ("user-8", "malformed"), ("user-9", "huge"), ("user-10", "hostile"),
        ]
        for (user, events) in faults { try await fleet.configure(#"{"events":"\#(events)"}"#, user: user) }
        let process = try start(fleet)
        defer { process.end() }
        for user in users.prefix(6) {
            try await process.line(
                with: "level=info event=pulled user=\(user) ",
                "images_pulled=2 nodes_pulled=3 cold_start_mean_seconds=0.4 cold_start_max_seconds=0.4 "
                    + "slowest_image=java slowest_seconds=0.2 ",
                "2 images pulled on 3 nodes: 0.4 s a node on average, 0.4 s at most; the slowest is java, 0.2 s"
            )
        }
        try await process.line(with: "event=summary", "10 of 10 clusters are ready")
        try await process.line(
            with: "event=warning user=user-7 reason=PullsNotReadable ",
            "PULL_TIMES has no effect, because the account may not list events: 403 on list events"
        )
        try await process.line(with: "level=debug event=progress user=user-8 reason=MalformedResponse ")
        try await process.line(with: "level=debug event=progress user=user-9 reason=ResponseTooLarge ")
        #expect(!process.text.contains("event=failed"))
        let pulled = process.lines.filter { $0.contains("event=pulled ") }
        #expect(pulled.count == 6)
    }
}
