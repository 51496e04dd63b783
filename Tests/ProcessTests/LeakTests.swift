import Foundation
import TestSupport
import Testing

@Suite("Memory, over a long time")
struct LeakTests {
    @Test("is not kept by the requests that are over")
    func requests() async throws {
        let fleet = try await MockFleetProcess(["--users", "400", "--pull-ms", "10"])
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: (1...400).map { "user-\($0)" },
                ["CACHING_INTERVAL_HOURS": "1s", "LOG_LEVEL": "info"]
            )
        )
        defer { process.end() }
        func memory(after requests: Int) async throws -> Int {
            try await poll(within: .seconds(120), "\(requests) requests") {
                try await fleet.counts().get >= requests
            }
            return try process.residentKilobytes()
        }
        // Whatever is made once is made by then.
        let before = try await memory(after: 2000)
        let after = try await memory(after: 12_000)
        // URLSession alone would keep some 230 bytes of each, see curl_url.c: more than 2 MB.
        #expect(after - before < 1000, "\(before) KiB became \(after) KiB by 10,000 requests")
    }
}
