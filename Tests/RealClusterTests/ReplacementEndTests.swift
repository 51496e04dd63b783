import Foundation
import TestSupport
import Testing

/// Pullers that end in the middle of a replacement, and what the next ones do, with real API servers.
@Suite(
    "Interrupted replacements on real API servers",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct ReplacementEndTests {
    enum Step: String, CaseIterable, CustomTestStringConvertible {
        case created = "after the creation"
        case ready = "after the new one was ready"
        case deleting = "after the deletion was sent"
        case deleted = "after the deletion"

        var testDescription: String { rawValue }
    }

    @Test(
        "A restart after SIGKILL continues the replacement, and ends with the right DaemonSet",
        arguments: Step.allCases
    )
    func killed(step: Step) async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            let old = try await namespace.roll(out: "busybox:0", nodes: 2)
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                switch step {
                case .created: try await namespace.annotate(node: 1, "held-images", "busybox:1")
                case .ready: try await namespace.allow(["get", "create", "watch"])
                case .deleting: try await namespace.setFinalizers(["example.com/hold"], of: old.name)
                case .deleted: break
                }
                let puller = try namespace.startPuller(TestNamespace.only("busybox:1"))
                defer { puller.end() }
                let new = try await namespace.wait("is a successor") { $0.image == "busybox:1" }
                switch step {
                case .created: break
                case .ready: try await puller.line(with: "event=failed", "reason=Forbidden", "delete")
                case .deleting: try await namespace.wait("is being deleted") { $0.isTerminating }
                case .deleted: try await namespace.waitAlone("is the new one") { $0.uid == new.uid }
                }
                #expect(try await namespace.all().count == (step == .deleted ? 1 : 2))
                puller.end()

                switch step {
                case .created: try await namespace.annotate(node: 1, "held-images", nil)
                case .ready: try await namespace.allow(TestNamespace.allVerbs)
                case .deleting: try await namespace.setFinalizers([], of: old.name)
                case .deleted: break
                }
                #expect(try await namespace.roll(out: "busybox:1", nodes: 2).uid == new.uid)
            }
        }
    }

    @Test(
        "Whatever images two existing DaemonSets have, only the right one is left, and no node is ever without a pod",
        arguments: [true, false],
        [
            ("busybox:1", "busybox:1"), ("busybox:1", "busybox:0"), ("busybox:0", "busybox:1"),
            ("busybox:0", "busybox:2"),
        ]
    )
    func both(primaryIsOlder: Bool, images: (older: String, newer: String)) async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            let names = [TestNamespace.daemonSet, TestNamespace.alternate]
            for (name, image) in zip(primaryIsOlder ? names : names.reversed(), [images.older, images.newer])
            {
                try await namespace.create(name, image)
                try await namespace.wait("is ready") { $0.name == name && $0.ready == 2 }
                // Creation times are in whole seconds.
                let second = Int(Date().timeIntervalSince1970)
                try await poll(within: .seconds(5), "next second") {
                    Int(Date().timeIntervalSince1970) > second
                }
            }
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                try await namespace.roll(out: "busybox:1", nodes: 2)
            }
        }
    }

    @Test("A finalizer on the old DaemonSet is reported until it is removed, while the new one is in use")
    func finalizer() async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            let old = try await namespace.roll(out: "busybox:0", nodes: 2)
            try await namespace.setFinalizers(["example.com/hold"], of: old.name)
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                let puller = try namespace.startPuller([
                    "IMAGES": "image=busybox:1", "ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "10",
                ])
                defer { puller.end() }
                try await puller.line(
                    with: "event=ready",
                    "2/2",
                    TestNamespace.alternate,
                    "example.com/hold"
                )
                #expect(try await puller.stop() == 1)
                try await puller.line(with: "level=error", "example.com/hold", "may be left")
            }
            // Only the DaemonSet with the finalizer is left.
            try await namespace.waitAlone("is held") { $0.uid == old.uid && $0.isTerminating }

            let environment = namespace.environment(["EXIT_GRACE_SECONDS": "1"])
            let held = try RunningProcess("kubernetes-image-puller", ["cleanup"], environment: environment)
            #expect(try await held.exitCode() == 1)
            #expect(held.text.contains("example.com/hold"))
            try await namespace.setFinalizers([], of: old.name)
            let free = try RunningProcess("kubernetes-image-puller", ["cleanup"], environment: environment)
            #expect(try await free.exitCode() == 0)
            #expect(try await namespace.all().isEmpty)
        }
    }
}

extension TestNamespace {
    /// Creates a DaemonSet with this image, as a puller would.
    fileprivate func create(_ name: String, _ image: String) async throws {
        let process = try RunningProcess(
            "kubernetes-image-puller",
            ["manifest"],
            environment: environment(Self.only(image))
        )
        guard try await process.exitCode() == 0 else { throw RunningProcess.Problem(process.text) }
        var manifest = process.text
        if name == Self.alternate {
            for (own, other) in [
                (#""name": "\#(Self.daemonSet)""#, #""name": "\#(Self.alternate)""#),
                (#"/slot": "a""#, #"/slot": "b""#),
            ] {
                guard manifest.contains(own) else { throw RunningProcess.Problem("no \(own) in \(manifest)") }
                manifest = manifest.replacing(own, with: other)
            }
        }
        try await create(manifest)
    }
}
