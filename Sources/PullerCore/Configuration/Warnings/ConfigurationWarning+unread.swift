extension ConfigurationWarning {
    /// Variables that are known from other programs, and are not read here.
    static let unreadNames = Set(unreadVariables.map(\.name) + ["HTTP_PROXY", debugVariable])

    /// URLSession would let libcurl print every header that is sent, tokens included.
    private static let debugVariable = "URLSessionDebugLibcurl"

    /// Those of the Go puller, each with what follows from that.
    private static let unreadVariables = [
        (name: "DAEMONSET_ANNOTATIONS", consequence: "the DaemonSets do not get these annotations"),
        (
            name: "IMAGE_PULL_SECRETS",
            consequence:
                "link pull secrets to the ServiceAccount \"default\" in the namespace of the DaemonSets"
        ),
        (name: "AFFINITY", consequence: "use NODE_SELECTOR to choose nodes"),
        (name: "TOLERATIONS", consequence: "nodes with taints are left out"),
        (name: "KIP_IMAGE", consequence: "each image must have a \"sleep\" of its own"),
        (
            name: "DEPLOYMENT_NAME",
            consequence: "the DaemonSets have no owner, and stay when the Deployment is deleted"
        ),
    ]

    static func unread(in given: GivenVariables) -> [ConfigurationWarning] {
        var warnings = unreadVariables.filter { saysSomething(given.values[$0.name]) }.map {
            ConfigurationWarning(variable: $0.name, message: "is not read by this puller: \($0.consequence)")
        }
        if given.values["HTTP_PROXY"] != nil, given[.httpProxy] == nil, !needsNoHTTPProxy(given) {
            warnings.append(
                ConfigurationWarning(
                    variable: "HTTP_PROXY",
                    message:
                        "is not read in upper case: use http_proxy for http URLs; https URLs have HTTPS_PROXY"
                )
            )
        }
        if given.values[debugVariable] != nil {
            warnings.append(
                ConfigurationWarning(
                    variable: debugVariable,
                    message: "is ignored: it would print the tokens that are sent"
                )
            )
        }
        return warnings
    }

    /// Whether all requests have a proxy of their own: where all variables are set together, as OpenShift does in pods, one
    /// more is no mistake.
    private static func needsNoHTTPProxy(_ given: GivenVariables) -> Bool {
        let others: [ConfigurationVariable] = [.httpsProxyLower, .httpsProxy, .allProxyLower, .allProxy]
        guard others.contains(where: { given[$0] != nil }), let urls = urls(in: given) else { return false }
        return urls.allSatisfy { $0.lowercased().hasPrefix("https://") }
    }

    /// Whether a value of the Go puller asks for anything.
    private static func saysSomething(_ value: String?) -> Bool {
        guard let value else { return false }
        return !["", "{}", "[]", "null", "ignored"].contains(value.filter { !$0.isWhitespace })
    }
}
