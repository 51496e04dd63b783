import TestSupport
import Testing

/// Obstacles to a replacement, with real API servers: the existing DaemonSet stays, and so do its pods.
@Suite(
    "Refused replacements on real API servers",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct ReplacementRefusalTests {
    enum Obstacle: String, CaseIterable, CustomTestStringConvertible {
        case policy = "by the policy of a webhook"
        case brokenWebhook = "because a webhook is down"
        case lostVerb = "because the account may no longer create DaemonSets"
        case quota = "by a quota of one DaemonSet"
        case resourceNames = "because the Role allows only the first name"

        var testDescription: String { rawValue }

        /// What the event must contain.
        var words: [String] {
            switch self {
            case .policy: ["reason=Denied", "policy.example.com", "denied the request"]
            case .brokenWebhook: ["reason=ServerError", "failed calling webhook"]
            case .lostVerb: ["reason=Forbidden", "create", "get, create, delete and watch"]
            case .quota: ["reason=Quota", "exceeded quota", "count/daemonsets.apps"]
            case .resourceNames: ["cannot get", TestNamespace.alternate]
            }
        }

        /// Runs `body` while the obstacle exists.
        func stand(in namespace: TestNamespace, _ body: () async throws -> Void) async throws {
            switch self {
            case .policy:
                try await AdmissionWebhook.with(.deny, on: "daemonsets", in: namespace, body)
            case .brokenWebhook:
                try await AdmissionWebhook.with(.deny, on: "daemonsets", in: namespace, isDown: true, body)
            case .lostVerb:
                try await namespace.allow(["get", "delete", "watch"])
                try await body()
                try await namespace.allow(TestNamespace.allVerbs)
            case .quota:
                try await namespace.limitToOneDaemonSet()
                try await body()
                try await namespace.liftLimit()
            case .resourceNames:
                try await namespace.allow(TestNamespace.allVerbs, names: [TestNamespace.daemonSet])
                try await body()
                try await namespace.allow(TestNamespace.allVerbs)
            }
        }
    }

    @Test(
        "A replacement that is refused costs nothing, says why, and is made up for when it can be",
        arguments: Obstacle.allCases
    )
    func refused(obstacle: Obstacle) async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            let old = try await namespace.roll(out: "busybox:0", nodes: 2)
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                var puller: RunningProcess?
                defer { puller?.end() }
                try await obstacle.stand(in: namespace) {
                    let process = try namespace.startPuller(TestNamespace.only("busybox:1"))
                    puller = process
                    let line = try await process.line(with: "event=failed")
                    for word in obstacle.words + [TestNamespace.daemonSet] {
                        #expect(line.contains(word), "\(line)")
                    }
                    #expect(try await namespace.all().map(\.uid) == [old.uid])
                }
                try await namespace.waitReady(nodes: 2, image: "busybox:1")
                try await puller?.line(with: "event=replaced", "reason=Drift")
            }
        }
    }

    @Test("A replacement whose pods are refused leaves the old DaemonSet alone until the pods are created")
    func podsRefused() async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            let old = try await namespace.roll(out: "busybox:0", nodes: 2)
            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                var puller: RunningProcess?
                defer { puller?.end() }
                try await AdmissionWebhook.with(.deny, on: "pods", in: namespace) {
                    let process = try namespace.startPuller(
                        ["IMAGES": "image=busybox:1", "ROLLOUT_TIMEOUT_SECONDS": "2"]
                    )
                    puller = process
                    try await process.line(
                        with: "event=unready",
                        TestNamespace.alternate,
                        "admission webhook"
                    )
                    #expect(try await namespace.all().count == 2)
                    #expect(try await namespace.seen()?.uid == old.uid)
                }
                try await namespace.waitReady(nodes: 2, image: "busybox:1")
            }
        }
    }

    @Test(
        "A foreign DaemonSet under the name for the replacement is reported, and neither DaemonSet is touched"
    )
    func foreign() async throws {
        try await TestNamespace.with(nodes: 2) { namespace in
            try await namespace.create(
                """
                {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"\(TestNamespace.alternate)"},
                "spec":{"selector":{"matchLabels":{"app":"theirs"}},"template":{"metadata":{"labels":{"app":"theirs"}},
                "spec":{"nodeSelector":{"none":"here"},"containers":[{"name":"a","image":"busybox"}]}}}}
                """
            )
            let first = try namespace.startPuller(TestNamespace.only("busybox:0"))
            defer { first.end() }
            try await first.line(with: "event=ready", "2/2")
            #expect(try await first.stop() == 0)
            let before = try await namespace.all()
            #expect(before.count == 2)

            try await namespace.keepingServed(namespace.nodes(0, 1)) {
                let puller = try namespace.startPuller(TestNamespace.only("busybox:1"))
                defer { puller.end() }
                try await puller.line(with: "event=failed", "reason=Conflict", TestNamespace.alternate)
                #expect(try await namespace.all().map(\.uid) == before.map(\.uid))
            }
            try await namespace.delete(TestNamespace.alternate)
            let puller = try namespace.startPuller(TestNamespace.only("busybox:1"))
            defer { puller.end() }
            try await namespace.waitReady(nodes: 2, image: "busybox:1")
        }
    }

    @Test(
        "A webhook that changes the stored DaemonSet causes a warning, and no endless replacements",
        arguments: [
            (AdmissionWebhook.Kind.dropAnnotations, "annotation kubernetes-image-puller/spec-hash"),
            (.replaceLabels, "label kubernetes-image-puller/slot"),
        ]
    )
    func altered(kind: AdmissionWebhook.Kind, key: String) async throws {
        try await TestNamespace.with(nodes: 1) { namespace in
            try await AdmissionWebhook.with(kind, on: "daemonsets", in: namespace) {
                let first = try await namespace.roll(out: "busybox:0", nodes: 1)
                let puller = try namespace.startPuller(TestNamespace.only("busybox:1"))
                defer { puller.end() }
                let second = try await namespace.waitReady(nodes: 1, image: "busybox:1")
                #expect(second.uid != first.uid)
                try await puller.line(with: "event=warning", "reason=Altered", key)
                try await puller.line(with: "event=ready")
                try await namespace.resetRequests()
                // The round after the next also reads the other name.
                try await poll(within: .seconds(180), "three more looks") {
                    try await namespace.requests().count >= 3
                }
                #expect(try await Set(namespace.requests()).isSubset(of: ["GET 200", "GET 404", "GET -"]))
                #expect(try await puller.stop() == 0)
                // A restarted puller adopts the DaemonSet.
                #expect(try await namespace.roll(out: "busybox:1", nodes: 1).uid == second.uid)
            }
        }
    }
}

extension TestNamespace {
    private var quotas: String { "\(core)/resourcequotas" }

    /// Creates a quota that the existing DaemonSet uses up.
    fileprivate func limitToOneDaemonSet() async throws {
        try await admin.must(
            "POST",
            quotas,
            """
            {"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"one"},
            "spec":{"hard":{"count/daemonsets.apps":"1"}}}
            """
        )
        // No quota controller runs here. Without a status, the quota would refuse everything, with another message.
        try await admin.must(
            "PATCH",
            "\(quotas)/one/status",
            """
            {"status":{"hard":{"count/daemonsets.apps":"1"},"used":{"count/daemonsets.apps":"1"}}}
            """,
            contentType: "application/merge-patch+json"
        )
    }

    fileprivate func liftLimit() async throws { try await admin.must("DELETE", "\(quotas)/one") }
}
