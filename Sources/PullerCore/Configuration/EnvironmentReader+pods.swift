extension EnvironmentReader {
    /// A value that was given; `nil`, too, for what templates leave where nothing is wanted.
    private func wanted(_ variable: ConfigurationVariable) -> String? {
        given(variable).flatMap { isLeftByTemplate($0) ? nil : $0 }
    }

    /// What all pods have.
    ///
    /// - Parameter isFleet: What `MULTICLUSTER` says; `nil` when it is wrong.
    mutating func podSettings(isFleet: Bool?) -> PodSettings? {
        let before = problems.count
        var pods = PodSettings()
        pods.affinity = required(.affinity, AffinityText.parse).flatMap { $0 == .object([:]) ? nil : $0 }
        if wanted(.imagePullSecrets) != nil {
            pods.imagePullSecrets = required(.imagePullSecrets, parsePullSecrets) ?? []
        }
        pods.annotations = required(.annotations, OwnMetadata.annotations) ?? [:]
        pods.labels = required(.labels, OwnMetadata.labels) ?? [:]
        pods.priorityClassName = className(.priorityClassName)
        pods.runtimeClassName = className(.runtimeClassName)
        if let holding = holding() { pods.holding = holding }
        if let security = podSecurity(hasOwnImage: wanted(.kipImage) != nil) { pods.security = security }
        if let platform: PlatformChoice = required(.platform, inAnyCase) { pods.platform = platform }
        // With many clusters the Deployment is in none of them, and their garbage collectors would delete the DaemonSets.
        if isFleet == false { pods.deploymentName = className(.deploymentName) }
        return problems.count == before ? pods : nil
    }

    /// The name of an object in the cluster.
    private mutating func className(_ variable: ConfigurationVariable) -> String? {
        wanted(variable) == nil ? nil : required(variable) { isDNSSubdomain($0) ? $0 : nil }
    }

    /// What keeps the images on the nodes.
    private mutating func holding() -> Holding? {
        let image = wanted(.kipImage) == nil ? nil : required(.kipImage, parseSleepImage)
        let isImageGiven = wanted(.kipImage) != nil
        let spread = required(.pullSpread) { parseSeconds($0, floor: .zero) }
        let mode: CacheMode? = required(.cacheMode, inAnyCase)
        let fallback: CacheModeFallback? = required(.cacheModeFallback, inAnyCase)
        guard let spread, let mode, let fallback else { return nil }
        if !isImageGiven {
            if spread > .zero {
                report(.pullSpread, value: given(.pullSpread), expected: "must be 0 without \(kipName)")
            }
            if mode == .imageVolumes {
                report(
                    .cacheMode,
                    value: given(.cacheMode),
                    expected: "must be containers without \(kipName)"
                )
            }
            return .ownSleep
        }
        guard let image else { return nil }
        let sleepImage = SleepImage(image: image, pullSpread: spread)
        return switch mode {
        case .containers: .copiedSleep(sleepImage)
        case .imageVolumes: .imageVolumes(sleepImage, fallsBack: fallback == .containers)
        }
    }

    private var kipName: String { ConfigurationVariable.kipImage.name + ", whose image does that" }

    /// What the containers may do.
    private mutating func podSecurity(hasOwnImage: Bool) -> PodSecurity? {
        let level: PodSecurity.Level? =
            given(.podSecurity) == nil
            ? hasOwnImage ? .restricted : .baseline : required(.podSecurity, inAnyCase)
        let user = required(.runAsUser) { parseWholeNumber($0, in: 0...Int(Int32.max)) }
        let profile: SeccompProfile? = optional(.seccompProfile, inAnyCase)
        let isRootReadOnly = required(.readOnlyRoot, parseBool)
        guard let level, let user, let isRootReadOnly else { return nil }
        if level == .restricted, user == 0 {
            report(
                .runAsUser,
                value: given(.runAsUser),
                expected: "must be the number of a user who is not root, from 1 to 2147483647, with "
                    + "\(ConfigurationVariable.podSecurity.name)=restricted"
            )
        }
        var security = PodSecurity()
        security.level = level
        if level == .restricted { security.user = user }
        security.isRootReadOnly = isRootReadOnly
        let usesSeccomp = profile.map { $0 == .runtimeDefault }
        security.usesSeccomp = usesSeccomp == security.level.usesSeccomp ? nil : usesSeccomp
        return security
    }
}

/// Whether a value is what templates leave where nothing is wanted.
func isLeftByTemplate(_ text: String) -> Bool {
    ["{}", "[]", "null"].contains(text.filter { !$0.isWhitespace })
}

extension PodSecurity.Level {
    /// What `SECCOMP_PROFILE` is if it is not given.
    var usesSeccomp: Bool { self == .restricted }
}

private enum CacheMode: String {
    case containers
    case imageVolumes = "image-volumes"
}

private enum CacheModeFallback: String {
    case none
    case containers
}

/// Written in lower case, to be found in any.
private enum SeccompProfile: String {
    case runtimeDefault = "runtimedefault"
    case none
}

/// One image that is given on its own.
private func parseSleepImage(_ text: String) throws(Expected) -> ImageReference? {
    do throws(Expected) {
        return try ImageReference(text)
    } catch {
        // What an item of IMAGES could be meant as.
        if text.contains(where: { $0.isWhitespace || "=;,".contains($0) }) { return nil }
        throw error
    }
}

/// Names of secrets, separated by semicolons: white space around them and a semicolon at the end do not count.
private func parsePullSecrets(_ text: String) throws(Expected) -> [String]? {
    let whole = text.trimmed
    if whole.hasPrefix("[") || whole.hasPrefix("{") {
        throw Expected(ConfigurationVariable.imagePullSecrets.expected + ", and not JSON")
    }
    var items = text.split(separator: ";", omittingEmptySubsequences: false).map(\.trimmed)
    if items.last == "" { items.removeLast() }
    guard !items.isEmpty else { return nil }
    var positions: [String: Int] = [:]
    var findings = Findings()
    for (position, name) in zip(1..., items) {
        let shown = name.isEmpty ? "item \(position)" : "item \(position) \"\(displayText(name, limit: 80))\""
        if let first = positions[name], !name.isEmpty {
            findings.add("\(shown) must be there only once; it is item \(first), too")
        } else if let separator = name.first(where: { $0 == "," || $0.isWhitespace }) {
            let what = separator == "," ? "a comma" : "white space"
            findings.add("\(shown) must be separated from the next item by ; and not by \(what)")
        } else if !isDNSSubdomain(name) {
            findings.add(
                "\(shown) must be the name of a secret: lower-case letters, digits, '-' and '.', at most 253, letters or "
                    + "digits at both ends"
            )
        }
        positions[name] = position
    }
    if let summary = findings.summary { throw Expected(summary) }
    return items
}
