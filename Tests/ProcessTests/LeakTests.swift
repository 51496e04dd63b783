import Foundation
import TestSupport
import Testing

@Suite("The memory of a request")
struct LeakTests {
    @Test("is released when the request is over")
    func requests() async throws {
        let fleet = try await MockFleetProcess(["--users", "8", "--pull-ms", "10"])
        // A check may come once a second at most, and an attempt after a failure a hundred times.
        try await fleet.addFault(#"{"kind":"status","status":503,"verbs":["get"]}"#)
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(
                users: (1...8).map { "user-\($0)" },
                [
                    "BACKOFF_INITIAL_SECONDS": "0.01", "BACKOFF_MAX_SECONDS": "0.01", "LOG_LEVEL": "error",
                    // Entries that are added to URLSession's list, see curl_lines.c.
                    "IMPERSONATE_GROUPS": (1...8).map { "group-\($0)" }.joined(separator: ","),
                ]
            )
        )
        defer { process.end() }
        func memory(after requests: Int) async throws -> Int {
            try await poll(within: .seconds(600), "\(requests) requests") {
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
