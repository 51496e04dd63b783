/// Decides how to keep the DaemonSets of one cluster, of which there is one for each placement of images: a ``Keeper``
/// decides for each of them, and this lets them take turns and wait for each other.
///
/// See "Several placements" in docs/architecture.md. With one placement, it adds nothing to what its keeper does.
public struct CacheKeeper: Sendable {
    /// The next step of a turn.
    public enum Step: Sendable, Equatable {
        /// A step of one placement, which is never ``Keeper/Step/rest(_:)``.
        case keep(PlacementID, Keeper.Step)
        /// Delete whatever there is of a placement, under both names.
        case clear(PlacementID)
        /// What is to be created waits for a slot to roll out in; there is nothing else to do.
        case wait
        /// The round is over, with the worst outcome of all placements.
        case rest(PlacementID, RoundOutcome)
        /// The cluster has no image volumes: the turn ends, and another one keeps what is wanted without them.
        case fallBack
    }

    /// What is known of the cluster's image volumes, where they are wanted.
    enum ImageVolumes: Blank, Equatable {
        /// Nothing since the start.
        case unknown
        /// They are tried again.
        case retried
        /// The server dropped them; they are tried again at this time.
        case dropped(until: Duration)

        init() { self = .unknown }
    }

    /// What is known of placements beside the base.
    struct Placements: Blank, Sendable {
        var keepers: [PlacementID: Keeper] = [:]
        /// Those that are known to have nothing.
        var cleared: Set<PlacementID> = []
        /// Those that the configuration does not have, and that are named by what was seen.
        var named: Set<PlacementID> = []
        /// The DaemonSets whose placements have been taken in, by uid.
        var naming: Set<String> = []
        /// How far all placements have come, the base included.
        var progress: [PlacementID: OverlapHistory.Progress] = [:]

        var isBlank: Bool {
            keepers.isEmpty && cleared.isEmpty && named.isEmpty && naming.isEmpty && progress.isEmpty
        }
    }

    var base = Keeper()
    @Rare var further = Placements()
    var generation = 0
    @Rare var imageVolumes = ImageVolumes.unknown
    /// When it is asked again whether the account may read pods; `nil` while it may, as far as is known.
    @Rare var podsRefusedUntil: Duration? = nil

    /// How long a refusal to list pods counts.
    static let patienceWithoutPods = Duration.seconds(24 * 3600)

    /// A keeper that knows nothing yet.
    public init() {}

    /// The keeper of one placement.
    public subscript(id: PlacementID) -> Keeper {
        _read { if id == .base { yield base } else { yield further.keepers[id, default: Keeper()] } }
        _modify { if id == .base { yield &base } else { yield &further.keepers[id, default: Keeper()] } }
    }

    /// A turn begins.
    public mutating func begin(_ settings: CacheSettings) {
        if settings.generation != generation {
            generation = settings.generation
            further.cleared = []
            base.settingsChanged()
            for id in further.keepers.keys { further.keepers[id]?.settingsChanged() }
        }
        if !further.naming.isEmpty { further.naming.formIntersection(heldUIDs) }
        for id in settings.ids { self[id].begin() }
    }

    // MARK: What is known

    /// The uids of all DaemonSets of this puller that are known to exist.
    public var heldUIDs: [String] {
        let own = base.custody.held.map(\.uid)
        return further.keepers.isEmpty
            ? own : own + further.keepers.values.flatMap { $0.custody.held.map(\.uid) }
    }

    /// Whether nodes were still missing in the last rollout of any placement when its time was up.
    public var stoodStill: Bool { base.stoodStill || further.keepers.values.contains { $0.stoodStill } }

    /// Placements that the cluster has, or may have, besides those of the configuration.
    public func others(than settings: CacheSettings) -> Set<PlacementID> {
        further.keepers.isEmpty && further.named.isEmpty
            ? []
            : further.named.union(further.keepers.keys).subtracting(settings.ids).subtracting(further.cleared)
    }

    /// All DaemonSets of this puller, those of further placements first, if that is certain; `nil` if the names have to be
    /// read to know.
    public func allKnown(_ settings: CacheSettings) -> [(id: PlacementID, held: Keeper.Held)]? {
        guard others(than: settings).isEmpty else { return nil }
        var all: [(id: PlacementID, held: Keeper.Held)] = []
        for id in settings.ids.reversed() {
            guard let known = self[id].allKnown else { return nil }
            all += known.map { (id, $0) }
        }
        return all
    }

