/// What a cluster itself says about how its pods have to look.
public struct ClusterFacts: Sendable, Equatable {
    /// Who chooses user and groups of the pods.
    public var platform: Platform
    /// The Deployment that owns the DaemonSets; `nil` for none.
    public var owner: Owner?

    /// Who chooses user and groups of the pods.
    public enum Platform: String, Sendable {
        /// The manifest.
        case kubernetes
        /// The SCC.
        case openshift
    }

    /// A Deployment in the DaemonSets' namespace.
    public struct Owner: Sendable, Equatable {
        /// `metadata.name`.
        public var name: String
        /// `metadata.uid`.
        public var uid: String

        /// An owner.
        public init(name: String, uid: String) {
            self.name = name
            self.uid = uid
        }
    }

    /// What is known of a cluster.
    public init(platform: Platform, owner: Owner? = nil) {
        self.platform = platform
        self.owner = owner
    }
}

/// All DaemonSets that are desired in each cluster: one for each placement of images.
public struct DesiredCache: Sendable {
    /// The DaemonSets, ``PlacementID/base`` first; never empty.
    public let daemonSets: [DesiredDaemonSet]

    /// Divides the images among placements, and renders a DaemonSet for each.
    public init(_ settings: DaemonSetSettings, _ facts: ClusterFacts) {
        var groups: [(placement: Placement, images: [CachedImage])] = []
        for image in settings.images.sorted(by: { $0.name < $1.name }) {
            let placement = settings.placement(of: image)
            if let index = groups.firstIndex(where: { $0.placement == placement }) {
                groups[index].images.append(image)
            } else {
                groups.append((placement, [image]))
            }
        }
        let base = groups.first { $0.placement == settings.placement } ?? groups.first
        let further = groups.filter { $0.placement != base?.placement }
            .map { (id: DesiredDaemonSet.id(of: $0.placement), group: $0) }
            .sorted { $0.id < $1.id }
        let all = [PlacementID.base] + further.map(\.id)
        func daemonSet(_ id: PlacementID, _ placement: Placement, _ images: [CachedImage]) -> DesiredDaemonSet
        {
            DesiredDaemonSet(
                .init(
                    settings: settings,
                    facts: facts,
                    id: id,
                    placement: placement,
                    images: images,
                    all: all
                )
            )
        }
        daemonSets =
            [daemonSet(.base, base?.placement ?? settings.placement, base?.images ?? [])]
            + further.map { daemonSet($0.id, $0.group.placement, $0.group.images) }
    }

    /// The one that always exists.
    public var base: DesiredDaemonSet { daemonSets[0] }

    /// The DaemonSet of a placement; `nil` for one that the configuration does not have.
    public subscript(id: PlacementID) -> DesiredDaemonSet? { daemonSets.first { $0.id == id } }
}

extension DesiredCache {
    /// All DaemonSets as JSON for people: the object, or a `List` of several.
    public func prettyJSON() -> String {
        let manifests = daemonSets.map { $0.manifest() }
        guard manifests.count > 1 else { return base.manifest().prettyJSON() }
        return JSONValue.object(["apiVersion": "v1", "kind": "List", "items": .array(manifests)]).prettyJSON()
    }

    /// All DaemonSets as YAML, a document each.
    public func yaml() -> String { daemonSets.map { $0.manifest().yaml() }.joined(separator: "---\n") }
}

extension ClusterFacts {
    /// What is known without asking a cluster: the platform, if the configuration names it.
    public init(unasked platform: PlatformChoice) {
        self.init(platform: platform == .openshift ? .openshift : .kubernetes)
    }
}

extension DaemonSetSettings {
    /// The settings for clusters whose server does not know image volumes: the images run a copied `sleep` instead; `nil`
    /// if that was not allowed (`CACHE_MODE_FALLBACK`), or is so anyway.
    public var fallback: DaemonSetSettings? {
        guard case .imageVolumes(let sleep, fallsBack: true) = pods.holding else { return nil }
        var settings = self
        settings.pods.holding = .copiedSleep(sleep)
        return settings
    }

    /// Which nodes cache an image.
    func placement(of image: CachedImage) -> Placement {
        Placement(
            nodeSelector: image.options.nodeSelector ?? placement.nodeSelector,
            tolerations: image.options.tolerations ?? placement.tolerations
        )
    }
}

extension DesiredDaemonSet {
    /// The desired DaemonSet of settings without further placements.
    public init(_ settings: DaemonSetSettings) {
        self = DesiredCache(settings, ClusterFacts(platform: .kubernetes)).base
    }

    /// The identity of a placement that is not the base.
    static func id(of placement: Placement) -> PlacementID {
        let hash = stableHash(placement.hashed.compactJSON())
        return .further(hexadecimal(hash & 0xffff_ffff, digits: 8))
    }
}
