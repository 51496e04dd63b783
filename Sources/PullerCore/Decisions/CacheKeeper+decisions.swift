// What the placements of a cluster do, in which order.
extension CacheKeeper {
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
    mutating func next(
        _ id: PlacementID,
        _ round: inout CacheRound,
        at now: Duration,
        _ settings: CacheSettings
    ) -> Step? {
        guard let own = settings[id] else { return nil }
        if id == .base { round.base.keepsOlder = false }
        while true {
            round[id].isPlan = round.isPlan
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
                further.cleared.remove(id)
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
    func reconsider(_ round: inout CacheRound, at now: Duration, _ settings: CacheSettings) -> Bool {
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

    func worst(_ round: CacheRound, _ settings: CacheSettings) -> Step {
        var worst: (id: PlacementID, outcome: RoundOutcome)?
        for id in settings.ids {
            guard let outcome = round[stage: id].outcome else { continue }
            if let known = worst, known.outcome.severity >= outcome.severity { continue }
            worst = (id, outcome)
        }
        return .rest(worst?.id ?? .base, worst?.outcome ?? .failed(.ending))
    }
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
