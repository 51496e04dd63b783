import Foundation
import TestSupport
import Testing

/// What answers without end cost, in a process whose memory nothing else uses.
@Suite("The puller's memory", .serialized)
struct MemoryTests {
    private typealias Fault = MockFleetProcess.Fault

    private static let endless = Fault(kind: "endless", verbs: ["get"])
    private static let huge = Fault(kind: "huge", verbs: ["get"], bytes: 50_000_000)
    private static let endlessWatch = Fault(kind: "endless", verbs: ["watch"])

    private let users = (1...20).map { "user-\($0)" }

    @Test(
        "stays within 10 MB of its usual peak while one user's answers are 50 MB long or endless",
        arguments: [endless, huge, endlessWatch]
    )
    func oneUser(fault: MockFleetProcess.Fault) async throws {
        let rise = try await rise(of: 1, with: fault)
        #expect(rise < 10_000)
    }

    /// About 140 KiB per answer may wait to be read; the rest is in transit.
    @Test("grows by less than 1 MB for each of twenty users whose answers are endless at the same time")
    func twentyUsers() async throws {
        let rise = try await rise(of: 20, with: Self.endless)
        #expect(rise < 20_000)
    }

    @Test(
        "grows by a few times the size of a users' file that is invalid, whatever is wrong with it",
        arguments: [
            ("a\n", "and 1048572 more"), ("=\n", "and 1048573 more"), ("\n", "must have at least one user"),
            ("# remove 3 of 4 users\n", "must have at least one user"),
            ("a", "must have at most 1,024 characters"), ("\"a", "must have at most 1,024 characters"),
        ]
    )
    func wrongUsersFile(part: String, expected: String) async throws {
        let text = String(repeating: part, count: (2 << 20) / part.utf8.count)
        try await validate(text, within: 80_000, expected: expected)
    }

    @Test("grows by a few times the size of a users' file with more users than it can serve")
    func tooManyUsers() async throws {
        let lines = (0..<2_000_000).map { "\(1_000_000 + $0)\n" }
        try await validate(lines.joined(), within: 140_000, expected: "must have at most 500,000 users")
    }

    /// Reads an invalid file in a process that is ended if it allocates more than this many kilobytes.
    private func validate(_ text: String, within limit: Int, expected: String) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("users-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        let process = try RunningProcess(
            at: "/bin/sh",
            [
                "-c", #"ulimit -c 0; ulimit -d "$1"; exec "$0" validate"#,
                RunningProcess.path(of: "kubernetes-image-puller"), "\(limit)",
            ],
            environment: ["IMPERSONATE_USERS_FILE": file.path]
        )
        defer { process.end() }
        #expect(try await process.exitCode(within: .seconds(120)) == 78)
        let line = process.lines.first { $0.hasPrefix("IMPERSONATE_USERS_FILE=") }
        #expect(line?.contains(expected) == true, "\(process.text.prefix(1_000))")
    }

    /// How much higher the peak is than without the fault, in kilobytes.
    private func rise(of count: Int, with fault: Fault) async throws -> Int {
        let usual = try await peak(faulty: 0, fault)
        let peak = try await peak(faulty: count, fault)
        let name = "\(count) \(fault.kind) answers to \(fault.verbs ?? []) at once"
        print("peak RSS: \(usual) kB usually, \(peak) kB with \(name)")
        return peak - usual
    }

    private func peak(faulty: Int, _ fault: Fault) async throws -> Int {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "500"])
        for user in users.prefix(faulty) { try await fleet.addFault(fault, user: user) }
        // A puller that has no bound any more is not to take the machine's memory.
        let process = try RunningProcess(
            at: "/bin/sh",
            ["-c", #"ulimit -v 4000000; exec "$0""#, RunningProcess.path(of: "kubernetes-image-puller")],
            environment: fleet.environment(users: users, ["CACHING_INTERVAL_HOURS": "0.0008"])
        )
        defer { process.end() }
        for user in users.prefix(faulty) {
            // A watch that fails is not begun again in the rollout's short life; a round that fails is.
            let times = fault.verbs == ["watch"] ? 1 : 3
            try await poll(within: .seconds(180), "\(times) answers to \(user) that were too large") {
                process.lines.count { $0.contains("user=\(user) ") && $0.contains("ResponseTooLarge") }
                    >= times
            }
        }
        for user in users.dropFirst(faulty) { try await process.line(with: "event=ready", "user=\(user) ") }
        return try peakKilobytes(of: process)
    }

    private func peakKilobytes(of process: RunningProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(
            line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) }
        )
    }
}
