// What the keeper decides while there are two: see "Two names" in docs/architecture.md.
extension Keeper {
    mutating func decide(
        _ newer: Seen,
        _ older: Seen,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) -> Step {
        guard case .two(_, _, let history) = custody else { return .rest(.failed(.ending)) }
        let policy = settings.schedule.replacement
        var standing = Standing(
            slot: newer.slot,
            health: Health(of: newer.observed),
            beside: .init(
                slot: older.slot,
                health: Health(of: older.observed),
                since: now - history.since,
                finalizers: older.observed.isTerminating ? older.observed.finalizers : []
            )
        )
        switch (newer.verdict, older.verdict) {
        case (.right, _):
            standing.pods = round.pods(of: newer.observed.uid)
            if let why = reasonToStepBack(newer.observed, older.observed, history, at: now, policy) {
                // It is said why, which cannot be read any more once it is gone.
                if let step = podsStep(newer.slot, newer.observed, round) { return step }
                return delete(newer, for: older, .steppedBack(why), round) ?? .rest(outcome(standing, &round))
            }
            if mayRetire(older.observed, for: newer.observed, history, round, at: now, settings),
                let step = delete(older, for: newer, .succeeded, round)
            {
                return step
            }
            if let step = followStep(newer, round, at: now, settings) { return step }
            if let step = podsStep(newer.slot, newer.observed, round) { return step }
            return .rest(outcome(standing, &round))

        case (.wrong, .right):
            standing = Standing(
                slot: older.slot,
                health: Health(of: older.observed),
                beside: .init(
                    slot: newer.slot,
                    health: Health(of: newer.observed),
                    since: now - history.since,
                    finalizers: newer.observed.isTerminating ? newer.observed.finalizers : []
                )
            )
            guard !expectsTakeover(newer, older, round, at: now, policy),
                !isLeftAlone(newer.observed.uid, at: now, settings),
                mayRetire(newer.observed, for: older.observed, history, round, at: now, settings),
                let step = delete(newer, for: older, .outdated, round)
            else {
                if let step = podsStep(older.slot, older.observed, round) { return step }
                standing.pods = round.pods(of: older.observed.uid)
                return .rest(outcome(standing, &round))
            }
            return step

        case (.wrong(let reason), .wrong):
            standing.outdated = reason
            let expectsTakeover = expectsTakeover(newer, older, round, at: now, policy)
            guard !isLeftAlone(newer.observed.uid, at: now, settings) else {
                return .rest(.unready(standing))
            }
            guard round.creations < 2 else { return .rest(.contested(reason, standing)) }
            // The one that serves fewer nodes is deleted, on a tie the newer one; then its name is created
            // again.
            let candidates =
                Self.served(newer) <= Self.served(older)
                ? [(newer, older), (older, newer)] : [(older, newer)]
            for (victim, survivor) in candidates
            where !survivor.observed.isTerminating && Self.served(victim) <= Self.served(survivor) {
                if victim.slot == newer.slot, expectsTakeover { return .rest(.unready(standing)) }
                if let step = delete(victim, for: survivor, .outdated, round) { return step }
            }
            let holders = Set(newer.observed.finalizers + older.observed.finalizers).sorted()
            return .rest(
                .failed(
                    Failure(
                        .terminating,
                        "neither of the two DaemonSets is as desired, and neither can be deleted"
                            + (holders.isEmpty ? "" : "; finalizers: \(holders.joined(separator: ", "))")
                    )
                )
            )
        }
    }

    /// Whether one of two may go because the other one serves in its place, and what else it holds is served by the
    /// cluster's other placements.
    func mayRetire(
        _ old: ObservedDaemonSet,
        for new: ObservedDaemonSet,
        _ history: OverlapHistory,
        _ round: Round,
        at now: Duration,
        _ settings: Settings
    ) -> Bool {
        let policy = settings.schedule.replacement
        guard !round.keepsOlder, policy.mayRetire(old, for: new, history, at: now) else { return false }
        // Images move between placements only where the settings change.
        if round.othersServe || !old.specHashes.isDisjoint(with: new.specHashes) { return true }
        // What could not be created never serves, however long that takes.
        if case .atMost(let limit) = policy.overlap, round.othersExist, now - history.since >= limit {
            return true
        }
        return history.progress(of: old).served(old, lastingFor: policy.rolloutTimeout, at: now) == 0
    }

    /// Whether another puller, which created the newer of two, may be about to delete the older one: to delete the newer one
    /// at that moment would leave nothing. Takes in since when that has been so.
    ///
    /// While the newer one cannot replace the older one, it may be deleted: when further nodes become ready, it has another
    /// version than the deletion names. What only time makes possible is foreseen by a few seconds.
    private mutating func expectsTakeover(
        _ newer: Seen,
        _ older: Seen,
        _ round: Round,
        at now: Duration,
        _ policy: ReplacementPolicy
    ) -> Bool {
        guard case .two(let first, let second, var history) = custody, !round.isPlan,
            newer.verdict == .wrong(.newConfiguration), !isCreatedHere(newer.observed.uid)
        else { return false }
        let isPossible = policy.mayRetire(
            older.observed,
            for: newer.observed,
            history,
            // The other puller measures a standstill from another moment.
            at: now + OverlapHistory.patienceWithTakeover / 2
        )
        history.noteTakeover(isPossible: isPossible, at: now)
        custody = .two(newer: first, older: second, history)
        return history.endOfTakeover.map { now < $0 } ?? false
    }

    func reasonToStepBack(
        _ newer: ObservedDaemonSet,
        _ older: ObservedDaemonSet,
        _ history: OverlapHistory,
        at now: Duration,
        _ policy: ReplacementPolicy
    ) -> StepBack? {
        guard !older.isTerminating, older.served > 0, !Health(of: newer).isReady else { return nil }
        if history.harmsOlder(at: now) { return .harm }
        guard history.newer.stoodStill(for: policy.rolloutTimeout, at: now) else { return nil }
        switch newer.creationReason {
        case ReplaceReason.unhealthyName:
            return newer.status.ready <= older.served ? .noBetter : nil
        case ReplaceReason.refreshName:
            return policy.mayRetire(older, for: newer, history, at: now) ? nil : .refresh
        default:
            return nil
        }
    }

    /// - Returns: `nil` if it is already being deleted and this puller can do no more about it.
    func delete(_ victim: Seen, for survivor: Seen, _ why: Retirement, _ round: Round) -> Step? {
        let observed = victim.observed
        guard !round.asked.contains(observed.uid), !(observed.isTerminating && observed.isHeldByFinalizer)
        else {
            return nil
        }
        return .delete(
            Doomed(
                slot: victim.slot,
                uid: observed.uid,
                resourceVersion: observed.isTerminating ? nil : observed.resourceVersion,
                survivor: survivor.observed.uid,
                why: why
            )
        )
    }

    /// The nodes on which it protects images.
    static func served(_ seen: Seen) -> Int {
        seen.verdict == .wrong(.unmounted) ? 0 : seen.observed.served
    }
}
