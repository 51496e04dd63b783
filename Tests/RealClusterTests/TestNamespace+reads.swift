import TestSupport

// What the puller may read besides DaemonSets.
extension TestNamespace {
    /// Gives the account the right to list pods and to get Deployments, or takes it away.
    func allowReads(_ isAllowed: Bool) async throws {
        let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/\(name)"
        let rules = #"""
            [{"apiGroups":[""],"resources":["pods"],"verbs":["list"]},
            {"apiGroups":["apps"],"resources":["deployments"],"verbs":["get"]}]
            """#
        let role = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"reader"},
            "rules":\(isAllowed ? rules : "[]")}
            """
        let binding = """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"reader"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},
            "subjects":[{"kind":"ServiceAccount","name":"che","namespace":"\(name)"}]}
            """
        // A PUT creates a Role that does not exist.
        if try await admin.send("PUT", "\(rbac)/roles/reader", role).status == 201 {
            try await admin.must("POST", "\(rbac)/rolebindings", binding)
        }
    }

    /// Creates a Deployment without pods, and returns its uid.
    func createDeployment(_ deployment: String) async throws -> String {
        let body = """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"\(deployment)"},
            "spec":{"replicas":0,"selector":{"matchLabels":{"app":"\(deployment)"}},
            "template":{"metadata":{"labels":{"app":"\(deployment)"}},
            "spec":{"containers":[{"name":"main","image":"busybox:1"}]}}}}
            """
        let made = try await admin.must("POST", "/apis/apps/v1/namespaces/\(name)/deployments", body)
        guard let uid = made.string("metadata.uid") else { throw RunningProcess.Problem("no uid") }
        return uid
    }
}
