// What can be changed while the fleet runs.
extension Fleet {
    private enum Target: String, CaseIterable {
        case known
        case unknown
    }

    /// Changes one user's settings; see ``controlHelp`` for their names.
    mutating func configure(user: Int, _ json: JSON) throws(ControlError) {
        var reader = try MemberReader(json)
        if let other = try reader.string("tenantOf") {
            guard let index = tenantIndex[other] else { throw ControlError(message: "no user '\(other)'") }
            tenants[user].cluster = tenants[index].cluster
        }
        if let target = try reader.choice("target", Target.self) {
            tenants[user].isTargetKnown = target == .known
        }
        let cluster = tenants[user].cluster
        if let namespace = try reader.choice("namespace", Cluster.Namespace.self) {
            clusters[cluster].namespace = namespace
        }
        if let pull = try reader.duration("pullMs") { clusters[cluster].pull = pull }
        if let spread = try reader.duration("pullSpreadMs") { clusters[cluster].pullSpread = spread }
        if let count = try reader.int("nodeCount") { setNodeCount(min(count, 10_000), cluster: cluster) }
        if let labels = reader.value("labels") { try setLabels(labels, cluster: cluster) }
        if let nodes = reader.value("nodes") { try setNodes(nodes, cluster: cluster) }
        try configureReads(&reader, cluster: cluster)
        if let refused = try reader.bool("podsRefused") {
            clusters[cluster].arePodsRefused = refused
            observeAll(cluster: cluster)
        }
        if let volumes = try reader.choice("imageVolumes", ImageVolumes.self) {
            clusters[cluster].imageVolumes = volumes
        }
        if let stopped = try reader.bool("controllerStopped") {
            clusters[cluster].isControllerStopped = stopped
            observeAll(cluster: cluster)
        }
        if let stuck = try reader.bool("stuckForeground") {
            clusters[cluster].isForegroundStuck = stuck
            observeAll(cluster: cluster)
        }
        try reader.finish()
    }

    /// What can be read besides DaemonSets, and what the pods then say of images.
    private mutating func configureReads(_ reader: inout MemberReader, cluster: Int) throws(ControlError) {
        if let isAllowed = try reader.bool("podsReadable") { clusters[cluster].reads.pods = isAllowed }
        if let events = try reader.choice("events", PullEvents.self) {
            clusters[cluster].reads.events = events
        }
        if let isAllowed = try reader.bool("deploymentsReadable") {
            clusters[cluster].reads.deployment = isAllowed
        }
        if let uids = try reader.strings("deployments") { clusters[cluster].reads.deployments = uids }
        if let discovery = try reader.choice("discovery", Cluster.Reads.Discovery.self) {
            clusters[cluster].reads.discovery = discovery
        }
        if let images = try reader.strings("images") {
            var faults: [String: ImageFault] = [:]
            for (image, text) in images { faults[image] = try MemberReader.choice(text, "images") }
            setImageFaults(faults, cluster: cluster)
        }
    }

    private mutating func setNodeCount(_ count: Int, cluster: Int) {
        let missing = count - clusters[cluster].nodes.count
        if missing > 0 {
            clusters[cluster].nodes.append(contentsOf: [Node](repeating: Node(), count: missing))
        } else {
            clusters[cluster].nodes.removeLast(-missing)
        }
        observeAll(cluster: cluster)
    }

    /// `"held"` for all nodes, or `{"0": "dead"}` for some.
    private mutating func setNodes(_ json: JSON, cluster: Int) throws(ControlError) {
        if let text = json.string {
            let state: Node.State = try MemberReader.choice(text, "nodes")
            for node in clusters[cluster].nodes.indices { setNode(node, state, cluster: cluster) }
            return
        }
        for (key, text) in (json.strings ?? [:]).sorted(by: { $0.key < $1.key }) {
            setNode(try node(key, cluster: cluster), try MemberReader.choice(text, "nodes"), cluster: cluster)
        }
    }

    /// `{"0": {"disk": "ssd"}}`
    private mutating func setLabels(_ json: JSON, cluster: Int) throws(ControlError) {
        for (key, labels) in json.members ?? [:] {
            guard let strings = labels.strings else { throw ControlError(message: "labels must be strings") }
            clusters[cluster].nodes[try node(key, cluster: cluster)].labels = strings
        }
        observeAll(cluster: cluster)
    }

    private func node(_ key: String, cluster: Int) throws(ControlError) -> Int {
        guard let node = Int(key), clusters[cluster].nodes.indices.contains(node) else {
            throw ControlError(message: "no node '\(key)'")
        }
        return node
    }

    /// Changes the token service.
    mutating func configureTokens(_ json: JSON) throws(ControlError) {
        var reader = try MemberReader(json)
        if let profile = try reader.choice("profile", FleetSettings.Profile.self) { tokens.profile = profile }
        if let seconds = try reader.int("expiresIn") { tokens.expiresIn = seconds == 0 ? nil : seconds }
        if let isText = try reader.bool("expiresInAsText") { tokens.isExpiresInText = isText }
        if let sent = reader.value("expiresInSent") { tokens.sentExpiry = sent }
        if let secret = try reader.string("clientSecret") { tokens.clients[settings.clientID] = secret }
        if let lifetime = try reader.duration("lifetimeMs") {
            tokens.lifetime = lifetime == .zero ? nil : lifetime
        }
        if let refusals = try reader.int("refuseFirst") { tokens.refusals = refusals }
        switch try reader.choice("action", TokenAction.self) {
        case .revokeAll: tokens.revokeAll()
        case .expireAll: tokens.expireAll(at: now)
        case nil: break
        }
        try reader.finish()
    }

    private enum TokenAction: String, CaseIterable {
        case revokeAll
        case expireAll
    }
}
