import Foundation
import TestSupport

/// A namespace of its own on one control plane, with the account that the puller acts as, and nodes of its own: tests
/// that run at the same time do not see each other.
final class TestNamespace: Sendable {
    let plane: String
    let name: String
    let admin: RawClient
    private let proxyControl: RawClient
    private let planes: ControlPlanes

    static let daemonSet = "kubernetes-image-puller"
    static let allVerbs = ["get", "create", "delete", "watch"]

    /// - Parameter name: The same on two planes, for a puller that is in charge of both.
    init(_ plane: String, name: String = "test-\(UUID().uuidString.prefix(8).lowercased())") throws {
        planes = try ControlPlanes.required()
        self.plane = plane
        self.name = name
        let found = try planes.plane(plane)
        admin = RawClient(baseURL: found.url, token: found.adminToken)
        proxyControl = RawClient(baseURL: planes.proxy.controlURL)
    }

    /// The user whose cluster this is.
    var user: String { "\(plane)-\(name)" }

    private var core: String { "/api/v1/namespaces/\(name)" }
    private var rbac: String { "/apis/rbac.authorization.k8s.io/v1/namespaces/\(name)" }
    private var daemonSets: String { "/apis/apps/v1/namespaces/\(name)/daemonsets" }
    private var daemonSetPath: String { "\(daemonSets)/\(Self.daemonSet)" }

    // MARK: What must be there before

    /// Makes the namespace, the account with the verbs, and ready nodes.
    func prepare(verbs: [String] = allVerbs, nodes: Int = 3) async throws {
        try await makeNamespace()
        try await allow(verbs)
        for number in 0..<nodes { try await makeNode(number) }
    }

    func makeNamespace() async throws {
        try await admin.must(
            "POST",
            "/api/v1/namespaces",
            #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(name)"}}"#
        )
        try await admin.must(
            "POST",
            "\(core)/serviceaccounts",
            #"{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"che"}}"#
        )
    }

