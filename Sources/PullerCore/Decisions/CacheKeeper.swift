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
    private enum ImageVolumes: Equatable {
        /// Nothing since the start.
        case unknown
        /// They are tried again.
        case retried
        /// The server dropped them; they are tried again at this time.
        case dropped(until: Duration)
    }

    private var base = Keeper()
    private var further: [PlacementID: Keeper] = [:]
    /// Placements that are known to have nothing.
    private var cleared: Set<PlacementID> = []
    /// Placements that the configuration does not have, and that are named by what was seen.
    private var named: Set<PlacementID> = []
    /// Those whose placements have been taken in, by uid.
    private var naming: Set<String> = []
    /// How far the placements have come, where there are several.
    private var progress: [PlacementID: OverlapHistory.Progress] = [:]
    private var generation = 0
    private var imageVolumes = ImageVolumes.unknown
    /// When it is asked again whether the account may read pods; `nil` while it may, as far as is known.
    private var podsRefusedUntil: Duration?

    /// How long a refusal to list pods counts.
    static let patienceWithoutPods = Duration.seconds(24 * 3600)

    /// A keeper that knows nothing yet.
    public init() {}

    /// The keeper of one placement.
    public subscript(id: PlacementID) -> Keeper {
        get { id == .base ? base : further[id, default: Keeper()] }
        _modify { if id == .base { yield &base } else { yield &further[id, default: Keeper()] } }
    }

    /// A turn begins.
    public mutating func begin(_ settings: CacheSettings) {
        if settings.generation != generation {
            generation = settings.generation
            cleared = []
            base.settingsChanged()
            for id in further.keys { further[id]?.settingsChanged() }
        }
        naming.formIntersection(heldUIDs)
        for id in settings.ids { self[id].begin() }
    }

    // MARK: Image volumes

    /// What is wanted in this cluster, which is another thing where the server has no image volumes, and
    /// `CACHE_MODE_FALLBACK` allows it. Such a cluster is tried again when it is at peace.
    ///
    /// - Parameter settings: What is wanted in all clusters.
    public mutating func wanted(_ settings: CacheSettings, at now: Duration) -> CacheSettings {
        guard let fallback = settings.fallback, case .dropped(let until) = imageVolumes else {
            return settings
        }
        guard now >= until, settings.ids.allSatisfy({ self[$0].isAtPeace }) else { return fallback }
        imageVolumes = .retried
        return settings
    }

    /// The end of a round in which the server dropped image volumes.
    private mutating func noteDropped(_ id: PlacementID, at now: Duration, _ settings: CacheSettings) -> Step
    {
        imageVolumes = .dropped(until: now + settings.schedule.imageVolumesRetry)
        guard settings.fallback == nil else { return .fallBack }
        return .rest(
            id,
            .failed(.noImageVolumes(retryAfter: settings.schedule.imageVolumesRetry))
        )
    }

    /// Whether a cluster that is seen for the first time has fallen back, and has what is wanted then.
    private func hasFallenBack(_ id: PlacementID, _ round: CacheRound, _ settings: CacheSettings) -> Bool {
        guard imageVolumes == .unknown, let fallback = settings.fallback?[id]?.desired,
            round[id].right.isEmpty
        else { return false }
        return round[id].observed.contains { !$0.isTerminating && $0.specHashes.contains(fallback.specHash) }
    }

    // MARK: What is known

    /// The uids of all DaemonSets of this puller that are known to exist.
    public var heldUIDs: [String] {
        let own = base.custody.held.map(\.uid)
        return further.isEmpty ? own : own + further.values.flatMap { $0.custody.held.map(\.uid) }
    }

    /// Whether nodes were still missing in the last rollout of any placement when its time was up.
    public var stoodStill: Bool { base.stoodStill || further.values.contains { $0.stoodStill } }

    /// Placements that the cluster has, or may have, besides those of the configuration.
    public func others(than settings: CacheSettings) -> Set<PlacementID> {
        further.isEmpty && named.isEmpty
            ? [] : named.union(further.keys).subtracting(settings.ids).subtracting(cleared)
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
        for (id, keeper) in further {
            names.formUnion(keeper.openCreations.map { CacheRound.Name(id: id, slot: $0) })
        }
        return names
    }

    /// Stops expecting the results of open creations.
    public mutating func forgetOpenCreations() {
        base.forgetOpenCreations()
        for id in further.keys { further[id]?.forgetOpenCreations() }
    }

    /// Forgets the DaemonSets: none of ours exists any more, or they are not ours to keep.
    public mutating func letGo() {
        base.letGo()
        for id in further.keys { further[id]?.letGo() }
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
            times += progress.values.map { $0.lastTime + timeout - now }.filter { $0 > .zero }
        }
        return times.min()
    }

    // MARK: Decisions

    /// Decides the next step.
    ///
    /// - Parameter now: Monotonic time.
    public mutating func next(_ round: inout CacheRound, at now: Duration, _ settings: CacheSettings) -> Step
    {
        if case .dropped(let until) = imageVolumes, settings.cache.base.imageVolumes > 0 {
            // The worker was woken for something else.
            guard now >= until else {
                return .rest(.base, .failed(.noImageVolumes(retryAfter: until - now)))
            }
            imageVolumes = .retried
        }
        while true {
            noteNames(round, settings)
            noteProgress(round, at: now, settings)
            for id in settings.ids where round[stage: id] == .acting {
                if let step = next(id, &round, at: now, settings) { return step }
            }
            if reconsider(&round, at: now, settings) { continue }
            guard let id = settings.ids.first(where: { round[stage: $0] == .toFollow }) else { break }
            // Time has gone by while another one was followed.
            if round.followed != nil { round[id].forget() }
            round.followed = id
            round[stage: id] = .acting
        }
        if round.waits { return .wait }
        if let id = others(than: settings).min(), allServe(round, at: now, settings) { return .clear(id) }
        return worst(round, settings)
    }

    /// The next step of one placement; `nil` if there is nothing to do at once.
    private mutating func next(
        _ id: PlacementID,
        _ round: inout CacheRound,
        at now: Duration,
        _ settings: CacheSettings
    ) -> Step? {
        guard let own = settings[id] else { return nil }
        if id == .base { round.base.keepsOlder = false }
        while true {
            round[id].othersServe = othersServe(id, round, at: now, settings)
            round[id].othersExist = settings.ids.allSatisfy { $0 == id || !round[$0].right.isEmpty }
            round[id].mayReadPods = settings.readsPods && podsRefusedUntil.map { now >= $0 } ?? true
            let step = self[id].next(&round[id], at: now, own)
            switch step {
            case .rest(.failed(let failure)) where failure.reason == .unsupported:
                return noteDropped(id, at: now, settings)
            case .create where hasFallenBack(id, round, settings),
                .delete where hasFallenBack(id, round, settings):
                // What is there is adopted by the next turn, as at any start.
                for id in settings.ids { self[id].custody = .unknown }
                return noteDropped(id, at: now, settings)
            case .rest(let outcome):
                round[stage: id] = .over(outcome)
                return nil
            case .follow where !settings.isSingle && round.followed != id:
                round[stage: id] = .toFollow
                return nil
            case .create where id != .base:
                // First the base DaemonSet that names it, so that nothing is forgotten when the process dies.
                guard isNamed(id, round) else {
                    round[stage: id] = .over(nil)
                    return nil
                }
                cleared.remove(id)
            case .delete(let doomed) where id == .base && doomed.why != .unmounted:
                let exclusive = namedOnly(by: doomed, round.base, settings)
                guard let first = exclusive.min() else { break }
                if isSuccession(doomed, round.base), !takesOver(from: doomed, round, at: now, settings) {
                    round.base.keepsOlder = true
                    continue
                }
                return .clear(first)
            default: break
            }
            return .keep(id, step)
        }
    }

    /// Once all placements serve, the older DaemonSets that waited for that are looked at again.
    private func reconsider(_ round: inout CacheRound, at now: Duration, _ settings: CacheSettings) -> Bool {
        guard !settings.isSingle, !round.isReconsidered else { return false }
        let waiting = settings.ids.filter { id in
            guard case .over(.some(let outcome)) = round[stage: id], outcome.isPeaceful else { return false }
            return self[id].custody.held.count > 1 && !round[id].othersServe
                && othersServe(id, round, at: now, settings)
        }
        guard !waiting.isEmpty else { return false }
        round.isReconsidered = true
        for id in waiting {
            round[stage: id] = .acting
            round[id].keepsOlder = false
            if round.followed != nil { round[id].forget() }
        }
        return true
    }

    private func worst(_ round: CacheRound, _ settings: CacheSettings) -> Step {
        var worst: (id: PlacementID, outcome: RoundOutcome)?
        for id in settings.ids {
            guard let outcome = round[stage: id].outcome else { continue }
            if let known = worst, known.outcome.severity >= outcome.severity { continue }
            worst = (id, outcome)
        }
        return .rest(worst?.id ?? .base, worst?.outcome ?? .failed(.ending))
    }

    // MARK: Serving

    /// Takes in how far the placements have come. Of two that are as desired, the older one counts.
    private mutating func noteProgress(_ round: CacheRound, at now: Duration, _ settings: CacheSettings) {
        guard !settings.isSingle || !others(than: settings).isEmpty else { return }
        for id in settings.ids {
            guard let observed = round[id].right.min(by: { $1.isNewer(than: $0) }) else { continue }
            if progress[id]?.uid == observed.uid {
                progress[id]?.note(observed, at: now)
            } else {
                progress[id] = OverlapHistory.Progress(of: observed, at: now)
            }
        }
    }

    /// Whether all placements but one serve in place of the DaemonSets that this one has.
    private func othersServe(
        _ id: PlacementID,
        _ round: CacheRound,
        at now: Duration,
        _ settings: CacheSettings
    ) -> Bool {
        if settings.isSingle { return true }
        let own = round[id].observed
        return settings.ids.allSatisfy { other in
            other == id
                || round[other].right.contains { serves($0, other, insteadOf: own, at: now, settings) }
        }
    }

    /// Whether all placements serve, so that those that the configuration does not have may go.
    private func allServe(_ round: CacheRound, at now: Duration, _ settings: CacheSettings) -> Bool {
        settings.ids.allSatisfy { id in
            round[stage: id].outcome?.isPeaceful == true
                && round[id].right.contains { serves($0, id, insteadOf: [], at: now, settings) }
        }
    }

    /// Whether a DaemonSet that is as desired serves what may have moved to it: it is older than those that held it before,
    /// it is complete, or its rollout has ended, as for one of two.
    private func serves(
        _ observed: ObservedDaemonSet,
        _ id: PlacementID,
        insteadOf own: [ObservedDaemonSet],
        at now: Duration,
        _ settings: CacheSettings
    ) -> Bool {
        if !own.isEmpty, let created = observed.created?.seconds,
            own.allSatisfy({ $0.created.map { created < $0.seconds } ?? false })
        {
            return true
        }
        let health = Health(of: observed)
        if health.isReady { return true }
        guard let known = progress[id], known.uid == observed.uid, health.condition != .pending else {
            return false
        }
        let policy = settings.base.schedule.replacement
        let hasNoNodes = health.condition == .noNodes
        if case .atMost(let limit) = policy.overlap, now - known.began >= limit {
            return hasNoNodes || observed.isFullyScheduled
        }
        guard known.stoodStill(for: policy.rolloutTimeout, at: now) else { return false }
        // Where it lacks as many nodes as those before, these nodes are broken for both.
        let missing = own.map { $0.status.desired - $0.served }.max() ?? 0
        let enough = health.desired - max(missing, 0) - policy.maxUnavailable.nodes(of: health.desired)
        return hasNoNodes || health.ready > 0 && health.ready >= enough
    }

    // MARK: Names

    /// Whether a base DaemonSet that stays names a placement.
    private func isNamed(_ id: PlacementID, _ round: CacheRound) -> Bool {
        !round.base.right.isEmpty
            || round.base.observed.contains { !$0.isTerminating && $0.placements.contains(id) }
    }

    /// Placements that only the base DaemonSet that is to be deleted names, and that may have something.
    private func namedOnly(by doomed: Keeper.Doomed, _ round: Round, _ settings: CacheSettings)
        -> Set<PlacementID>
    {
        guard let victim = round[doomed.slot]?.daemonSet else { return [] }
        var names = victim.placements.subtracting([.base]).subtracting(cleared)
        if round[doomed.slot]?.isRight == true {
            names.formUnion(further.keys.filter { !cleared.contains($0) })
        }
        if let survivor = round[doomed.slot.other] {
            names.subtract(survivor.daemonSet?.placements ?? [])
            // A webhook may have dropped the annotation.
            if survivor.isRight { names.subtract(settings.ids) }
        }
        return names
    }

    /// Whether all placements serve in place of the older base DaemonSet and of the placements that go with it. The newer
    /// one may serve as many nodes as the older one, and yet not those of these placements.
    private func takesOver(
        from doomed: Keeper.Doomed,
        _ round: CacheRound,
        at now: Duration,
        _ settings: CacheSettings
    ) -> Bool {
        guard round.base.othersServe, let old = round.base[doomed.slot]?.daemonSet else { return false }
        return round.base.right.contains {
            $0.uid != old.uid && serves($0, .base, insteadOf: [old], at: now, settings)
        }
    }

    /// Whether one of two goes because the other one, which is as desired, has taken its place.
    private func isSuccession(_ doomed: Keeper.Doomed, _ round: Round) -> Bool {
        if case .steppedBack = doomed.why { return false }
        return round.isRight(doomed.slot.other)
    }

    /// Takes in the placements that something seen names. At once: the turn may be cut short, and what names them deleted.
    private mutating func noteNames(_ round: CacheRound, _ settings: CacheSettings) {
        for observed in round.observed where naming.insert(observed.uid).inserted {
            let placements = observed.placements
            // What has been cleared may have come back with it, from another puller.
            cleared.subtract(placements)
            named.formUnion(placements)
        }
        named.subtract(settings.ids)
    }

    // MARK: Answers

    /// Takes in that nothing of a placement is left.
    public mutating func cleared(_ id: PlacementID, _ round: inout CacheRound, _ settings: CacheSettings) {
        cleared.insert(id)
        named.remove(id)
        progress[id] = nil
        if settings[id] == nil {
            further[id] = nil
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

extension Schedule {
    /// When image volumes are tried again where the server dropped them: only an upgrade of the cluster changes that.
    var imageVolumesRetry: Duration { max(refreshAge ?? .zero, .seconds(24 * 3600)) }
}

extension RoundOutcome {
    /// How bad it is: the worst of all placements is reported.
    fileprivate var severity: Int {
        switch self {
        case .ready: 0
        case .unready: 1
        case .contested: 2
        case .failed: 3
        }
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
