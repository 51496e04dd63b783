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
                "DEPLOYMENT_NAME": Self.deployment, "BACKOFF_INITIAL_SECONDS": "0.2", "BACKOFF_MAX_SECONDS": "2",
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
        "go with it, also while the puller still runs and creates them again, and nothing is left",
        arguments: ["Background", "Foreground"]
    )
    func uninstall(propagation: String) async throws {
        try await with { namespace, puller, uid in
            try await puller.line(with: "event=ready", "2/2")
            #expect(try await owners(namespace) == [[uid]])
            let first = try await namespace.waitReady(nodes: 2)
            try await deleteDeployment(namespace, propagation)
            try await poll(within: .seconds(60), "the DaemonSet to go") {
                try await !namespace.all().contains { $0.uid == first.uid }
            }
            // What the puller creates now names an owner that does not exist any more.
            let second = try await createdAgain(puller)
            #expect(try await puller.stop() == 0)
            try await poll(within: .seconds(60), "nothing to be left; created again: \(second)") {
                let left = try await namespace.all()
                let pods = try await namespace.podCount()
                return left.isEmpty && pods == 0
            }
            #expect(try await namespace.all() == [])
            // It asked who the owner is once, and fought for nothing.
            #expect(puller.lines.filter { $0.contains("event=surveyed") }.count == 1)
        }
    }

    /// Waits until the puller has created the DaemonSet once more, and returns the line.
    private func createdAgain(_ puller: RunningProcess) async throws -> String {
        try await poll(within: .seconds(60), "another creation: \(puller.text)") {
            puller.lines.filter { $0.contains("event=created") || $0.contains("event=replacing") }.count > 1
        }
        return puller.lines.last { $0.contains("event=created") || $0.contains("event=replacing") } ?? ""
    }

    @Test("stay when it is deleted without its dependents, and are not replaced for that")
    func orphan() async throws {
        try await with { namespace, puller, uid in
            try await puller.line(with: "event=ready", "2/2")
            let before = try await namespace.waitReady(nodes: 2)
            try await deleteDeployment(namespace, "Orphan")
            try await poll(within: .seconds(60), "the owner to be taken off") { try await owners(namespace) == [[]] }
            let rounds = puller.lines.count
            try await poll(within: .seconds(60), "two more rounds: \(puller.text)") { puller.lines.count > rounds + 1 }
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

    @Test("of a plain cluster run as the user that the configuration names, since it has no API group of OpenShift")
    func platform() async throws {
        try await with(["KIP_IMAGE": "busybox:1", "DEPLOYMENT_NAME": "another"]) { namespace, puller, _ in
            try await puller.line(with: "event=surveyed", "platform: kubernetes, because neither the API group")
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
