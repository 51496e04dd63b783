import TestSupport
import Testing

@Suite(
    "The clock of a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct ServerClockTests {
    @Test("A Date header that is days ahead causes one warning, and no image refresh")
    func ahead() async throws {
        try await TestNamespace.with(nodes: 1) { namespace in
            let old = try await namespace.roll(out: "busybox:latest", nodes: 1)
            try await namespace.setDate(ahead: 3 * 24 * 3600)
            try await namespace.keepingServed(namespace.nodes(0)) {
                let puller = try namespace.startPuller([
                    "IMAGES": "image=busybox:latest", "CACHING_INTERVAL_HOURS": "0.0005",
                    "LOG_LEVEL": "debug",
                ])
                defer { puller.end() }
                try await puller.line(with: "event=warning", "reason=Clock", "ahead of")
                try await poll(within: .seconds(180), "three rounds") {
                    puller.lines.count { $0.contains("next_check_seconds=") } >= 3
                }
                #expect(puller.lines.count { $0.contains("reason=Clock") } == 1)
                #expect(try await puller.stop() == 0)
            }
            #expect(try await namespace.all().map(\.uid) == [old.uid])
            try await namespace.setDate(ahead: 0)
        }
    }
}
