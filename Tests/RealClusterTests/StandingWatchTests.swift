import TestSupport
import Testing

/// What something else does between two checks that are an hour apart, with real API servers.
@Suite(
    "Interference on real API servers",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct StandingWatchTests {
    @Test(
        "A deletion and an edit are answered within seconds, also with a Role for two names",
        arguments: [true, false]
    )
    func answered(hasNames: Bool) async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            if hasNames {
                try await namespace.allow(
                    TestNamespace.allVerbs,
                    names: [TestNamespace.daemonSet, TestNamespace.alternate]
                )
            }
            let changes = TestNamespace.only("busybox:1").merging(["CACHING_INTERVAL_HOURS": "1"]) { $1 }
            let puller = try namespace.startPuller(changes)
            defer { puller.end() }
            let first = try await namespace.waitReady(nodes: 2)
            try await puller.line(with: "event=ready")
            try await namespace.delete(first.name)
            let second = try await namespace.waitAlone("is another one") {
                $0.uid != first.uid && $0.ready == 2
            }
            try await poll(within: .seconds(180), "second round") {
                puller.lines.count { $0.contains("event=ready") } == 2
            }
            try await namespace.editImage("busybox:0", of: second.name)
            try await namespace.waitAlone("is a third one", within: .seconds(60)) {
                $0.uid != second.uid && $0.image == "busybox:1" && $0.ready == 2
            }
            #expect(try await puller.stop() == 0)
        }
    }
}
