import Foundation
import TestSupport
import Testing

/// The real executable with clusters in which a replacement exists beside the old DaemonSet.
@Suite("The two DaemonSets of a replacement", .serialized)
struct TwoNamesTests {
    private let puller = "kubernetes-image-puller"
    private let users = (1...5).map { "user-\($0)" }
    private let names = ["kubernetes-image-puller", "kubernetes-image-puller-b"]

    /// A fleet with the old DaemonSets ready, and a puller whose new ones cannot become ready.
    private func halfway(_ changes: [String: String] = [:]) async throws -> (
        fleet: MockFleetProcess, process: RunningProcess, environment: [String: String]
    ) {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        let environment = fleet.environment(users: users, changes)
        try await fleet.putOurs(environment, age: 27 * 3600)
        try await poll(within: .seconds(180), "old DaemonSets") {
            try await fleet.readyClusters() == users.count
        }
        try await fleet.configure(#"{"nodes":"held"}"#, user: "*")
        let process = try RunningProcess(puller, environment: environment)
        try await poll(within: .seconds(180), "two each; the log:\n\(process.text.suffix(2000))") {
            try await fleet.counts().watch == users.count
        }
        #expect(try await self.names(in: fleet) == [[String]](repeating: names, count: users.count))
        return (fleet, process, environment)
    }

    private func names(in fleet: MockFleetProcess) async throws -> [[String]] {
        try await fleet.users().map { $0.daemonSets.map(\.name) }
    }

    @Test("are both deleted with ON_EXIT=delete, with one request each")
    func deletedAtExit() async throws {
        let (fleet, process, _) = try await halfway(["ON_EXIT": "delete"])
        try await fleet.resetCounts()
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        #expect(try await fleet.presentClusters() == 0)
        let counts = try await fleet.counts()
        #expect(counts.delete == 2 * users.count && counts.get == 0)
        for user in users {
            let deleted = process.lines.filter { $0.contains("event=deleted user=\(user) ") }
            #expect(deleted.count == 2 && deleted.contains { $0.contains("\(names[1]) was deleted") })
        }
    }

    @Test("are both deleted by a clean-up")
    func cleanedUp() async throws {
        let (fleet, process, environment) = try await halfway()
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        let dry = try RunningProcess(puller, ["cleanup", "--dry-run"], environment: environment)
        #expect(try await dry.exitCode() == 0)
        #expect(try await names(in: fleet).allSatisfy { $0 == names })
        let cleanup = try RunningProcess(puller, ["cleanup"], environment: environment)
        #expect(try await cleanup.exitCode() == 0)
        #expect(cleanup.lines.sorted() == users.map { "\($0): deleted" })
        #expect(try await fleet.presentClusters() == 0)
    }

    @Test(
        "are what remains when the puller ends in between, and the next start completes the replacement without another one",
        arguments: [SIGTERM, SIGKILL]
    )
    func goesOn(signal: Int32) async throws {
        let (fleet, first, environment) = try await halfway()
        first.signal(signal)
        #expect(try await first.exitCode() == (signal == SIGTERM ? 0 : 128 + signal))
        #expect(!first.text.contains("may be left"))
        #expect(try await names(in: fleet).allSatisfy { $0 == names })

        try await fleet.resetCounts()
        let second = try RunningProcess(puller, environment: environment)
        defer { second.end() }
        for user in users { try await second.line(with: "event=adopted", "user=\(user) ", "\(names[1])") }
        for user in users {
            try await second.line(
                with: "event=unready",
                "user=\(user) ",
                "\(names[0]) (3/3) has stood beside it"
            )
        }
        #expect(try await names(in: fleet).allSatisfy { $0 == names })
        try await fleet.configure(#"{"nodes":"ok"}"#, user: "*")
        for user in users {
            try await second.line(with: "event=replaced", "user=\(user) ", "place of \(names[0]), which")
        }
        #expect(try await names(in: fleet).allSatisfy { $0 == [names[1]] })
        let counts = try await fleet.counts()
        #expect(counts.create == 0 && counts.delete == users.count)
    }

    @Test("are not reported as deleted while a finalizer holds one of them", arguments: [true, false])
    func finalizer(isTakenAway: Bool) async throws {
        let grace = isTakenAway ? "20" : "10"
        let (fleet, process, environment) = try await halfway([
            "ON_EXIT": "delete", "EXIT_GRACE_SECONDS": grace,
        ])
        func set(_ finalizers: String) async throws {
            let action = #"{"action":"setFinalizers","name":"\#(names[0])","finalizers":\#(finalizers)}"#
            try await fleet.act(action, user: "user-2")
        }
        try await set(#"["example.com/hold"]"#)
        process.signal(SIGTERM)
        try await poll(within: .seconds(180), "all but one are gone") {
            try await names(in: fleet).flatMap { $0 } == [names[0]]
        }
        if isTakenAway {
            try await set("[]")
            #expect(try await process.exitCode() == 0)
            #expect(!process.text.contains("may be left"))
            #expect(try await fleet.presentClusters() == 0)
        } else {
            #expect(try await process.exitCode() == 1)
            let left = process.lines.filter { $0.contains("may be left") }
            #expect(left.count == 1)
            #expect(left.first?.contains("user=user-2 ") == true)
            #expect(
                left.first?.contains(
                    "\(names[0]) is being deleted and still there; finalizers: example.com/hold"
                ) == true
            )

            let cleanup = try RunningProcess(puller, ["cleanup"], environment: environment)
            #expect(try await cleanup.exitCode() == 1)
            #expect(cleanup.lines.sorted().filter { $0.contains("nothing there") }.count == users.count - 1)
            #expect(
                cleanup.lines.contains { $0.contains("user-2: failed: ") && $0.contains("example.com/hold") }
            )
        }
    }
}
