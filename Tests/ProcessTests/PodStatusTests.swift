import Foundation
import TestSupport
import Testing

/// The real executable with POD_STATUS=true against the mock fleet.
@Suite("What pods say", .serialized)
struct PodStatusTests {
    private let puller = "kubernetes-image-puller"
    private let users = (1...60).map { "user-\($0)" }
    private static let image = "quay.io/eclipse/che-java11-maven:nightly"
    private static let vanished = #"{"podsReadable":true,"images":{"\#(image)":"notFound"}}"#

    private func fleet() async throws -> MockFleetProcess {
        try await MockFleetProcess([
            "--users", "\(users.count)", "--pull-ms", "20", "--pull-spread-ms", "20",
        ])
    }

    private func environment(_ fleet: MockFleetProcess, _ changes: [String: String] = [:]) -> [String: String]
    {
        fleet.environment(users: users, changes.merging(["POD_STATUS": "true"]) { given, _ in given })
    }

    @Test("is one line for a fleet in which a tag has vanished")
    func shared() async throws {
        let fleet = try await fleet()
        let environment = environment(fleet)
        try await fleet.configure(Self.vanished, user: "*")
        try await fleet.putOurs(environment)
        let process = try RunningProcess(puller, environment: environment)
        defer { process.end() }
        let said = "image java (\(Self.image)): not found, on 3 of 3 nodes"
        try await process.line(with: "event=fault", "reason=ImageFault ", "state=began", said)
        try await process.line(with: "event=summary", "60 not ready")
        let own = process.lines.filter { $0.contains("level=warning event=unready") }
        #expect(own == [])
        #expect(try await fleet.counts().create == 0)
    }

    @Test("is why a refresh is given up: the older DaemonSet stays, and the line names the image")
    func refresh() async throws {
        let fleet = try await fleet()
        let environment = environment(fleet, ["ROLLOUT_TIMEOUT_SECONDS": "3"])
        try await fleet.putOurs(environment, age: 27 * 3600)
        try await poll(within: .seconds(180), "old DaemonSets") {
            try await fleet.readyClusters() == users.count
        }
        try await fleet.configure(Self.vanished, user: "*")
        let process = try RunningProcess(puller, environment: environment)
        defer { process.end() }
        for user in users {
            try await process.line(
                with: "event=stepped-back user=\(user) ",
                "reason=Refresh ",
                "kubernetes-image-puller stays",
                "images_failing=1",
                "; image java (\(Self.image)): not found, on 3 of 3 nodes"
            )
        }
        for user in try await fleet.users() {
            #expect(user.daemonSets.map(\.name) == ["kubernetes-image-puller"])
        }
    }

    @Test("is said once for a fleet when the account may not read pods, which changes nothing else")
    func notAllowed() async throws {
        let fleet = try await fleet()
        let environment = environment(fleet)
        try await fleet.configure(#"{"images":{"\#(Self.image)":"notFound"}}"#, user: "*")
        try await fleet.putOurs(environment)
        let process = try RunningProcess(puller, environment: environment)
        defer { process.end() }
        try await process.line(with: "event=fault", "reason=Degraded ")
        try await process.line(
            with: "event=warning",
            "reason=PodsNotReadable ",
            "POD_STATUS has no effect, because the account may not list pods: 403 on list pods"
        )
        try await process.line(with: "the same warning from 60 clusters: ", "reason=PodsNotReadable ")
        let warnings = process.lines.filter {
            $0.contains("level=warning") && $0.contains("reason=PodsNotReadable ")
        }
        #expect(warnings.count == 2)
        #expect(!process.text.contains("event=failed"))
        try await fleet.configure(#"{"images":{}}"#, user: "*")
        try await process.line(with: "event=summary", "60 of 60 clusters are ready")
    }
}
