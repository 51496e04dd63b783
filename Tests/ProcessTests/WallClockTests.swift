import Foundation
import TestSupport
import Testing

@Suite("The wall clock")
struct WallClockTests {
    private static let day = 86_400
    private let users = (1...20).map { "user-\($0)" }

    @Test("may jump forward and back by a day without causing a refresh, a burst, a pause or another token")
    func set() async throws {
        let fleet = try await MockFleetProcess([
            "--users", "\(users.count)", "--pull-ms", "20", "--profile", "oidc",
        ])
        try await fleet.configureTokens(#"{"expiresInSent":3600}"#)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("shift-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(count: 8).write(to: file)
        let interval = 3.6
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: users,
                [
                    "CACHING_INTERVAL_HOURS": "\(interval / 3600)", "IMAGE_REFRESH_HOURS": "24",
                    "LD_PRELOAD": RunningProcess.path(of: "libShiftedClock.so"),
                    "SHIFTED_CLOCK": file.path,
                ]
            )
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "ready clusters; the log ends:\n\(process.text.suffix(2000))") {
            try await fleet.readyClusters() == users.count
        }
        for user in users { try await process.line(with: "event=ready", "user=\(user) ") }
        for shift in [Self.day, 0, -Self.day, 0] {
            try await fleet.resetCounts()
            let began = ContinuousClock.now
            try set(file, to: shift)
            try await poll(within: .seconds(180), "two looks at each cluster after \(shift) s") {
                try await fleet.users().allSatisfy { $0.counts.get >= 2 }
            }
            let counts = try await fleet.counts()
            #expect(counts.create + counts.delete + counts.watch + counts.token == 0, "after \(shift) s")
            // Looks are an interval apart; one may have been due at once, and one that was late is followed sooner.
            let most = try await fleet.users().map(\.counts.get).max() ?? 0
            let rounds = began.duration(to: .now) / .seconds(interval * 0.95) + 1
            #expect(most <= Int(rounds), "after \(shift) s")
            #expect(abs(try timeOfLastLine(process).timeIntervalSinceNow - Double(shift)) < 600)
        }
        #expect(!process.text.contains("event=failed"))
    }

    /// Changes the bytes in place: the process has mapped them.
    private func set(_ file: URL, to shift: Int) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: withUnsafeBytes(of: Int64(shift)) { Data($0) })
        try handle.close()
    }

    /// When the process believes to have printed its last line.
    private func timeOfLastLine(_ process: RunningProcess) throws -> Date {
        let line = try #require(process.lines.last { $0.contains(" event=ready ") })
        let time = try #require(line.firstMatch(of: #/time=(\S+)Z /#)?.output.1)
        return try Date(time + "Z", strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
