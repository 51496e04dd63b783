import TestSupport
import Testing

/// The stand-in for nodes writes no events: the test does, as a kubelet would.
@Suite(
    "How long pulls took, by the events of a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct PullTimesTests {
    private let settings = ["POD_STATUS": "true", "PULL_TIMES": "true", "IMAGES": "image=busybox:1"]

    @Test("is said after a rollout where the account may list events, and otherwise that it may not")
    func events() async throws {
        try await TestNamespace.with { namespace in
            for (node, seconds) in [(0, "1m1.5s"), (1, "853.1ms")] {
                try await namespace.createEvent(
                    "pulled-\(node)",
                    pod: "\(TestNamespace.daemonSet)-abcd\(node)",
                    node: namespace.node(node),
                    #"Successfully pulled image \"busybox:1\" in \#(seconds) (2m0s including waiting). Image size: 7 bytes."#
                )
            }
            try await namespace.createEvent(
                "other",
                pod: "other-abcde",
                node: namespace.node(2),
                #"Successfully pulled image \"busybox:1\" in 5m0s"#
            )
            try await namespace.createEvent(
                "started",
                pod: "\(TestNamespace.daemonSet)-abcd2",
                node: namespace.node(2),
                reason: "Started",
                #"Successfully pulled image \"busybox:1\" in 5m0s"#
            )
            let forbidden = try namespace.startPuller(settings)
            try await forbidden.line(
                with: "event=warning",
                "reason=PullsNotReadable",
                "403 on list events: events is forbidden: "
            )
            try await forbidden.line(with: "event=ready")
            #expect(try await forbidden.stop() == 0)

            try await namespace.allowReads(true)
            let allowed = try namespace.startPuller(settings.merging(["CACHING_MEMORY_LIMIT": "21Mi"]) { $1 })
            try await allowed.line(
                with: "event=pulled",
                "images_pulled=1 nodes_pulled=2 cold_start_mean_seconds=31.177 cold_start_max_seconds=61.5 ",
                "1 image pulled on 2 nodes: 31 s a node on average, 62 s at most"
            )
            #expect(try await allowed.stop() == 0)
        }
    }
}
