import Foundation
import TestSupport

/// A namespace on one control plane, with the account as which the puller acts, and with its own nodes, so that tests
/// that run at the same time do not affect each other.
final class TestNamespace: Sendable {
    let plane: String
    let name: String
    let admin: RawClient
    let planes: ControlPlanes

    static let allVerbs = ["get", "create", "delete", "watch"]

    /// - Parameter name: Give the same name on two planes for a puller that works on both.
    init(_ plane: String, name: String = "test-\(UUID().uuidString.prefix(8).lowercased())") throws {
        planes = try ControlPlanes.required()
        self.plane = plane
        self.name = name
        let found = try planes.plane(plane)
        admin = RawClient(baseURL: found.url, token: found.adminToken)
    }

    /// Runs `body` with a prepared namespace, and cleans up afterwards.
    static func with(
        _ plane: String = "alpha",
        verbs: [String] = allVerbs,
        nodes: Int = 3,
        _ body: (TestNamespace) async throws -> Void
    ) async throws {
        let namespace = try TestNamespace(plane)
        do {
            try await namespace.prepare(verbs: verbs, nodes: nodes)
            try await body(namespace)
        } catch {
            await namespace.clearUp()
            throw error
        }
        await namespace.clearUp()
    }

    /// The user whose cluster this is.
    var user: String { "\(plane)-\(name)" }

    var core: String { "/api/v1/namespaces/\(name)" }
    private var rbac: String { "/apis/rbac.authorization.k8s.io/v1/namespaces/\(name)" }
    var daemonSets: String { "/apis/apps/v1/namespaces/\(name)/daemonsets" }

    // MARK: Preparation

    /// Creates the namespace, the account with the verbs, and ready nodes.
    func prepare(verbs: [String] = allVerbs, nodes: Int = 3) async throws {
        try await makeNamespace()
        try await allow(verbs)
        for number in 0..<nodes { try await makeNode(number) }
    }

    /// Creates the namespace and the account. A webhook of the test selects the namespace by the label.
    func makeNamespace() async throws {
        try await admin.must(
            "POST",
            "/api/v1/namespaces",
            #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(name)","labels":{"test":"\#(name)"}}}"#
        )
        try await admin.must(
            "POST",
            "\(core)/serviceaccounts",
            #"{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"che"}}"#
        )
    }

    /// Gives the account exactly these verbs on DaemonSets.
    ///
    /// - Parameter names: The names of the only DaemonSets that the Role allows; `nil` for all. `create` cannot be
    ///   limited by name.
    func allow(_ verbs: [String], names: [String]? = nil) async throws {
        func rule(_ verbs: [String], _ names: [String]? = nil) throws -> String {
            let restriction = try names.map { #","resourceNames":\#(try json($0))"# } ?? ""
            return
                #"{"apiGroups":["apps"],"resources":["daemonsets"],"verbs":\#(try json(verbs))\#(restriction)}"#
        }
        let rules =
            try names == nil
            ? [rule(verbs)]
            : [rule(verbs.filter { $0 == "create" }), rule(verbs.filter { $0 != "create" }, names)]
        let role = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"puller"},
            "rules":[\(rules.joined(separator: ","))]}
            """
        let binding = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"puller"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"puller"},
            "subjects":[{"kind":"ServiceAccount","name":"che","namespace":"\(name)"}]}
            """
        // A PUT creates a Role that does not exist.
        if try await admin.send("PUT", "\(rbac)/roles/puller", role).status == 201 {
            try await admin.must("POST", "\(rbac)/rolebindings", binding)
        }
        // API servers take a moment to learn of rights.
        try await poll(within: .seconds(120), "the rights of the account") {
            for verb in Self.allVerbs {
                let isAllowed = verbs.contains(verb)
                guard try await may(verb, "daemonsets", in: "apps", named: Self.daemonSet) == isAllowed else {
                    return false
                }
                let isLimited = names.map { verb != "create" && !$0.contains(Self.alternate) } ?? false
                guard
                    try await may(verb, "daemonsets", in: "apps", named: Self.alternate)
                        == (isAllowed && !isLimited)
                else { return false }
            }
            return true
        }
    }

    private func json(_ strings: [String]) throws -> String {
        String(decoding: try JSONEncoder().encode(strings), as: UTF8.self)
    }

    func node(_ number: Int) -> String { "\(name)-\(number)" }

    func nodes(_ numbers: Int...) -> Set<String> { Set(numbers.map(node)) }

    private func makeNode(_ number: Int) async throws {
        // Pods become ready so slowly that sampling ten times a second notices a node without one.
        try await admin.must(
            "POST",
            "/api/v1/nodes",
            """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"\(node(number))","labels":{"test":"\(name)",
            "kubernetes.io/os":"linux"},"annotations":{"stand-in/pull-seconds":"0.5"}}}
            """
        )
        try await poll(within: .seconds(120), "a ready node") {
            let object = try await admin.must("GET", "/api/v1/nodes/\(node(number))")
            return object.array("status.conditions").contains {
                $0.string("type") == "Ready" && $0.string("status") == "True"
            }
        }
    }

    /// Controls what the kubelet of a node does; see scripts/node-stand-in.
    func annotate(node number: Int, _ key: String, _ value: String?) async throws {
        let text = value.map { "\"\($0)\"" } ?? "null"
        try await admin.must(
            "PATCH",
            "/api/v1/nodes/\(node(number))",
            #"{"metadata":{"annotations":{"stand-in/\#(key)":\#(text)}}}"#,
            contentType: "application/merge-patch+json"
        )
    }

    /// Deletes the DaemonSets and the nodes, so that they do not slow down the rest of the run.
    func clearUp() async {
        for one in (try? await all()) ?? [] {
            try? await setFinalizers([], of: one.name)
            _ = try? await admin.send("DELETE", "\(daemonSets)/\(one.name)")
        }
        for number in 0..<4 { _ = try? await admin.send("DELETE", "/api/v1/nodes/\(node(number))") }
    }

    /// Requests a token for a service account of this namespace.
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
