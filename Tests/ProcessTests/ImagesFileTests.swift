import Foundation
import TestSupport
import Testing

/// The real executable with images from a file, and with several placements.
@Suite("An images' file", .serialized)
struct ImagesFileTests {
    private let puller = "kubernetes-image-puller"
    private let users = (1...5).map { "user-\($0)" }
    private let file = FileManager.default.temporaryDirectory
        .appendingPathComponent("images-\(UUID().uuidString)")

    private func write(_ text: String) throws {
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private func names(in fleet: MockFleetProcess) async throws -> Set<[String]> {
        Set(try await fleet.users().map { $0.daemonSets.map(\.name).sorted() })
    }

    /// A puller whose file has an image for all nodes and one for some, once all clusters are ready.
    private func startWithTwoPlacements() async throws -> (fleet: MockFleetProcess, process: RunningProcess) {
        try write(
            "a=quay.io/example/a:1\nb=quay.io/example/b:1 nodeSelector={\"kubernetes.io/arch\":\"amd64\"}\n"
        )
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        var environment = fleet.environment(users: users, ["IMAGES_FILE": file.path])
        environment["IMAGES"] = nil
        let process = try RunningProcess(puller, environment: environment)
        for user in users { try await process.line(with: "event=ready", "user=\(user) ") }
        return (fleet, process)
    }

    @Test("that changes is rolled out to all clusters, and a placement that goes with it is removed from all")
    func changes() async throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let (fleet, process) = try await startWithTwoPlacements()
        defer { process.end() }
        let first = try await names(in: fleet)
        #expect(first.count == 1)
        let two = try #require(first.first)
        #expect(two.count == 2 && two[0] == puller && two[1].hasPrefix(puller + "-p"))

        try write("a=quay.io/example/a:2\n")
        for user in users {
            try await process.line(with: "event=deleted", "user=\(user) ", two[1])
            try await process.line(with: "event=replaced", "user=\(user) ", "place of \(puller), which")
        }
        #expect(try await names(in: fleet) == [[puller + "-b"]])
        try await process.line(with: "event=images", "added=1", "removed=2")

        try write("<html></html>\n")
        try await process.line(with: "event=images", "level=warning", "reason=ImagesFile")
        #expect(try await names(in: fleet) == [[puller + "-b"]])
        #expect(!process.text.contains("event=failed"))
    }

    @Test("of another configuration is found by a clean-up, with all its placements")
    func cleanedUp() async throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let (fleet, process) = try await startWithTwoPlacements()
        defer { process.end() }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        let cleanup = try RunningProcess(puller, ["cleanup"], environment: fleet.environment(users: users))
        #expect(try await cleanup.exitCode() == 0)
        #expect(cleanup.lines.sorted() == users.map { "\($0): deleted" })
        #expect(try await names(in: fleet) == [[]])
    }

    @Test("that is broken or missing keeps the puller from starting, and a clean-up not from cleaning up")
    func broken() async throws {
        defer { try? FileManager.default.removeItem(at: file) }
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        var environment = fleet.environment(users: users, ["IMAGES_FILE": file.path])
        environment["IMAGES"] = nil
        for text in [nil, "<html></html>\n", "a=b=c\n"] {
            if let text { try write(text) }
            for arguments in [[], ["validate"]] {
                let process = try RunningProcess(puller, arguments, environment: environment)
                #expect(try await process.exitCode() == 78)
                let line = process.lines.first { $0.contains("IMAGES_FILE=\"\(file.path)\": ") }
                #expect(line != nil, "\(process.text)")
            }
            let cleanup = try RunningProcess(puller, ["cleanup"], environment: environment)
            #expect(try await cleanup.exitCode() == 0, "\(cleanup.text)")
            #expect(cleanup.lines.sorted() == users.map { "\($0): nothing there" })
        }
    }
}
