import Foundation
import TestSupport
import Testing

@Suite("While nodes pull images", .serialized)
struct CalmTests {
    /// Each rollout's watch has a connection of its own, and nothing comes over it for long.
    @Test("the puller needs almost no processor time to follow their rollouts")
    func watches() async throws {
        let users = (1...20).map { "user-\($0)" }
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "60000"])
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: users)
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "20 watches") { try await fleet.counts().watch >= users.count }
        try await Task.sleep(for: .seconds(1))
        let before = try process.processorSeconds()
        try await Task.sleep(for: .seconds(5))
        let used = try process.processorSeconds() - before
        // A source that fires all the time uses as many seconds as go by, see curl_sockets.c.
        #expect(used < 1, "\(used) s of processor time in 5 s")
    }
}
