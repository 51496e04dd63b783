import Foundation
import TestSupport
import Testing

/// The real executable, over TLS with a private CA, through an impersonating proxy to real API servers.
@Suite(
    "The puller and real API servers",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct MultiClusterTests {
    @Test(
        "make the DaemonSets of two clusters ready, keep them at the exit, and adopt them without a write afterwards"
    )
    func createsAndAdopts() async throws {
        let alpha = try TestNamespace("alpha")
        let beta = try TestNamespace("beta", name: alpha.name)
        try await alpha.prepare()
        try await beta.prepare(nodes: 2)
        let environment = alpha.environment(users: [alpha.user, beta.user])

        let first = try RunningProcess("kubernetes-image-puller", environment: environment)
        defer { first.end() }
        let inAlpha = try await alpha.waitReady()
        let inBeta = try await beta.waitReady(nodes: 2)
        try await first.line(with: "event=ready", "user=\(alpha.user)", "3/3")
        try await first.line(with: "event=ready", "user=\(beta.user)", "2/2")
        #expect(inAlpha.generation == 1 && inBeta.generation == 1)
        // The account, as which the proxy sends the requests, has exactly four verbs; nothing else was tried.
        // The next check may have been sent, but not yet answered.
        let others = try await Set(alpha.requests())
            .subtracting(["GET 404", "POST 201", "WATCH 200", "GET 200", "GET -"])
        #expect(others == [])
        #expect(try await first.stop() == 0)

        try await alpha.resetRequests()
        // Its second check reads both names, and must not come before its end.
        let second = try RunningProcess(
            "kubernetes-image-puller",
            environment: environment.merging(["CACHING_INTERVAL_HOURS": "1000", "WATCH_CLUSTERS": "0"]) { $1 }
        )
        defer { second.end() }
        try await second.line(with: "event=ready", "user=\(alpha.user)")
        try await second.line(with: "event=ready", "user=\(beta.user)")
        #expect(try await second.stop() == 0)
        // One read of each cluster suffices: the name under which the DaemonSet exists is read first.
        let reads = try await alpha.requests()
        #expect(reads == ["GET 200", "GET 200"])
        #expect(try await alpha.seen()?.uid == inAlpha.uid)
        #expect(try await beta.seen()?.uid == inBeta.uid)
        await alpha.clearUp()
        await beta.clearUp()
    }

    @Test(
        "replace a DaemonSet of another configuration, and one whose image was edited, by one beside it"
    )
    func replacesDrift() async throws {
        try await TestNamespace.with { namespace in
            let original = try await namespace.roll(out: "busybox:0")
            let puller = try namespace.startPuller(TestNamespace.only("busybox:1"))
            defer { puller.end() }
            let replaced = try await namespace.keepingServed(namespace.nodes(0, 1, 2)) {
                try await namespace.waitReady(image: "busybox:1")
            }
            #expect(replaced.name == TestNamespace.alternate && replaced.uid != original.uid)
            try await puller.line(with: "event=replacing", "reason=Drift", "configuration")
            try await puller.line(with: "event=replaced", "reason=Drift", "configuration")

            try await namespace.editImage("busybox:666", of: replaced.name)
            try await puller.line(with: "event=replaced", "reason=Drift", "edited")
            let restored = try await namespace.waitReady(image: "busybox:1")
            #expect(restored.name == TestNamespace.daemonSet && restored.generation == 1)
        }
    }

    @Test("leave a foreign DaemonSet alone, and take over the Go puller's")
    func ownership() async throws {
        func daemonSet(_ label: String) -> String {
            """
            {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"\(TestNamespace.daemonSet)"},
            "spec":{"selector":{"matchLabels":{\(label)}},"template":{"metadata":{"labels":{\(label)}},
            "spec":{"nodeSelector":{"none":"here"},"containers":[{"name":"a","image":"busybox"}]}}}}
            """
        }
        try await TestNamespace.with(nodes: 1) { namespace in
            try await namespace.create(daemonSet(#""app":"theirs""#))
            let theirs = try await namespace.seen()?.uid
            let process = try namespace.startPuller()
            defer { process.end() }
            try await process.line(with: "event=failed", "reason=Conflict", namespace.user)
            try await namespace.resetRequests()
            try await poll(within: .seconds(120), "two more looks") {
                try await namespace.requests().count >= 4
            }
            // Reads of both names; one request may still be unanswered.
            #expect(try await Set(namespace.requests()).subtracting(["GET -"]) == ["GET 200", "GET 404"])
            #expect(try await namespace.seen()?.uid == theirs)

            // The foreign DaemonSet is deleted; later, one of a Go puller takes its place.
            try await namespace.delete()
            try await namespace.waitReady(nodes: 1)
            #expect(try await process.stop() == 0)
            try await namespace.delete()
            try await namespace.create(daemonSet(#""test":"daemonset-test""#))
            let second = try namespace.startPuller()
            defer { second.end() }
            let taken = try await namespace.waitReady(nodes: 1)
            #expect(taken.name == TestNamespace.alternate)
            try await second.line(with: "event=replaced", "reason=GoPuller")
        }
    }

    @Test("replace a DaemonSet while a node is dead, and every live node has a ready pod throughout")
    func replacesBesideADeadNode() async throws {
        try await TestNamespace.with { namespace in
            let old = try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 2, "dead", "true")
            try await poll(within: .seconds(180), "a pod that is not ready") {
                try await namespace.readyNodes() == namespace.nodes(0, 1)
            }
            let puller = try namespace.startPuller(
                ["IMAGES": "image=busybox:1", "ROLLOUT_TIMEOUT_SECONDS": "300", "LOG_LEVEL": "debug"]
            )
            defer { puller.end() }
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                try await namespace.wait("is complete on the live nodes") {
                    $0.image == "busybox:1" && $0.ready == 2
                }
                // For the rollout time, the old DaemonSet stays, because the dead node may come back.
                try await puller.line(with: "2/3")
                #expect(try await namespace.seen()?.uid == old.uid)
                try await namespace.annotate(node: 2, "dead", nil)
                try await namespace.waitReady(image: "busybox:1")
            }
        }
    }

    @Test(
        "create a replacement beside a DaemonSet that is stuck in a foreground deletion, and complete that deletion"
    )
    func freesAStuckDeletion() async throws {
        try await TestNamespace.with { namespace in
            let original = try await namespace.roll(out: "busybox:0")
            try await namespace.annotate(node: 2, "dead", "true")
            try await poll(within: .seconds(180), "a pod that is not ready") {
                try await namespace.readyNodes() == namespace.nodes(0, 1)
            }
            try await namespace.delete(propagation: "Foreground")
            let stuck = try await namespace.seen()
            #expect(stuck?.isTerminating == true && stuck?.uid == original.uid)
            let puller = try namespace.startPuller(
                ["IMAGES": "image=busybox:0", "ROLLOUT_TIMEOUT_SECONDS": "3"]
            )
            defer { puller.end() }
            try await namespace.waitAlone("is a new one") { $0.uid != original.uid && !$0.isTerminating }
            try await puller.line(with: "event=replaced", "reason=Terminating")
            try await poll(within: .seconds(180), "pods on the live nodes") {
                try await namespace.readyNodes().isSuperset(of: namespace.nodes(0, 1))
            }
        }
    }

    @Test("say ready only when the last node is, and notice when it comes")
    func waitsForAHeldNode() async throws {
        try await TestNamespace.with { namespace in
            try await namespace.annotate(node: 1, "held", "true")
            let process = try namespace.startPuller(["LOG_LEVEL": "debug", "ROLLOUT_TIMEOUT_SECONDS": "3"])
            defer { process.end() }
            try await process.line(with: "event=unready", "reason=Degraded", "2/3")
            #expect(!process.text.contains("event=ready"))
            try await namespace.annotate(node: 1, "held", nil)
            try await process.line(with: "event=ready", "3/3")
        }
    }

    @Test("work without the permission to watch, and name a permission that is missing")
    func missingPermissions() async throws {
        try await TestNamespace.with(verbs: ["get", "create", "delete"]) { namespace in
            let process = try namespace.startPuller()
            defer { process.end() }
            try await process.line(with: "event=ready", "3/3")
            #expect(try await namespace.requests().contains("WATCH 403"))
            #expect(try await process.stop() == 0)

            try await namespace.delete()
            try await namespace.allow(["get", "delete", "watch"])
            let second = try namespace.startPuller()
            defer { second.end() }
            try await second.line(with: "event=failed", "reason=Forbidden", "create daemonsets")
            try await namespace.allow(TestNamespace.allVerbs)
            try await namespace.waitReady()
        }
    }

    @Test("report a namespace that does not exist, and begin when it does")
    func missingNamespace() async throws {
        let namespace = try TestNamespace("alpha")
        // Once with the cluster's own answer, and once through the proxy, which answers 401.
        let direct = "alpha-direct-\(namespace.name)"
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: namespace.environment(users: [direct, namespace.user])
        )
        defer { process.end() }
        try await process.line(with: "event=failed", "user=\(direct)", "reason=NamespaceMissing")
        try await process.line(with: "event=failed", "user=\(namespace.user)", "reason=Unauthorized")
        try await namespace.prepare()
        try await process.line(with: "event=ready", "user=\(direct)")
        try await process.line(with: "event=ready", "user=\(namespace.user)")
        #expect(try await process.stop() == 0)
        await namespace.clearUp()
    }

    @Test("delete the DaemonSet at the exit if ON_EXIT is delete, and by cleanup afterwards if it was kept")
    func deletesAndCleansUp() async throws {
        try await TestNamespace.with { namespace in
            let first = try namespace.startPuller(["ON_EXIT": "delete"])
            defer { first.end() }
            try await namespace.waitReady()
            #expect(try await first.stop() == 0)
            #expect(try await namespace.all().isEmpty)

            let second = try namespace.startPuller(["ON_EXIT": "keep"])
            defer { second.end() }
            try await namespace.waitReady()
            #expect(try await second.stop() == 0)
            #expect(try await namespace.all().count == 1)

            for (arguments, word) in [
                (["--dry-run"], "would be deleted"), ([], ": deleted"), ([], "nothing there"),
            ] {
                let cleanup = try RunningProcess(
                    "kubernetes-image-puller",
                    ["cleanup"] + arguments,
                    environment: namespace.environment()
                )
                #expect(try await cleanup.exitCode() == 0)
                #expect(cleanup.text.contains(word))
            }
            #expect(try await namespace.all().isEmpty)
        }
    }
}
