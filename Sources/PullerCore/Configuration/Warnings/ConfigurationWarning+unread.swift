extension ConfigurationWarning {
    /// Variables that are known from other programs, and are not read here.
    static let unreadNames: Set = ["HTTP_PROXY", debugVariable]

    /// URLSession would let libcurl print every header that is sent, tokens included.
    private static let debugVariable = "URLSessionDebugLibcurl"

    static func unread(in given: GivenVariables) -> [ConfigurationWarning] {
        var warnings: [ConfigurationWarning] = []
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
}
