extension ConfigurationWarning {
    /// Names that resemble a variable's: it was probably meant, and this one is not read.
    static func misspelt(in given: GivenVariables) -> [ConfigurationWarning] {
        given.values.compactMap { name, value in
            guard !isKnown(name), !isSurroundings(name, value), let meant = meant(by: name) else {
                return nil
            }
            return ConfigurationWarning(
                variable: name,
                message: unreadNames.contains(meant)
                    ? "is not read by this puller, and neither is \(meant)"
                    : "is not read: did you mean \(meant)?"
            )
        }
    }

    private static let knownNames = Set(ConfigurationVariable.all.map(\.name)).union(unreadNames)

    private static func isKnown(_ name: String) -> Bool { knownNames.contains(name) }

    /// Names that Kubernetes, the image and Swift bring along, however they look.
    private static func isSurroundings(_ name: String, _ value: String) -> Bool {
        let prefixes = [
            "KUBERNETES_SERVICE_", "KUBERNETES_PORT", "SWIFT", "LC_", "POD_", "MY_", "NODE_NAME",
            "OPENSHIFT_BUILD_",
        ]
        if prefixes.contains(where: name.hasPrefix) { return true }
        // The last one is set by GitHub's runners.
        let names = [
            "SERVICE_ACCOUNT", "SERVICE_ACCOUNT_NAME", "NODE_IP", "HOST_IP", "IMAGE_REF", "ImageOS",
        ]
        if names.contains(name) { return true }
        // Of each service in the namespace, whatever it is called:
        // https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        if isServiceLink(value), name.contains("_PORT") { return true }
        return ["_TCP", "_UDP", "_SCTP"].contains { protocolName in
            name.contains("_PORT_")
                && ["", "_ADDR", "_PORT", "_PROTO"].contains { name.hasSuffix(protocolName + $0) }
        }
    }

    /// What the Go puller's KIP_IMAGE, or the name of this program, suggests to put before a name.
    private static let ownPrefixes = ["KIP_", "KUBERNETES_IMAGE_PULLER_", "IMAGE_PULLER_", "PULLER_"]

    /// What other programs call what a variable is for.
    private static let otherNames: [String: ConfigurationVariable] = [
        "CLIENT_ID": .serviceAccountID, "OIDC_CLIENT_ID": .serviceAccountID,
        "CLIENT_SECRET": .serviceAccountSecret, "OIDC_CLIENT_SECRET": .serviceAccountSecret,
        "OIDC_ISSUER": .oidcProvider, "OIDC_ISSUER_URL": .oidcProvider, "OIDC_TOKEN_ENDPOINT": .oidcTokenURL,
        "OSO_PROXY_URL": .proxyURL, "USERS": .users, "GROUPS": .groups,
        "DAEMONSET": .daemonSetName, "DAEMONSET_NAMESPACE": .namespace,
        "CA_CERT": .caBundleFile, "CA_CERT_FILE": .caBundleFile, "CA_CERTIFICATE": .caBundleFile,
    ]

    /// The variable that was probably meant by a name.
    private static func meant(by name: String) -> String? {
        let upper = name.uppercased()
        if let variable = otherNames[upper] { return variable.name }
        if let prefix = ownPrefixes.first(where: upper.hasPrefix) {
            let rest = String(upper.dropFirst(prefix.count))
            if let meant = isKnown(rest) ? rest : mostAlike(rest) { return meant }
        }
        return mostAlike(name)
    }

    /// The variable that resembles a name most.
    private static func mostAlike(_ name: String) -> String? {
        let written = VariableName(name)
        guard written.compact.count >= 4, name.utf8.count <= 60 else { return nil }
        let likely = candidates.filter { $0.resembles(written) }
        return likely.min { $0.distance(to: written) < $1.distance(to: written) }?.name
    }

    /// Not those that Kubernetes alone sets, and of two spellings the one in upper case.
    private static let candidates: [VariableName] = {
        let others: [ConfigurationVariable] = [
            .serviceHost, .servicePort, .httpsProxyLower, .allProxyLower, .noProxyLower,
        ]
        let own = ConfigurationVariable.all.filter { !others.contains($0) }
        return (own.map(\.name) + unreadNames.sorted()).map { VariableName($0) }
    }()
}
