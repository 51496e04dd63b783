import TestSupport
import Testing

/// Nodes that hold up a replacement, with real API servers. A puller logs at level debug if its test waits for a line
/// that is repeated: the outcome of a round is logged at its usual level only if it differs from the last one.
@Suite(
    "Replacements and nodes on real API servers",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct ReplacementNodeTests {
    @Test("The old DaemonSet stays until the new one is ready on the last node")
    func heldBack() async throws {
        try await TestNamespace.with { namespace in
            let old = try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 1, "held-images", "busybox:1")
            try await namespace.keepingServed(namespace.nodes(0, 1, 2)) {
                let puller = try namespace.startPuller(
                    ["IMAGES": "image=busybox:1", "ROLLOUT_TIMEOUT_SECONDS": "2", "LOG_LEVEL": "debug"]
                )
                defer { puller.end() }
                // The old one stays even after the rollout's time, because no node may be without a pod.
                try await puller.line(with: "event=unready", "reason=Degraded", "2/3", "3/3")
                #expect(try await namespace.seen()?.uid == old.uid)
                try await namespace.annotate(node: 1, "held-images", nil)
                try await namespace.waitReady(image: "busybox:1")
                try await puller.line(with: "event=replaced", "reason=Drift")
            }
        }
    }

    @Test(
        "The old DaemonSet is deleted after the rollout's time if ROLLOUT_MAX_UNAVAILABLE allows the missing nodes"
    )
    func maxUnavailable() async throws {
        try await TestNamespace.with { namespace in
            let old = try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 1, "held-images", "busybox:1")
            let settings = [
                "IMAGES": "image=busybox:1", "ROLLOUT_MAX_UNAVAILABLE": "1", "LOG_LEVEL": "debug",
            ]
            try await namespace.keepingServed(namespace.nodes(0, 1, 2), missing: 1) {
                let patient = try namespace.startPuller(
                    settings.merging(["ROLLOUT_TIMEOUT_SECONDS": "300"]) { $1 }
                )
                defer { patient.end() }
                try await namespace.wait("is ready on two nodes") { $0.image == "busybox:1" && $0.ready == 2 }
                try await patient.line(with: "2/3")
                #expect(try await namespace.seen()?.uid == old.uid)
                #expect(try await patient.stop() == 0)
            }
            let puller = try namespace.startPuller(settings.merging(["ROLLOUT_TIMEOUT_SECONDS": "4"]) { $1 })
            defer { puller.end() }
            try await namespace.keepingServed(namespace.nodes(0, 1, 2), missing: 1) {
                try await namespace.waitAlone("is the new one") { $0.image == "busybox:1" }
                try await puller.line(with: "event=replaced", "reason=Drift")
            }
            try await puller.line(with: "event=unready", "reason=Degraded", "2/3")
        }
    }

    @Test("The old DaemonSet is deleted as soon as all new pods exist if ROLLOUT_OVERLAP is zero")
    func noOverlap() async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            try await namespace.roll(out: "busybox:0", nodes: 2)
            for node in 0..<2 { try await namespace.annotate(node: node, "held-images", "busybox:1") }
            let puller = try namespace.startPuller(["IMAGES": "image=busybox:1", "ROLLOUT_OVERLAP": "0s"])
            defer { puller.end() }
            try await namespace.waitAlone("waits for all images") {
                $0.image == "busybox:1" && $0.desired == 2 && $0.ready == 0
            }
            // That is less than a watch takes that nothing ends.
            #expect(try await puller.time(from: "event=replacing", to: "event=replaced") < .seconds(20))
        }
    }

    @Test(
        "The old DaemonSet stays while a node is away, and the node gets its new pod when it comes back"
    )
    func notReadyDuringOne() async throws {
        try await TestNamespace.with { namespace in
            let old = try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 2, "dead", "tainted")
            try await namespace.wait("lacks a node") { $0.desired == 2 && $0.ready == 2 }
            let puller = try namespace.startPuller(
                ["IMAGES": "image=busybox:1", "ROLLOUT_TIMEOUT_SECONDS": "2", "LOG_LEVEL": "debug"]
            )
            defer { puller.end() }
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                try await puller.line(with: "2/2", TestNamespace.alternate, "stood beside")
                #expect(try await namespace.seen()?.uid == old.uid)
                try await namespace.annotate(node: 2, "dead", nil)
                try await namespace.waitReady(image: "busybox:1")
            }
            #expect(try await namespace.readyNodes() == namespace.nodes(0, 1, 2))
        }
    }

    @Test(
        "A node that was away for two replacements in a row gets the third DaemonSet's pod when it comes back"
    )
    func notReadyDuringTwo() async throws {
        try await TestNamespace.with { namespace in
            try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 2, "dead", "tainted")
            try await namespace.wait("lacks a node") { $0.desired == 2 && $0.ready == 2 }
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                for (image, name) in [
                    ("busybox:1", TestNamespace.alternate), ("busybox:2", TestNamespace.daemonSet),
                ] {
                    let puller = try namespace.startPuller([
                        "IMAGES": "image=\(image)", "ROLLOUT_TIMEOUT_SECONDS": "2",
                        "ROLLOUT_MAX_UNAVAILABLE": "1",
                    ])
                    defer { puller.end() }
                    let new = try await namespace.waitReady(nodes: 2, image: image)
                    #expect(new.name == name)
                    try await puller.line(with: "event=ready", "2/2")
                    #expect(try await puller.stop() == 0)
                }
                try await namespace.annotate(node: 2, "dead", nil)
                try await namespace.waitReady(image: "busybox:2")
            }
            #expect(try await namespace.readyNodes() == namespace.nodes(0, 1, 2))
        }
    }

    @Test(
        "When the images change during a replacement, the incomplete DaemonSet is replaced, and the old one stays"
    )
    func changesAgain() async throws {
        try await TestNamespace.with { namespace in
            let old = try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 1, "held-images", "busybox:1,busybox:2")
            try await namespace.keepingServed(namespace.nodes(0, 1, 2)) {
                for image in ["busybox:1", "busybox:2"] {
                    let puller = try namespace.startPuller(TestNamespace.only(image))
                    defer { puller.end() }
                    try await namespace.wait("is as far as it gets") { $0.image == image && $0.ready == 2 }
                    #expect(try await namespace.seen()?.uid == old.uid)
                }
                try await namespace.annotate(node: 1, "held-images", nil)
                try await namespace.roll(out: "busybox:2")
            }
        }
    }
}
