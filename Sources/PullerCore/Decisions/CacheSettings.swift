/// What the keepers of a cluster need to know of the configuration. One object serves many clusters.
public final class CacheSettings: Sendable {
    /// What is wanted.
    public let cache: DesiredCache
    /// When and how often, as it was configured.
    public let schedule: Schedule
    /// Whether pods are read.
    public let readsPods: Bool
    /// How often something else has been wanted before.
    public let generation: Int
    /// The placements, ``PlacementID/base`` first.
    public let ids: [PlacementID]
    /// What is wanted in clusters whose server has no image volumes; `nil` if that is nothing else.
    public let fallback: CacheSettings?
    private let keepers: [Keeper.Settings]

    /// How many former hashes are remembered.
    private static let memory = 64

    /// The first settings of a process.
    ///
    /// - Parameters:
    ///   - fallback: What is wanted in clusters whose server has no image volumes; `nil` if that is nothing else.
    ///   - readsPods: Whether pods are read where not all nodes are ready.
    public convenience init(
        _ cache: DesiredCache,
        fallback: DesiredCache? = nil,
        schedule: Schedule,
        readsPods: Bool = false
    ) {
        self.init(cache, fallback, schedule, readsPods: readsPods, generation: 0, formerHashes: [])
    }

    private init(
        _ cache: DesiredCache,
        _ fallback: DesiredCache?,
        _ schedule: Schedule,
        readsPods: Bool,
        generation: Int,
        formerHashes: [String]
    ) {
        // A cluster may have either.
        let both = fallback.map { (cache.daemonSets + $0.daemonSets).map(\.specHash) } ?? []
        let known = formerHashes.filter { !both.contains($0) } + both
        self.cache = cache
        self.schedule = schedule
        self.readsPods = readsPods
        self.generation = generation
        ids = cache.daemonSets.map(\.id)
        keepers = cache.daemonSets.map {
            Keeper.Settings(desired: $0, schedule: schedule, formerHashes: known)
        }
        self.fallback = fallback.map {
            CacheSettings(
                $0,
                nil,
                schedule,
                readsPods: readsPods,
                generation: generation,
                formerHashes: known
            )
        }
    }

    /// The settings when something else is wanted from now on; `nil` if it is the same.
    public func successor(_ cache: DesiredCache, fallback: DesiredCache? = nil) -> CacheSettings? {
        guard cache.daemonSets.map(\.id) != ids || cache.daemonSets.map(\.specHash) != hashes else {
            return nil
        }
        let former = (base.formerHashes + hashes).suffix(Self.memory)
        return CacheSettings(
            cache,
            fallback,
            schedule,
            readsPods: readsPods,
            generation: generation + 1,
            formerHashes: Array(former)
        )
    }

    /// The same settings, rendered anew: for what a cluster says about itself, which is no reason to replace anything.
    public func rendered(_ cache: DesiredCache, fallback: DesiredCache? = nil) -> CacheSettings {
        CacheSettings(
            cache,
            fallback,
            schedule,
            readsPods: readsPods,
            generation: generation,
            formerHashes: base.formerHashes
        )
    }

    private var hashes: [String] { cache.daemonSets.map(\.specHash) }

    /// Whether there is one placement only.
    var isSingle: Bool { keepers.count == 1 }

    /// The settings of the base placement.
    var base: Keeper.Settings { keepers[0] }

    /// The settings of a placement; `nil` for one that the configuration does not have.
    public subscript(id: PlacementID) -> Keeper.Settings? { keepers.first { $0.desired.id == id } }

    /// `DAEMONSET_NAME`.
    public var baseName: String { cache.base.baseName }

    /// Distinguishes our DaemonSets of a placement, whether or not the configuration has it.
    public func identity(of id: PlacementID) -> CacheIdentity {
        let base = cache.base.identity
        return CacheIdentity(installationID: base.installationID, daemonSetName: baseName, placement: id)
    }

    /// The name of a DaemonSet, whether or not the configuration has its placement.
    public func name(_ name: CacheRound.Name) -> String { self.name(name.id, name.slot) }

    /// The name of a DaemonSet, whether or not the configuration has its placement.
    public func name(_ id: PlacementID, _ slot: Slot) -> String { id.name(base: baseName, slot) }
}
