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
                [.apiURL] + [.deploymentName].filter { given.asksFor($0) },
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
        // The default is what `validate` prints.
        let isRefreshGiven =
            given.hasValue(.refreshAge)
            && given[.refreshAge].flatMap { parseHours($0, floor: .zero) } ?? .zero > .zero
        if areAllPinned(given), isRefreshGiven {
            add([.refreshAge], "when every image has a digest")
        }
        if given.hasValue(.cacheModeFallback), !given.has(.cacheMode, "image-volumes") {
            add([.cacheModeFallback], "without CACHE_MODE=image-volumes")
        }
        if given.hasValue(.runAsUser), let reason = reasonAgainstUser(given) { add([.runAsUser], reason) }
        if given.has(.imagePullPolicy, "ifnotpresent"), !pullsAlways(given), isRefreshGiven {
            add(
                [.refreshAge],
                "with IMAGE_PULL_POLICY=IfNotPresent: a node that has an image does not ask for a newer one"
            )
        }
        if given[.consolePort].flatMap({ parseWholeNumber($0, in: 0...65_535) }) == 0 {
            add([.consoleAddress, .consoleTokenFile], "with CONSOLE_PORT=0")
        }
        if given[.statusPort].flatMap({ parseWholeNumber($0, in: 0...65_535) }) == 0,
            given.hasValue(.metricsPerCluster)
        {
            add([.metricsPerCluster], "with STATUS_PORT=0")
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

    private static func areAllPinned(_ given: GivenVariables) -> Bool {
        guard let images = given.listedImages, given[.imagesFile] == nil else { return false }
        return images.allSatisfy(\.image.isPinned)
    }

    /// Whether an image can have a policy of its own.
    private static func pullsAlways(_ given: GivenVariables) -> Bool {
        given[.imagesFile] != nil || given.listedImages?.contains { $0.options.pullPolicy == .always } == true
    }

    /// Why `RUN_AS_USER` has no effect.
    private static func reasonAgainstUser(_ given: GivenVariables) -> String? {
        if given[.podSecurity] == nil, !given.asksFor(.kipImage) {
            return "with POD_SECURITY=baseline, which is the default without KIP_IMAGE"
        }
        if given.has(.podSecurity, "baseline") { return "with POD_SECURITY=baseline" }
        return given.has(.platform, "openshift") ? "with PLATFORM=openshift: the SCC chooses the user" : nil
    }
}

extension GivenVariables {
    /// Whether a variable has this value, in lower or upper case.
    fileprivate func has(_ variable: ConfigurationVariable, _ value: String) -> Bool {
        self[variable]?.lowercased() == value
    }

    /// Whether a variable has another value than its default, which templates may give.
    fileprivate func hasValue(_ variable: ConfigurationVariable) -> Bool {
        self[variable].map { $0.lowercased() != variable.defaultValue } ?? false
    }

    /// Whether a value asks for anything: templates leave other ones where nothing is wanted.
    func asksFor(_ variable: ConfigurationVariable) -> Bool {
        self[variable].map { !isLeftByTemplate($0) && $0.trimmed != "ignored" } ?? false
    }

    /// The images of `IMAGES`; `nil` if there are none, or if they cannot be read.
    var listedImages: [CachedImage]? {
        self[.images].flatMap { try? parseImageList($0, resources: .none) }
    }
}