    /// Gives the account exactly these verbs on DaemonSets.
    func allow(_ verbs: [String]) async throws {
        let list = verbs.map { "\"\($0)\"" }.joined(separator: ",")
        let role = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"puller"},
            "rules":[{"apiGroups":["apps"],"resources":["daemonsets"],"verbs":[\(list)]}]}
            """
        let binding = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"puller"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"puller"},
            "subjects":[{"kind":"ServiceAccount","name":"che","namespace":"\(name)"}]}
            """
        // The API server creates roles that are put.
        if try await admin.send("PUT", "\(rbac)/roles/puller", role).status == 201 {
            try await admin.must("POST", "\(rbac)/rolebindings", binding)
        }
    }

    func node(_ number: Int) -> String { "\(name)-\(number)" }

    private func makeNode(_ number: Int) async throws {
        try await admin.must(
            "POST",
            "/api/v1/nodes",
            #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"\#(node(number))","labels":{"test":"\#(name)"}}}"#
        )
        try await poll(within: .seconds(120), "a ready node") {
            let object = try await admin.must("GET", "/api/v1/nodes/\(node(number))")
            return object.array("status.conditions").contains {
                $0.string("type") == "Ready" && $0.string("status") == "True"
            }
        }
    }

    /// What the kubelet of a node does; see scripts/node-stand-in.
    func annotate(node number: Int, _ key: String, _ value: String?) async throws {
        let text = value.map { "\"\($0)\"" } ?? "null"
        try await admin.must(
            "PATCH",
            "/api/v1/nodes/\(node(number))",
            #"{"metadata":{"annotations":{"stand-in/\#(key)":\#(text)}}}"#,
            contentType: "application/merge-patch+json"
        )
    }

    /// Takes the nodes away, so that they do not cost time for the rest of the run.
    func clearUp() async {
        _ = try? await admin.send("DELETE", daemonSetPath)
        for number in 0..<4 { _ = try? await admin.send("DELETE", "/api/v1/nodes/\(node(number))") }
    }

    // MARK: What is there, and what somebody else does

    struct Seen: Equatable {
        var uid: String
        var ready: Int
        var desired: Int
        var generation: Int
        var image: String
        var isTerminating: Bool
    }

    /// The DaemonSet as the API server tells it.
    func seen() async throws -> Seen? {
        let (status, json) = try await admin.send("GET", daemonSetPath)
        guard status == 200, let uid = json.string("metadata.uid") else { return nil }
        return Seen(
            uid: uid,
            ready: json.int("status.numberReady") ?? 0,
            desired: json.int("status.desiredNumberScheduled") ?? 0,
            generation: json.int("metadata.generation") ?? 0,
            image: json.array("spec.template.spec.containers").first?.string("image") ?? "",
            isTerminating: json.string("metadata.deletionTimestamp") != nil
        )
    }

    /// Waits until the DaemonSet is so.
    @discardableResult
    func wait(
        _ what: String,
        within limit: Duration = .seconds(60),
        until condition: (Seen) -> Bool
    ) async throws -> Seen {
        var last: Seen?
        try await poll(
            within: limit,
            "DaemonSet that \(what) in \(user); last seen: \(String(describing: last))"
        ) {
            last = try await seen()
            return last.map(condition) ?? false
        }
        guard let last else { throw RunningProcess.Problem("nothing there") }
        return last
    }

    func waitReady(nodes: Int = 3, within limit: Duration = .seconds(60)) async throws -> Seen {
        try await wait("is ready on \(nodes) nodes", within: limit) {
            $0.desired == nodes && $0.ready == nodes && !$0.isTerminating
        }
    }

    func create(_ daemonSet: String) async throws { try await admin.must("POST", daemonSets, daemonSet) }

    func editImage(_ image: String) async throws {
        try await admin.must(
            "PATCH",
            daemonSetPath,
            #"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"\#(image)"}]"#,
            contentType: "application/json-patch+json"
        )
    }

    func delete(propagation: String) async throws {
        try await admin.must(
            "DELETE",
            daemonSetPath,
            #"{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"\#(propagation)"}"#
        )
    }

    /// Sets the finalizers of the DaemonSet; with the last one goes an object that was deleted.
    func setFinalizers(_ names: [String]) async throws {
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        try await admin.must(
            "PATCH",
            daemonSetPath,
            #"{"metadata":{"finalizers":[\#(list)]}}"#,
            contentType: "application/merge-patch+json"
        )
    }

    func podCount() async throws -> Int { try await admin.must("GET", "\(core)/pods").array("items").count }

    /// Pods that are ready, by node.
    func readyNodes() async throws -> Set<String> {
        let pods = try await admin.must("GET", "\(core)/pods").array("items")
        return Set(
            pods.filter { pod in
                pod.string("metadata.deletionTimestamp") == nil
                    && pod.array("status.conditions").contains {
                        $0.string("type") == "Ready" && $0.string("status") == "True"
                    }
            }.compactMap { $0.string("spec.nodeName") }
        )
    }

    // MARK: The puller

    /// The environment of a puller that is in charge of these users.
    func environment(users: [String]? = nil, _ changes: [String: String] = [:]) -> [String: String] {
        [
            "IMAGES": "first=quay.io/eclipse/che-java11-maven:nightly;second=eclipse/che-theia:7.0.0",
            "IMPERSONATE_USERS": (users ?? [user]).joined(separator: ","),
            "OPENSHIFT_PROXY_URL": planes.proxy.url,
            "OIDC_PROVIDER": planes.proxy.oidcProvider,
            "SERVICE_ACCOUNT_ID": planes.proxy.clientID,
            "SERVICE_ACCOUNT_SECRET": planes.proxy.clientSecret,
            "CA_BUNDLE_FILE": planes.ca,
            "NAMESPACE": name,
            "NODE_SELECTOR": #"{"test":"\#(name)"}"#,
            // Seven seconds.
            "CACHING_INTERVAL_HOURS": "0.002",
            "BACKOFF_INITIAL_SECONDS": "0.2",
            "BACKOFF_MAX_SECONDS": "2",
        ].merging(changes) { $1 }
    }

    func startPuller(_ changes: [String: String] = [:]) throws -> RunningProcess {
        try RunningProcess("kubernetes-image-puller", environment: environment(changes))
    }

    /// What the proxy was asked for this namespace since the last reset: `GET 200`, with `WATCH` for a watch.
    func requests() async throws -> [String] {
        let log = try await proxyControl.must("GET", "/log?namespace=\(name)")
        return log.array("requests").map { request in
            let isWatch = request.string("path")?.contains("watch=1") == true
            let status = request.int("status").map { "\($0)" } ?? "-"
            return "\(isWatch ? "WATCH" : request.string("method") ?? "?") \(status)"
        }
    }

    func resetRequests() async throws {
        try await proxyControl.must("DELETE", "/log?namespace=\(name)")
    }
}

extension RunningProcess {
    /// Tells it to end, and waits for that.
    func stop() async throws -> Int32 {
        signal(SIGTERM)
        return try await exitCode(within: .seconds(120))
    }
}

extension TestNamespace {
    /// A token of a service account of this namespace.
    func serviceAccountToken(_ account: String) async throws -> String {
        let request =
            #"{"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}}"#
        let answer = try await admin.must(
            "POST",
            "/api/v1/namespaces/\(name)/serviceaccounts/\(account)/token",
            request
        )
        guard let token = answer.string("status.token") else { throw RunningProcess.Problem("no token") }
        return token
    }
}
