/// What refused a request that the account may make: the text tells, whatever the status.
enum Refusal {
    /// A policy that somebody wrote, or one of the cluster's own.
    case policy
    /// A ResourceQuota.
    case quota

    /// Reads the text of an answer.
    ///
    /// The words are those of Kubernetes (`apiserver/pkg/admission`, `plugin/pkg/admission` and `pod-security-admission`)
    /// and OpenShift. Gatekeeper and Kyverno are webhooks: the API server says so before their text.
    init?(_ text: String, status: Int) {
        let text = text.lowercased()
        func says(_ parts: String...) -> Bool { parts.allSatisfy { text.contains($0) } }
        func saysAny(_ parts: String...) -> Bool { parts.contains { text.contains($0) } }

        // A webhook that gives no answer is a fault of the cluster and no decision.
        if saysAny("failed calling webhook", "failed calling admission webhook", "failed to call webhook") {
            return nil
        }
        let isDenied =
            says("admission webhook", "denied the request") || says("admissionpolicy", "denied request")
            || saysAny(
                "violates podsecurity",
                "unable to validate against any",
                "image policy webhook backend denied"
            )
        if isDenied {
            self = .policy
            return
        }
        // An authorizer's text may have any end, so its beginning counts.
        guard [400, 403, 422].contains(status), !says("user \"", "cannot ") else { return nil }
        if status == 403,
            saysAny("exceeded quota", "quota exceeded", "failed quota", "for quota", "insufficient quota")
                || says("is forbidden", "must specify")
        {
            self = .quota
        } else if saysAny(
            "denied by",
            "blocked by policy",
            "violates policy",
            "violates the policy",
            "policy violation"
        )
            || (status == 403 && says("is forbidden: ") && !says("not yet ready"))
        {
            // The last one is any other admission plugin, such as LimitRanger.
            self = .policy
        } else {
            return nil
        }
    }
}
