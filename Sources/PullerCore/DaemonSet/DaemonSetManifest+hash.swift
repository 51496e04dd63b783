// What makes a DaemonSet another one. A setting that has its default is left out, so that a version that knows more
// settings does not replace anything. Left out are, too: what comes with a version of this program alone, and what a
// cluster says about itself (`ClusterFacts`), because a question that once gets no answer must not replace anything.
extension DesiredDaemonSet.Content {
    /// What ``DesiredDaemonSet/specHash`` covers.
    var hashed: JSONValue {
        var members: [String: JSONValue] = [
            "images": .strings(Dictionary(images.map { ($0.name, $0.image.text) }) { $1 }),
            "resources": settings.resources.json,
            "placement": hashedNodes,
        ]
        // A DaemonSet under the base name has to name all others, or nothing would.
        if id == .base, all.count > 1 { members["placements"] = .array(all.map { .string($0.text) }) }
        if settings.pullPolicy != .always { members["pullPolicy"] = .string(settings.pullPolicy.rawValue) }
        let options = Dictionary(images.map { ($0.name, hashedOptions(of: $0)) }) { $1 }.filter {
            !$0.value.isEmpty
        }
        if !options.isEmpty { members["options"] = .object(options.mapValues(JSONValue.object)) }
        let pods = settings.pods.hashed
        if !pods.isEmpty { members["pods"] = .object(pods) }
        return .object(members)
    }

    /// What ``DesiredDaemonSet/placementHash`` covers: all that decides which nodes are desired.
    var hashedNodes: JSONValue {
        guard let affinity = settings.pods.affinity else { return placement.hashed }
        return .object(placement.hashedMembers.merging(["affinity": affinity]) { $1 })
    }

    private func hashedOptions(of image: CachedImage) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if let policy = image.options.pullPolicy, policy != settings.pullPolicy {
            members["pullPolicy"] = .string(policy.rawValue)
        }
        // A volume has no resources.
        if let resources = image.options.resources, resources != settings.resources,
            !settings.pods.holding.isImageVolumes
        {
            members["resources"] = resources.json
        }
        return members
    }
}

extension Placement {
    /// The placement as JSON.
    var hashed: JSONValue { .object(hashedMembers) }

    fileprivate var hashedMembers: [String: JSONValue] {
        var members: [String: JSONValue] = ["nodeSelector": .strings(nodeSelector)]
        if !tolerations.isEmpty { members["tolerations"] = .array(tolerations.map(\.json)) }
        return members
    }
}

extension PodSettings {
    /// The settings that change a pod and differ from their defaults. The affinity is part of the placement.
    fileprivate var hashed: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        if !imagePullSecrets.isEmpty {
            members["imagePullSecrets"] = .array(imagePullSecrets.map { .string($0) })
        }
        if !annotations.isEmpty { members["annotations"] = .strings(annotations) }
        if !labels.isEmpty { members["labels"] = .strings(labels) }
        members["priorityClassName"] = priorityClassName.map { .string($0) }
        members["runtimeClassName"] = runtimeClassName.map { .string($0) }
        members["holding"] = holding.hashed
        let security = security.hashed
        if !security.isEmpty { members["security"] = .object(security) }
        // What was chosen can change pods only where they would name a user. What was found out is no choice.
        if platform != .auto, self.security.level == .restricted {
            members["platform"] = .string(platform.rawValue)
        }
        return members
    }
}

extension Holding {
    /// Whether the images are mounted, and not run.
    var isImageVolumes: Bool {
        if case .imageVolumes = self { true } else { false }
    }

    fileprivate var hashed: JSONValue? {
        switch self {
        case .ownSleep: return nil
        case .copiedSleep(let sleep):
            var members: [String: JSONValue] = ["copiedSleep": .string(sleep.image.text)]
            let spread = sleep.pullSpread.wholeSeconds
            if spread > 0 { members["spread"] = .string("\(spread)s") }
            return .object(members)
        case .imageVolumes(let sleep, _): return .object(["imageVolumes": .string(sleep.image.text)])
        }
    }
}

extension PodSecurity {
    fileprivate var hashed: [String: JSONValue] {
        let defaults = PodSecurity()
        var members: [String: JSONValue] = [:]
        if level != defaults.level { members["level"] = .string(level.rawValue) }
        if level == .restricted, user != defaults.user { members["user"] = .int(user) }
        if filtersSystemCalls != (level == .restricted) { members["seccomp"] = .bool(filtersSystemCalls) }
        if isRootReadOnly != defaults.isRootReadOnly { members["readOnlyRoot"] = .bool(isRootReadOnly) }
        return members
    }
}
