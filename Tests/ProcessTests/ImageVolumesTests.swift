import Foundation
import TestSupport
import Testing

/// The real executable with clusters that have image volumes, and with clusters that drop them.
@Suite("Image volumes", .serialized)
struct ImageVolumesTests {
    private let puller = "kubernetes-image-puller"
    private let users = ["user-1", "user-2", "user-3"]

    private func environment(_ fleet: MockFleetProcess, _ changes: [String: String]) -> [String: String] {
        let own = ["KIP_IMAGE": "quay.io/example/puller:1", "CACHE_MODE": "image-volumes"]
        return fleet.environment(users: users, own.merging(changes) { $1 })
    }

    /// One cluster of each kind.
    private func fleet() async throws -> MockFleetProcess {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        try await fleet.configure(#"{"imageVolumes":"emptyDir"}"#, user: "user-2")
        try await fleet.configure(#"{"imageVolumes":"dropped"}"#, user: "user-3")
        return fleet
    }

    @Test("that a cluster drops are reported, and leave nothing there")
    func unsupported() async throws {
        let fleet = try await fleet()
        let process = try RunningProcess(puller, environment: environment(fleet, [:]))
        defer { process.end() }
        try await process.line(with: "event=ready user=user-1 ")
        for user in ["user-2", "user-3"] {
            try await process.line(with: "event=failed user=\(user) reason=Unsupported ")
        }
        let names = try await fleet.users().map { $0.daemonSets.map(\.name) }
        #expect(names == [[puller], [], []])
    }

    @Test("fall back to containers, which the next start keeps without a write")
    func fallback() async throws {
        let fleet = try await fleet()
        let environment = environment(fleet, ["CACHE_MODE_FALLBACK": "containers"])
        let first = try RunningProcess(puller, environment: environment)
        for user in users { try await first.line(with: "event=ready user=\(user) ") }
        #expect(first.lines.count { $0.contains("reason=Fallback") && $0.contains(" user=user-") } == 2)
        first.signal(SIGTERM)
        #expect(try await first.exitCode() == 0)

        try await fleet.resetCounts()
        let second = try RunningProcess(puller, environment: environment)
        defer { second.end() }
        for user in users { try await second.line(with: "event=adopted user=\(user) ") }
        for user in users { try await second.line(with: "event=ready user=\(user) ") }
        let counts = try await fleet.counts()
        #expect(counts.create == 0 && counts.delete == 0)
    }
}
