import Foundation
import TestSupport
import Testing

/// The real executable sends its requests directly to a real API server over HTTP/2, and asks it to impersonate users
/// and groups.
@Suite(
    "Rights that a user has through a group, on a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct GroupsTests {
    @Test("are refused without IMPERSONATE_GROUPS, and the failure names it")
    func refused() async throws {
        try await TestNamespace.withGroup { namespace, tokenFile in
            let puller = try namespace.startImpersonator(tokenFile)
            defer { puller.end() }
            let line = try await puller.line(with: "event=failed", "reason=Forbidden")
            #expect(line.contains("User \\\"\(namespace.user)\\\" cannot get"), "\(line)")
            #expect(line.contains("through a group, set IMPERSONATE_GROUPS"), "\(line)")
            #expect(try await namespace.all().isEmpty)
        }
    }

    @Test(
        "work when the group is the only one in IMPERSONATE_GROUPS, and when it is the second of two",
        arguments: [["pullers"], ["others, and more", "pullers"]]
    )
    func granted(groups: [String]) async throws {
        try await TestNamespace.withGroup { namespace, tokenFile in
            let puller = try namespace.startImpersonator(tokenFile, groups: groups)
            defer { puller.end() }
            try await namespace.waitReady(nodes: 1)
            try await puller.line(with: "event=ready", "user=\(namespace.user)", "1/1")
            #expect(!puller.text.contains("event=failed"))
            #expect(try await puller.stop() == 0)
        }
    }

    @Test("are refused when the puller may not impersonate groups, and the failure quotes the server")
    func mayNotImpersonate() async throws {
        try await TestNamespace.withGroup(resources: ["users"]) { namespace, tokenFile in
            let puller = try namespace.startImpersonator(tokenFile, groups: ["pullers"])
            defer { puller.end() }
            let line = try await puller.line(with: "event=failed", "reason=Forbidden")
            #expect(line.contains("cannot impersonate resource \\\"groups\\\""), "\(line)")
            #expect(!line.contains("IMPERSONATE_GROUPS"), "\(line)")
        }
    }
}

extension TestNamespace {
    /// Runs `body` with a namespace in which only a group has rights, and with a file that holds the token of an
    /// account that may impersonate.
    ///
    /// - Parameter resources: What the account may impersonate.
    fileprivate static func withGroup(
        resources: [String] = ["users", "groups"],
        _ body: (TestNamespace, _ tokenFile: String) async throws -> Void
    ) async throws {
        try await with("beta", nodes: 1) { namespace in
            try await namespace.bindToGroup("pullers")
            try await namespace.makeImpersonator(resources)
            let token = try await namespace.serviceAccountToken("impersonator")
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("token-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: file) }
            try token.write(to: file, atomically: true, encoding: .utf8)
            try await body(namespace, file.path)
        }
    }

    private var rbac: String { "/apis/rbac.authorization.k8s.io/v1" }

    /// Gives the Role that `prepare` made to a group instead of the account.
    private func bindToGroup(_ group: String) async throws {
        let bindings = "\(rbac)/namespaces/\(name)/rolebindings"
        try await admin.must("DELETE", "\(bindings)/puller")
        try await admin.must(
            "POST",
            bindings,
            """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"puller"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"puller"},
            "subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"\(group)"}]}
            """
        )
    }

    private func makeImpersonator(_ resources: [String]) async throws {
        try await admin.must(
            "POST",
            "\(core)/serviceaccounts",
            #"{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"impersonator"}}"#
        )
        let list = resources.map { "\"\($0)\"" }.joined(separator: ",")
        try await admin.must(
            "POST",
            "\(rbac)/clusterroles",
            """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"\(name)-impersonator"},
            "rules":[{"apiGroups":[""],"resources":[\(list)],"verbs":["impersonate"]}]}
            """
        )
        try await admin.must(
            "POST",
            "\(rbac)/clusterrolebindings",
            """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding",
            "metadata":{"name":"\(name)-impersonator"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"\(name)-impersonator"},
            "subjects":[{"kind":"ServiceAccount","name":"impersonator","namespace":"\(name)"}]}
            """
        )
    }

    /// Starts a puller that asks the API server directly, without the proxy, to impersonate the user of this namespace.
    fileprivate func startImpersonator(_ tokenFile: String, groups: [String] = []) throws -> RunningProcess {
        let removed = ["OIDC_PROVIDER", "SERVICE_ACCOUNT_ID", "SERVICE_ACCOUNT_SECRET"]
        let environment = environment([
            "OPENSHIFT_PROXY_URL": try planes.plane(plane).url,
            "BEARER_TOKEN_FILE": tokenFile,
            "IMPERSONATE_GROUPS": groups.map { "\"\($0)\"" }.joined(separator: ","),
        ]).filter { !removed.contains($0.key) }
        return try RunningProcess("kubernetes-image-puller", environment: environment)
    }
}
