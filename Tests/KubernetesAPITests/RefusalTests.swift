import PullerCore
import Testing

@testable import KubernetesAPI

@Suite("The cause of a refusal")
struct RefusalTests {
    @Test(
        "is a policy when the text says so, whatever the status",
        arguments: [
            (400, "admission webhook \"validate.example.com\" denied the request: label owner is required"),
            (400, "admission webhook \"x\" denied the request without explanation"),
            (
                403,
                "admission webhook \"validation.gatekeeper.sh\" denied the request: [owner] you must have one"
            ),
            (
                400,
                "admission webhook \"validate.kyverno.svc-fail\" denied the request:\n\nresource DaemonSet/n/x was blocked"
            ),
            (401, "admission webhook \"x\" denied the request: who?"),
            (404, "admission webhook \"x\" denied the request: no"),
            (500, "admission webhook \"x\" denied the request: no"),
            (429, "admission webhook \"x\" denied the request: exceeded quota of the team"),
            (
                422,
                "daemonsets.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no owner"
            ),
            (
                403,
                "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true"
            ),
            (
                403,
                "pods \"x\" is forbidden: unable to validate against any security context constraint: [a, b]"
            ),
            (403, "pods \"x\" is forbidden: unable to validate against any pod security policy: []"),
            (403, "pods \"x\" is forbidden: image policy webhook backend denied one or more images: no"),
            (403, "pods \"x\" is forbidden: maximum memory usage per Container is 1Mi, but limit is 4Mi"),
            (403, "pods \"x\" is forbidden: [minimum cpu usage per Container is 1, but request is 0]"),
            (403, "denied by OPA: no"), (400, "Denied by the policy engine"),
            (403, "denied by \"label-owner\" since 5\" is too wide"),
            (403, "the 5\" disk is denied by a rule"),
            (
                400,
                "admission webhook \"x\" denied the request: the policy's source: failed calling webhook \"y\""
            ),
        ]
    )
    func policy(status: Int, text: String) {
        #expect(Refusal(text, status: status) == .policy)
    }

    @Test(
        "is a quota when a 403 says so",
        arguments: [
            "pods \"x\" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=1, limited: pods=1",
            "daemonsets.apps \"x\" is forbidden: failed quota: compute: must specify limits.memory",
            "pods \"x\" is forbidden: Failed quota: q: must specify cpu",
            "pods \"x\" is forbidden: status unknown for quota: q, resources: pods",
            "pods \"x\" is forbidden: insufficient quota to match these scopes: [BestEffort]",
        ]
    )
    func quota(text: String) {
        #expect(Refusal(text, status: 403) == .quota)
    }

    @Test(
        "is neither if a permission is missing, a webhook is down, or something else refuses",
        arguments: [
            (
                403,
                "daemonsets.apps is forbidden: User \"u\" cannot create resource \"daemonsets\" in API group \"apps\""
            ),
            (
                403,
                "daemonsets.apps is forbidden: User \"u\" cannot create resource \"daemonsets\": denied by policy"
            ),
            (
                403,
                "users \"jane\" is forbidden: User \"u\" cannot impersonate resource \"users\" in API group \"\""
            ),
            (403, "forbidden: User \"system:anonymous\" cannot get path \"/x\""), (403, "not you"), (403, ""),
            (403, "daemonsets.apps \"x\" is forbidden: not yet ready to handle request"),
            (500, "Internal error occurred: failed calling webhook \"x\": denied the request: timeout"),
            (429, "quota exceeded"), (503, "denied by policy"), (404, "denied by policy"),
            (422, "DaemonSet.apps \"x\" is invalid: spec.template: Required value"),
            (422, "DaemonSet.apps \"x\" is invalid: spec.template: must not be denied by policy"),
            (422, "spec.image: Invalid value: \"a \\\" denied by policy\": must be an image"),
            (400, "strict decoding error: unknown field \"spec.blocked by policy\""),
            (403, "\"exceeded quota\" is not known"),
            (
                403,
                "daemonsets.apps \"x\" is forbidden: unable to create new content in namespace n because it is being terminated"
            ),
        ]
    )
    func neither(status: Int, text: String) {
        #expect(Refusal(text, status: status) == nil)
    }

    @Test("is not the cluster's policy when a page says so, unless it repeats the API server's words")
    func page() {
        #expect(Refusal("403 Forbidden: Request blocked by policy", status: 403, isPage: true) == nil)
        #expect(Refusal("quota exceeded", status: 403, isPage: true) == nil)
        let denial = "admission webhook \"x\" denied the request: no"
        #expect(Refusal(denial, status: 403, isPage: true) == .policy)
    }
}
