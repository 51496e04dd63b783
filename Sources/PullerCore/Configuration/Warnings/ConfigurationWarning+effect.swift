extension ConfigurationWarning {
    /// Only for many clusters.
    private static let fleetVariables: [ConfigurationVariable] =
        [.users, .usersFile, .groups, .proxyURL, .impersonationHeader, .oidcProvider, .oidcTokenURL]
        + clientVariables
    /// Only for client credentials.
    private static let clientVariables: [ConfigurationVariable] = [
        .oidcScope, .oidcAudience, .oidcClientAuth, .serviceAccountID, .serviceAccountIDFile,
        .serviceAccountSecret, .serviceAccountSecretFile,
    ]

    /// Variables that nothing depends on, because of the values of others.
    static func withoutEffect(in given: GivenVariables) -> [ConfigurationWarning] {
        var found: [ConfigurationWarning] = []
        func add(_ variables: [ConfigurationVariable], _ reason: String) {
            found += variables.filter { given[$0] != nil }.map { Self($0, "has no effect " + reason) }
        }
        switch given.isFleet {
        case true?:
            add(
                [.apiURL],
                "with MULTICLUSTER=true" + (given[.multicluster] == nil ? ", which is the default" : "")
            )
            if given[.bearerTokenFile] != nil, given[.oidcProvider] == nil, given[.oidcTokenURL] == nil {
                add(clientVariables, "beside BEARER_TOKEN_FILE")
            }
        case false?:
            // Configurations of the Go puller for one cluster say so.
            add(fleetVariables.filter { given[$0]?.trimmed != "ignored" }, "with MULTICLUSTER=false")
        case nil:
            break
        }
        if let urls = urls(in: given), urls.allSatisfy({ $0.lowercased().hasPrefix("http://") }) {
            add([.caBundleFile], "without an https URL")
        }
        if areAllPinned(given[.images]), given[.refreshAge].flatMap({ parseHours($0, floor: .zero) }) != .zero
        {
            add([.refreshAge], "when every image has a digest")
        }
        for pair in ProxyVariables.urls + [ProxyVariables.exceptions] where pair.count == 2 {
            if let lower = given[pair[0]], lower != given[pair[1]] {
                add([pair[1]], "beside \(pair[0].name), which is read first")
            }
        }
        return found
    }

    /// The URLs to which requests go; `nil` when the mode or one of them is not known.
    static func urls(in given: GivenVariables) -> [String]? {
        switch given.isFleet {
        case true?:
            guard let proxy = given[.proxyURL] else { return nil }
            if given[.bearerTokenFile] != nil { return [proxy] }
            return (given[.oidcTokenURL] ?? given[.oidcProvider]).map { [proxy, $0] }
        case false?: return given[.apiURL].map { [$0] }
        case nil: return nil
        }
    }

    private static func areAllPinned(_ images: String?) -> Bool {
        guard let images = images.flatMap({ try? parseImageList($0) }) else { return false }
        return images.allSatisfy(\.image.isPinned)
    }
}
