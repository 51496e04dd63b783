// What serves, and what names what: see "Several placements" in docs/architecture.md.
extension CacheKeeper {
    // MARK: Serving

    /// Takes in how far the placements have come. Of two that are as desired, the older one counts.
    mutating func noteProgress(_ round: CacheRound, at now: Duration, _ settings: CacheSettings) {
        guard !settings.isSingle || !others(than: settings).isEmpty else { return }
        for id in settings.ids {
            guard let observed = round[id].right.min(by: { $1.isNewer(than: $0) }) else { continue }
            if further.progress[id]?.uid == observed.uid {
                further.progress[id]?.note(observed, at: now)
            } else {
                further.progress[id] = OverlapHistory.Progress(of: observed, at: now)
            }
        }
    }

    /// Whether all placements but one serve in place of the DaemonSets that this one has.
    func othersServe(
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
    func allServe(_ round: CacheRound, at now: Duration, _ settings: CacheSettings) -> Bool {
        settings.ids.allSatisfy { id in
            round[stage: id].outcome?.isPeaceful == true
                && round[id].right.contains { serves($0, id, insteadOf: [], at: now, settings) }
        }
    }

    /// Whether a DaemonSet that is as desired serves what may have moved to it: it is older than those that held it before,
    /// it is complete, or its rollout has ended, as for one of two.
    func serves(
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
        guard let known = further.progress[id], known.uid == observed.uid, health.condition != .pending else {
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
    func isNamed(_ id: PlacementID, _ round: CacheRound) -> Bool {
        !round.base.right.isEmpty
            || round.base.observed.contains { !$0.isTerminating && $0.placements.contains(id) }
    }

    /// Placements that only the base DaemonSet that is to be deleted names, and that may have something.
    func namedOnly(by doomed: Keeper.Doomed, _ round: Round, _ settings: CacheSettings)
        -> Set<PlacementID>
    {
        guard let victim = round[doomed.slot]?.daemonSet else { return [] }
        var names = victim.placements.subtracting([.base]).subtracting(further.cleared)
        if round[doomed.slot]?.isRight == true {
            names.formUnion(further.keepers.keys.filter { !further.cleared.contains($0) })
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
    func takesOver(
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
    func isSuccession(_ doomed: Keeper.Doomed, _ round: Round) -> Bool {
        if case .steppedBack = doomed.why { return false }
        return round.isRight(doomed.slot.other)
    }

    /// Takes in the placements that something seen names. At once: the turn may be cut short, and what names them deleted.
    mutating func noteNames(_ round: CacheRound, _ settings: CacheSettings) {
        // Nearly all name none.
        for observed in round.observed where observed.annotations[MetadataKey.placements] != nil {
            guard further.naming.insert(observed.uid).inserted else { continue }
            let placements = observed.placements
            // What has been cleared may have come back with it, from another puller.
            further.cleared.subtract(placements)
            further.named.formUnion(placements)
        }
        if !further.named.isEmpty { further.named.subtract(settings.ids) }
    }
}
