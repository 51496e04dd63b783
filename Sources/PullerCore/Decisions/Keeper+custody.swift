// What the keeper remembers of what was seen.
extension Keeper {
    /// Takes in what there is of ours.
    mutating func noteCustody(
        _ seen: [Seen],
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) {
        let before = custody
        defer { hadSeenBoth = hasSeenBoth }
        // Another client deleted it during its rollout.
        if let rollout, !seen.contains(where: { $0.observed.uid == rollout.uid }),
            let gone = before.held.first(where: { $0.uid == rollout.uid })
        {
            freed = Freed(slot: gone.slot, time: now)
        }
        func held(_ seen: Seen) -> Held {
            if let known = before.held.first(where: { $0.uid == seen.observed.uid }) { return known }
            let isForeign =
                hadSeenBoth && seen.verdict == .wrong(.newConfiguration)
                && !isCreatedHere(seen.observed.uid)
                // A creation that was cut off, before something else was wanted.
                && !seen.observed.specHashes.contains(where: settings.formerHashes.contains)
            return Held(
                slot: seen.slot,
                uid: seen.observed.uid,
                isGoPullers: seen.verdict == .wrong(.goPuller),
                knownSince: now,
                isForeign: isForeign
            )
        }
        switch seen.count {
        case 0:
            custody = .none
        case 1:
            custody = .one(held(seen[0]))
        default:
            let isInOrder = seen[0].observed.isNewer(than: seen[1].observed)
            let (newer, older) = isInOrder ? (seen[0], seen[1]) : (seen[1], seen[0])
            var history = OverlapHistory(newer: newer.observed, older: older.observed, at: now)
            if case .two(_, _, let known) = before, known.newer.uid == history.newer.uid,
                known.older.uid == history.older.uid
            {
                history = known
                for one in seen { history.note(one.observed, at: now) }
            }
            custody = .two(newer: held(newer), older: held(older), history)
        }
        noteRollout(seen, isFirstLook: before == .unknown, round, at: now, settings)
        let uid = podNotes.uid
        if !uid.isEmpty,
            !seen.contains(where: { $0.observed.uid == uid && Health(of: $0.observed).condition == .degraded }
            )
        {
            podNotes = PodNotes()
        }
    }

    /// Notes whether nodes may be pulling, and for how long they have been. What this process did not create counts where it
    /// was there at the start: a cluster could show a new one at each look.
    private mutating func noteRollout(
        _ seen: [Seen],
        isFirstLook: Bool,
        _ round: Round,
        at now: Duration,
        _ settings: Settings
    ) {
        let newest = seen.max { $1.observed.isNewer(than: $0.observed) }
        guard let newest, newest.verdict == .right, !Self.isOver(newest.observed) else {
            if let newest, Health(of: newest.observed).isReady { stoodStill = false }
            rollout = nil
            return
        }
        let uid = newest.observed.uid
        if isFirstLook, rollout == nil {
            rollout = Rollout(uid: uid, began: now - age(newest.observed, round, at: now))
        }
        guard let known = rollout, known.uid == uid,
            now - known.began < settings.schedule.replacement.rolloutTimeout
        else {
            rollout = nil
            stoodStill = true
            return
        }
    }

    /// How old a DaemonSet is, by the server's clock where that can be relied on. One that is from the future was created
    /// when the clock was wrong.
    func age(_ observed: ObservedDaemonSet, _ round: Round, at now: Duration) -> Duration {
        // What this process created is as old as it knows it, whatever the cluster's own clock says.
        if let time = round.serverTime, let created = observed.created, created <= time,
            !isCreatedHere(observed.uid)
        {
            return time - created
        }
        return custody.held.first { $0.uid == observed.uid }.map { now - $0.knownSince } ?? .zero
    }
}
