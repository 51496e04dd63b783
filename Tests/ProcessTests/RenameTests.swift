import Foundation
import TestSupport
import Testing

/// What `docs/operations.md` says about changing `DAEMONSET_NAME` or `INSTALLATION_ID`.
@Suite("A rename", .serialized)
struct RenameTests {
    private let users = ["user-1", "user-2"]
    private let puller = "kubernetes-image-puller"

    /// Runs a puller until all clusters are ready, and stops it.
    private func rollOut(_ fleet: MockFleetProcess, _ changes: [String: String]) async throws {
        let process = try RunningProcess(puller, environment: fleet.environment(users: users, changes))
        defer { process.end() }
        for user in users { try await process.line(with: "event=ready", "user=\(user) ") }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
    }

    private func names(_ fleet: MockFleetProcess) async throws -> [[String]] {
        try await fleet.users().map { $0.daemonSets.map(\.name).sorted() }
    }

    @Test(
        "of DAEMONSET_NAME leaves the old DaemonSets beside the new ones, until a clean-up with the old name deletes only those"
    )
    func name() async throws {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        try await rollOut(fleet, ["DAEMONSET_NAME": "old"])
        try await rollOut(fleet, ["DAEMONSET_NAME": "new"])
        #expect(try await names(fleet) == [["new", "old"], ["new", "old"]])
        let environment = fleet.environment(users: users, ["DAEMONSET_NAME": "old"])
        let dry = try RunningProcess(puller, ["cleanup", "--dry-run"], environment: environment)
        #expect(try await dry.exitCode() == 0)
        #expect(dry.lines.sorted() == users.map { "\($0): would be deleted" })
        #expect(try await names(fleet) == [["new", "old"], ["new", "old"]])
        let cleanup = try RunningProcess(puller, ["cleanup"], environment: environment)
        #expect(try await cleanup.exitCode() == 0)
        #expect(cleanup.lines.sorted() == users.map { "\($0): deleted" })
        #expect(try await names(fleet) == [["new"], ["new"]])
    }

    @Test("of DAEMONSET_NAME leaves nothing behind if the old puller is stopped with ON_EXIT=delete first")
    func deletingFirst() async throws {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        try await rollOut(fleet, ["DAEMONSET_NAME": "old"])
        try await rollOut(fleet, ["DAEMONSET_NAME": "old", "ON_EXIT": "delete"])
        try await rollOut(fleet, ["DAEMONSET_NAME": "new"])
        #expect(try await names(fleet) == [["new"], ["new"]])
    }

    @Test("of INSTALLATION_ID is a conflict in every cluster, until a clean-up with the old ID")
    func installation() async throws {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        try await rollOut(fleet, [:])
        let process = try RunningProcess(
            puller,
            environment: fleet.environment(users: users, ["INSTALLATION_ID": "other"])
        )
        defer { process.end() }
        for user in users {
            try await process.line(
                with: "user=\(user) ",
                "reason=Conflict",
                #"it belongs to the installation \"default\""#
            )
        }
        let cleanup = try RunningProcess(puller, ["cleanup"], environment: fleet.environment(users: users))
        #expect(try await cleanup.exitCode() == 0)
        for user in users { try await process.line(with: "event=ready", "user=\(user) ") }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
    }
}