    /// Names under which a creation was sent and not yet answered.
    public var openCreations: Set<CacheRound.Name> {
        var names = Set(base.openCreations.map { CacheRound.Name(id: .base, slot: $0) })
        for (id, keeper) in further.keepers {
            names.formUnion(keeper.openCreations.map { CacheRound.Name(id: id, slot: $0) })
        }
        return names
    }

    /// Stops expecting the results of open creations.
    public mutating func forgetOpenCreations() {
        base.forgetOpenCreations()
        for id in further.keepers.keys { further.keepers[id]?.forgetOpenCreations() }
    }

    /// Forgets the DaemonSets: none of ours exists any more, or they are not ours to keep.
    public mutating func letGo() {
        base.letGo()
        for id in further.keepers.keys { further.keepers[id]?.letGo() }
    }

    /// For how long nodes of this cluster may still be pulling; `nil` if none is.
    public func pullingTimeLeft(at now: Duration, _ settings: CacheSettings) -> Duration? {
        settings.ids.compactMap { id in
            settings[id].flatMap { self[id].pullingTimeLeft(at: now, $0) }
        }.max()
    }

    /// The time until the next check at the latest, whatever the outcome of the round; `nil` if none is due.
    public func nextDecision(after now: Duration, _ settings: CacheSettings) -> Duration? {
        var times = settings.ids.compactMap { id in
            settings[id].flatMap { self[id].nextDecision(after: now, $0) }
        }
        if settings.ids.contains(where: { self[$0].custody.held.count > 1 }) {
            // One of two may wait for another placement.
            let timeout = settings.base.schedule.replacement.rolloutTimeout
            times += further.progress.values.map { $0.lastTime + timeout - now }.filter { $0 > .zero }
        }
        return times.min()
    }

    // MARK: Answers

    /// Takes in that nothing of a placement is left.
    public mutating func cleared(_ id: PlacementID, _ round: inout CacheRound, _ settings: CacheSettings) {
        further.cleared.insert(id)
        further.named.remove(id)
        further.progress[id] = nil
        if settings[id] == nil {
            further.keepers[id] = nil
        } else {
            self[id].letGo()
            round[id] = Round(absent: Set(Slot.allCases))
            round[stage: id] = .acting
        }
    }

    /// Takes in that the account may not read pods, as those of one placement showed.
    public mutating func podsNotAllowed(_ id: PlacementID, _ round: inout CacheRound, at now: Duration) {
        self[id].podsUnknown(&round[id])
        podsRefusedUntil = now + Self.patienceWithoutPods
    }

    /// Takes in that there is no slot to create what a placement needs.
    public mutating func mustWait(_ id: PlacementID, _ round: inout CacheRound) {
        round.waits = true
        round[stage: id] = .over(nil)
    }

    /// Takes in that a step is not carried out, as when only what would be done is asked for. The other placements are looked
    /// at all the same.
    public mutating func left(_ step: Step, _ round: inout CacheRound) {
        switch step {
        case .keep(let id, _): round[stage: id] = .over(nil)
        case .clear: round[stage: .base] = .over(nil)
        case .wait, .rest, .fallBack: break
        }
    }

    /// Takes in that a step of one placement failed. The others are looked at all the same, unless the cluster does not
    /// answer.
    ///
    /// - Returns: Whether the round goes on.
    public mutating func failed(_ step: Step, _ failure: Failure, _ round: inout CacheRound) -> Bool {
        let id: PlacementID
        var isRead = false
        switch step {
        case .keep(let placement, let step):
            id = placement
            if case .read = step { isRead = true }
        // It has to go before a base DaemonSet.
        case .clear: id = .base
        case .wait, .rest, .fallBack: return false
        }
        guard !failure.isOfCluster(onRead: isRead) else { return false }
        round[stage: id] = .over(.failed(failure))
        return true
    }
}

extension Failure {
    /// Whether it would hit every other request, too.
    ///
    /// - Parameter onRead: Whether it is the answer to a read; what is created or deleted passes admission webhooks, which
    ///   may fail for it alone.
    fileprivate func isOfCluster(onRead: Bool) -> Bool {
        switch reason {
        case .unauthorized, .proxyNotFound, .namespaceMissing, .throttled, .unreachable, .untrusted, .timeout,
            .redirect, .tokenUnavailable, .cancelled:
            true
        case .serverError, .malformedResponse: onRead
        default: false
        }
    }
}
