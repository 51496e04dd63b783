import TestSupport
import Testing

@Suite(
    "Images with placements of their own on real API servers",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct PlacementTests {
    @Test(
        "Each placement has its DaemonSet on its nodes, and one that goes is removed when its images are elsewhere"
    )
    func twoPlacements() async throws {
        try await TestNamespace.with { namespace in
            let node = namespace.nodes(1).sorted()[0]
            try await namespace.admin.must(
                "PATCH",
                "/api/v1/nodes/\(node)",
                #"{"metadata":{"labels":{"pool":"\#(namespace.name)"}}}"#,
                contentType: "application/merge-patch+json"
            )
            let own = #"second=busybox:2 nodeSelector={"pool":"\#(namespace.name)"}"#
            let puller = try namespace.startPuller(["IMAGES": "first=busybox:1;\(own)"])
            try await puller.line(with: "event=ready")
            let all = try await namespace.all()
            #expect(all.count == 2)
            #expect(all.map(\.image) == ["busybox:1", "busybox:2"])
            #expect(all.map(\.ready) == [3, 1])
            #expect(try await puller.stop() == 0)

            let next = try namespace.startPuller(["IMAGES": "first=busybox:1;second=busybox:2"])
            defer { next.end() }
            try await namespace.keepingServed([node]) {
                try await namespace.waitAlone("has both images") {
                    $0.name == TestNamespace.alternate && $0.ready == 3
                }
            }
            try await next.line(with: "event=deleted", all[1].name)
            try await next.line(with: "event=replaced", "reason=Drift")
        }
    }
}
