import Foundation
import TestSupport
import Testing

/// Pod Security "restricted", enforced. Kubernetes 1.20 has no admission plugin for it, so a PodSecurityPolicy of the
/// same rules does it, on a control plane of its own.
@Suite(
    "Pod Security restricted, enforced by a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)"),
    .serialized
)
struct PodSecurityTests {
    /// The rules of https://kubernetes.io/docs/concepts/security/pod-security-standards/ as far as a policy can state
    /// them. What it states by a default (a user that is not root, capabilities that are dropped) it adds to pods instead
    /// of refusing them, so the tests compare the pods with the manifest.
    private static let policy = """
        {"apiVersion":"policy/v1beta1","kind":"PodSecurityPolicy","metadata":{"name":"restricted",
        "annotations":{"seccomp.security.alpha.kubernetes.io/allowedProfileNames":"runtime/default"}},
        "spec":{"privileged":false,"allowPrivilegeEscalation":false,"requiredDropCapabilities":["ALL"],
        "volumes":["configMap","csi","downwardAPI","emptyDir","ephemeral","persistentVolumeClaim","projected","secret"],
        "hostNetwork":false,"hostPID":false,"hostIPC":false,"runAsUser":{"rule":"MustRunAsNonRoot"},
        "seLinux":{"rule":"RunAsAny"},"supplementalGroups":{"rule":"RunAsAny"},"fsGroup":{"rule":"RunAsAny"}}}
        """

    /// Creates the policy, and lets the pods of the namespace use it.
    private static func enforce(in namespace: TestNamespace) async throws {
        let answer = try await namespace.admin.send(
            "POST",
            "/apis/policy/v1beta1/podsecuritypolicies",
            policy
        )
        // Another test may have created it.
        #expect([201, 409].contains(answer.status), "\(answer.json.string("message") ?? "")")
        let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/\(namespace.name)"
        try await namespace.admin.must(
            "POST",
            rbac + "/roles",
            """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"restricted"},"rules":[
            {"apiGroups":["policy"],"resources":["podsecuritypolicies"],"resourceNames":["restricted"],"verbs":["use"]}]}
            """
        )
        try await namespace.admin.must(
            "POST",
            rbac + "/rolebindings",
            """
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"restricted"},
            "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"restricted"},"subjects":[
            {"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"system:serviceaccounts:\(namespace.name)"}]}
            """
        )
    }

    @Test(
        "the pods of each manifest for it are created, and no policy had to change them",
        arguments: [
            "restricted", "copied-sleep", "copied-sleep-spread", "copied-sleep-openshift", "image-volumes",
        ]
    )
    func created(name: String) async throws {
        try await TestNamespace.with("restricted", nodes: 1) { namespace in
            try await Self.enforce(in: namespace)
            let body = try #require(try GoldenFiles.daemonSets(name, in: namespace).first)
            try await namespace.create(body)
            try await namespace.waitReady(nodes: 1)
            let pods = try await namespace.admin.must("GET", "\(namespace.core)/pods").array("items")
            let pod = try #require(pods.first)
            #expect(pod.strings("metadata.annotations")["kubernetes.io/psp"] == "restricted")
            let template = JSONObject(Array(body.utf8))
            for path in ["containers", "initContainers"] {
                let wanted = template.array("spec.template.spec.\(path)")
                let found = pod.array("spec.\(path)")
                #expect(found.count == wanted.count)
                for (found, wanted) in zip(found, wanted) {
                    #expect(try found.text("securityContext") == wanted.text("securityContext"))
                }
            }
            #expect(
                try pod.text("spec.securityContext") == template.text("spec.template.spec.securityContext")
            )
        }
    }

    private static let spec = "spec.template.spec."
    private static let context = spec + "containers.0.securityContext."

    @Test(
        "a pod that breaks a rule is not created",
        arguments: [
            ("defaults", "metadata.labels.team", "x"),
            ("copied-sleep-baseline", "metadata.labels.team", "x"),
            ("copied-sleep", spec + "hostNetwork", "true"),
            ("copied-sleep", spec + "hostPID", "true"),
            ("copied-sleep", context + "allowPrivilegeEscalation", "true"),
            ("copied-sleep", context + "runAsUser", "0"),
            ("copied-sleep", context + "runAsNonRoot", "false"),
            ("copied-sleep", context + "capabilities.add", "[\"NET_ADMIN\"]"),
            ("copied-sleep", spec + "initContainers.0.securityContext.runAsUser", "0"),
            ("copied-sleep", spec + "securityContext.seccompProfile.type", "Unconfined"),
            ("copied-sleep", spec + "volumes.1", "{\"name\":\"h\",\"hostPath\":{\"path\":\"/\"}}"),
        ]
    )
    func refused(name: String, path: String, text: String) async throws {
        try await TestNamespace.with("restricted", nodes: 1) { namespace in
            try await Self.enforce(in: namespace)
            let value =
                try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            let body = try #require(
                try GoldenFiles.daemonSets(name, in: namespace, changing: [path: value ?? text]).first
            )
            try await namespace.create(body)
            try await poll(within: .seconds(180), "event that says why no pod is created") {
                try await namespace.admin.must("GET", "\(namespace.core)/events").array("items").contains {
                    $0.string("reason") == "FailedCreate"
                        && $0.string("message")?.contains("PodSecurityPolicy") == true
                }
            }
            #expect(try await namespace.podCount() == 0)
        }
    }
}
