import TestSupport
import Testing

/// Kubernetes 1.20 has no image volumes: it stores empty directories in their place.
@Suite(
    "Image volumes on real API servers that have none",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct ImageVolumesTests {
    private let volumes = ["KIP_IMAGE": "busybox:puller", "CACHE_MODE": "image-volumes"]

    @Test("are reported as not supported, and nothing is left or taken away")
    func unsupported() async throws {
        try await TestNamespace.with { namespace in
            let puller = try namespace.startPuller(volumes)
            try await puller.line(with: "event=failed", "reason=Unsupported")
            #expect(try await namespace.all() == [])
            #expect(try await puller.stop() == 0)

            let old = try await namespace.roll(out: "busybox:0")
            try await namespace.keepingServed(namespace.nodes(0, 1, 2), of: "busybox:0") {
                let next = try namespace.startPuller(volumes)
                try await next.line(with: "event=deleted", TestNamespace.alternate)
                try await next.line(with: "event=failed", "reason=Unsupported")
                #expect(try await next.stop() == 0)
            }
            #expect(try await namespace.all() == [old])
        }
    }

    @Test("give way to containers where that is allowed, which the next start keeps")
    func fallback() async throws {
        try await TestNamespace.with { namespace in
            try await namespace.roll(out: "busybox:0")
            let environment = volumes.merging(["CACHE_MODE_FALLBACK": "containers"]) { $1 }
            let puller = try namespace.startPuller(environment)
            try await namespace.keepingServed(namespace.nodes(0, 1, 2)) {
                try await puller.line(with: "event=warning", "reason=Fallback")
                // Had the DaemonSet controller not noticed that the one that had this name before was deleted, it would wait
                // for five minutes.
                try await puller.line(with: "event=ready", within: .seconds(240))
            }
            let ready = try await namespace.waitReady()
            #expect(ready.image == "quay.io/eclipse/che-java11-maven:nightly")
            #expect(try await puller.stop() == 0)

            let next = try namespace.startPuller(environment)
            try await next.line(with: "event=ready")
            #expect(try await next.stop() == 0)
            #expect(next.lines.filter { $0.contains("event=created") || $0.contains("event=deleted") } == [])
            #expect(try await namespace.all() == [ready])
        }
    }
}
