/// What refused a request that the account may make: the text tells, whatever the status.
enum Refusal {
    /// A policy: of the cluster's operators, or built into Kubernetes.
    case policy
    /// A ResourceQuota.
    case quota

    /// Reads the text of an answer.
    ///
    /// The words are those of Kubernetes (`apiserver/pkg/admission`, `plugin/pkg/admission` and `pod-security-admission`)
    /// and OpenShift. Gatekeeper and Kyverno are webhooks: the API server says so before their text.
    ///
    /// - Parameter isPage: Whether it is that of a page, which no API server sends: something on the way to it may have
    ///   policies of its own.
    init?(_ text: String, status: Int, isPage: Bool = false) {
        // What is quoted, such as the name of a user or the value of a field, can be any words.
        let text = withoutQuoted(text).lowercased()
        func says(_ parts: String...) -> Bool { parts.allSatisfy { text.contains($0) } }
        func saysAny(_ parts: String...) -> Bool { parts.contains { text.contains($0) } }

        // A webhook that gives no answer is a fault of the cluster and no decision. After a denial, the words are the
        // policy's own.
        let start = text.firstRange(of: "denied the request").map { text[..<$0.lowerBound] } ?? text[...]
        if ["failed calling webhook", "failed calling admission webhook", "failed to call webhook"]
            .contains(where: { start.contains($0) })
        {
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
        guard !isPage, [400, 403, 422].contains(status), !says("user \"", "cannot "),
            !saysAny("is invalid:", "because it is being terminated")
        else { return nil }
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

/// The start of a text without what stands in double quotes.
private func withoutQuoted(_ text: String) -> String {
    let quote = UInt8(ascii: "\"")
    var kept: [UInt8] = []
    /// Since the last quotation mark that opens; put back if none closes it.
    var quoted: [UInt8]?
    var isEscaped = false
    // The words that count stand at the beginning.
    for byte in text.utf8.prefix(16 << 10) {
        if quoted == nil {
            kept.append(byte)
            if byte == quote { quoted = [] }
        } else if byte == quote, !isEscaped {
            kept.append(byte)
            quoted = nil
        } else {
            quoted?.append(byte)
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
    }
    return String(decoding: kept + (quoted ?? []), as: UTF8.self)
}
