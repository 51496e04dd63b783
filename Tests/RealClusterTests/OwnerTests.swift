import Foundation
import TestSupport
import Testing

@Suite(
    "DaemonSets that belong to a Deployment, on a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct OwnerTests {
    private static let deployment = "kip"

    /// Runs `body` with a puller for one cluster that has a Deployment of this name.
    private func with(
        readable: Bool = true,
        _ changes: [String: String] = [:],
        _ body: (TestNamespace, RunningProcess, _ uid: String) async throws -> Void
    ) async throws {
        let planes = try ControlPlanes.required()
        try await TestNamespace.with(nodes: 2) { namespace in
            if readable { try await namespace.allowReads(true) }
            let uid = try await namespace.createDeployment(Self.deployment)
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("token-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            try await namespace.serviceAccountToken("che").write(to: file, atomically: true, encoding: .utf8)
            let environment = [
                "MULTICLUSTER": "false", "KUBERNETES_API_URL": try planes.plane(namespace.plane).url,
                "BEARER_TOKEN_FILE": file.path, "CA_BUNDLE_FILE": planes.ca, "NAMESPACE": namespace.name,
                "NODE_SELECTOR": #"{"test":"\#(namespace.name)"}"#, "IMAGES": "a=busybox:1",
                "DEPLOYMENT_NAME": Self.deployment, "BACKOFF_INITIAL_SECONDS": "0.2",
                "BACKOFF_MAX_SECONDS": "2",
                // Seven seconds.
                "CACHING_INTERVAL_HOURS": "0.002",
            ]
            let puller = try RunningProcess(
                "kubernetes-image-puller",
                environment: environment.merging(changes) { $1 }
            )
            defer { puller.end() }
            try await body(namespace, puller, uid)
        }
    }

    private func deleteDeployment(_ namespace: TestNamespace, _ propagation: String) async throws {
        try await namespace.admin.must(
            "DELETE",
            "/apis/apps/v1/namespaces/\(namespace.name)/deployments/\(Self.deployment)",
            #"{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"\#(propagation)"}"#
        )
    }

    private func owners(_ namespace: TestNamespace) async throws -> [[String]] {
        try await namespace.admin.must("GET", namespace.daemonSets).array("items").map { item in
            item.array("metadata.ownerReferences").map { $0.string("uid") ?? "" }
        }
    }

    @Test(
        "go with it while the puller still runs, which creates nothing for an owner that is gone, and nothing is left",
        arguments: ["Background", "Foreground"]
    )
    func uninstall(propagation: String) async throws {
        try await with { namespace, puller, uid in
            try await puller.line(with: "event=ready", "2/2")
            #expect(try await owners(namespace) == [[uid]])
            let template = try await namespace.admin.must(
                "GET",
                "\(namespace.daemonSets)/\(TestNamespace.daemonSet)"
            )
            try await deleteDeployment(namespace, propagation)
            try await puller.line(with: "event=failed", "reason=Conflict", "the Deployment kip", "is gone")
            // As if a creation had been on its way when the owner went.
            try await namespace.create(try copy(of: template, owner: uid))
            #expect(try await puller.stop() == 0)
            try await poll(within: .seconds(180), "nothing to be left") {
                let left = try await namespace.all()
                let pods = try await namespace.podCount()
                return left.isEmpty && pods == 0
            }
            #expect(puller.lines.filter { $0.contains("event=created") }.count == 1)
            #expect(!puller.text.contains("event=replacing"))
        }
    }

    /// A new DaemonSet with the spec of another one, under a name that no puller looks at.
    private func copy(of daemonSet: JSONObject, owner uid: String) throws -> String {
        """
        {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"late","ownerReferences":[
        {"apiVersion":"apps/v1","kind":"Deployment","name":"\(Self.deployment)","uid":"\(uid)"}]},
        "spec":\(try daemonSet.text("spec") ?? "{}")}
        """
    }

    @Test("stay when it is deleted without its dependents, and are not replaced for that")
    func orphan() async throws {
        try await with(["LOG_LEVEL": "debug"]) { namespace, puller, _ in
            try await puller.line(with: "event=ready", "2/2")
            let before = try await namespace.waitReady(nodes: 2)
            try await deleteDeployment(namespace, "Orphan")
            try await poll(within: .seconds(180), "the owner to be taken off") {
                try await owners(namespace) == [[]]
            }
            func rounds() -> Int { puller.lines.filter { $0.contains("event=ready") }.count }
            let now = rounds()
            try await poll(within: .seconds(180), "two more rounds") { rounds() > now + 1 }
            #expect(try await puller.stop() == 0)
            #expect(try await namespace.all().map(\.uid) == [before.uid])
        }
    }

    @Test("have no owner where the account may not read it, and the log says so once")
    func forbidden() async throws {
        try await with(readable: false) { namespace, puller, _ in
            try await puller.line(with: "event=warning", "reason=Owner", "cannot be read")
            try await puller.line(with: "event=ready", "2/2")
            #expect(try await owners(namespace) == [[]])
            try await deleteDeployment(namespace, "Background")
            #expect(try await puller.stop() == 0)
            #expect(try await namespace.all().count == 1)
            #expect(puller.lines.filter { $0.contains("reason=Owner") }.count == 1)
        }
    }

    @Test(
        "of a plain cluster run as the user that the configuration names, since it has no API group of OpenShift"
    )
    func platform() async throws {
        try await with(["KIP_IMAGE": "busybox:1", "DEPLOYMENT_NAME": "another"]) { namespace, puller, _ in
            try await puller.line(
                with: "event=surveyed",
                "platform: kubernetes, because neither the API group"
            )
            try await puller.line(with: "reason=Owner", "there is no Deployment another in the namespace")
            try await puller.line(with: "event=ready", "2/2")
            let object = try await namespace.admin.must(
                "GET",
                "\(namespace.daemonSets)/\(TestNamespace.daemonSet)"
            )
            #expect(object.int("spec.template.spec.securityContext.runAsUser") == 65532)
            #expect(try await puller.stop() == 0)
        }
    }
}
