import TestSupport

// What the puller may read besides DaemonSets.
extension TestNamespace {
    /// Gives the account the right to list pods and events and to get Deployments, or takes it away.
    func allowReads(_ isAllowed: Bool) async throws {
        let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/\(name)"
        let rules = #"""
            [{"apiGroups":[""],"resources":["pods","events"],"verbs":["list"]},
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
        // API servers take a moment to learn of rights. All of these are in one Role.
        try await poll(within: .seconds(120), "the rights to read") {
            try await may("list", "events") == isAllowed
        }
    }

    /// Whether the account may do something by now.
    func may(_ verb: String, _ resource: String, in group: String = "", named object: String = "")
        async throws
        -> Bool
    {
        let review = """
            {"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":{
            "user":"system:serviceaccount:\(name):che","resourceAttributes":{"namespace":"\(name)",
            "verb":"\(verb)","group":"\(group)","resource":"\(resource)","name":"\(object)"}}}
            """
        let answer = try await admin.must(
            "POST",
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            review
        )
        return answer.bool("status.allowed") == true
    }

    /// Creates an event as a kubelet does.
    ///
    /// - Parameter message: As it stands in a JSON string.
    func createEvent(_ event: String, pod: String, node: String, reason: String = "Pulled", _ message: String)
        async throws
    {
        let body = """
            {"apiVersion":"v1","kind":"Event","metadata":{"name":"\(event)","namespace":"\(name)"},
            "involvedObject":{"apiVersion":"v1","kind":"Pod","name":"\(pod)","namespace":"\(name)",
            "fieldPath":"spec.containers{image}"},"reason":"\(reason)","message":"\(message)","type":"Normal",
            "source":{"component":"kubelet","host":"\(node)"},"count":1,
            "firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:00Z"}
            """
        try await admin.must("POST", "/api/v1/namespaces/\(name)/events", body)
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
