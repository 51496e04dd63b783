// What the keeper decides: see "Two names" in docs/architecture.md.
extension Keeper {
    /// A DaemonSet of ours, and under which name it was seen.
    typealias Seen = (slot: Slot, observed: ObservedDaemonSet, verdict: Verdict)

    /// Decides the next step.
    ///
    /// - Parameter now: Monotonic time.
    public mutating func next(_ round: inout Round, at now: Duration, _ settings: Settings) -> Step {
        round.steps += 1
        guard round.steps < Self.mostSteps else {
            return .rest(.failed(Failure(.conflict, "something else keeps changing the DaemonSets")))
        }
        let first = firstSlot
        guard let view = round[first] else { return .read(first) }
        if round[first.other] == nil {
            guard case .ours(let observed, .right) = view, !mustSeeOther else { return .read(first.other) }
            if mayBeReplaced(observed, round), let step = podsStep(first, observed, round) { return step }
            if reasonToReplace(observed, &round, at: now, settings) != nil { return .read(first.other) }
        }
        if let step = deleteUnmounted(&round) { return step }
        if round.isUnsupported, settings.desired.imageVolumes > 0 {
            return .rest(.failed(.noImageVolumes()))
        }

        let seen = [first, first.other].compactMap { slot -> Seen? in
            guard case .ours(let observed, let verdict)? = round[slot] else { return nil }
            return (slot, observed, verdict)
        }
        noteCustody(seen, &round, at: now, settings)
        switch seen.count {
        case 0: return decideAboutNone(round)
        case 1: return decide(about: seen[0], &round, at: now, settings)
        default:
            let isInOrder = seen[0].observed.isNewer(than: seen[1].observed)
            let (newer, older) = isInOrder ? (seen[0], seen[1]) : (seen[1], seen[0])
            return decide(newer, older, &round, at: now, settings)
        }
    }

    /// The name to read first: that of the one that was last as desired, or of the newer of two.
    var firstSlot: Slot { custody.held.first?.slot ?? .primary }

    /// Whether both names are read, even if the first one's DaemonSet is as desired.
    var mustSeeOther: Bool {
        if case .two = custody { return true }
        return looks % Self.otherNamePeriod == 0 || looks == 2 && !hasSeenBoth
    }

    // MARK: One or none

    func decideAboutNone(_ round: Round) -> Step {
        if case .notOurs(let why)? = round[.primary] { return .rest(.failed(Failure(.conflict, why))) }
        guard round.creations < 2 else {
            return .rest(
                .failed(
                    Failure(.recreated, "something keeps deleting the DaemonSet while it rolls out")
                )
            )
        }
        return .create(.primary, nil, nil)
    }

    mutating func decide(
        about seen: Seen,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) -> Step {
        let obstacle: Failure? =
            switch round[seen.slot.other] {
            case .notOurs(let why)?: Failure(.conflict, why)
            case .forbidden(let why)?: Failure(.forbidden, why)
            default: nil
            }
        var standing = Standing(
            slot: seen.slot,
            health: Health(of: seen.observed),
            obstacle: obstacle?.message
        )
        let reason: ReplaceReason
        switch seen.verdict {
        case .right:
            if let step = followStep(seen, round, at: now, settings) { return step }
            if let step = podsStep(seen.slot, seen.observed, round) { return step }
            standing.pods = round.pods(of: seen.observed.uid)
            guard let due = reasonToReplace(seen.observed, &round, at: now, settings),
                !isHeldBack(due, at: now)
            else {
                return .rest(outcome(standing, &round))
            }
            reason = due
        case .wrong(let wrong):
            reason = wrong
            standing.outdated = wrong
            if isLeftAlone(seen.observed.uid, at: now, settings) || isHeldBack(wrong, at: now) {
                return .rest(.unready(standing))
            }
        }
        if let obstacle {
            let names = [seen.slot.other, seen.slot].map(settings.desired.name)
            return .rest(
                .failed(
                    Failure(
                        obstacle.reason,
                        "\(names[0]) cannot be created beside \(names[1]), which stays: \(obstacle.message)"
                    )
                )
            )
        }
        // The rollout is undone each time.
        guard round.creations < 2 else { return .rest(.contested(reason, standing)) }
        return create(seen.slot.other, reason, after: seen.observed)
    }

    func create(_ slot: Slot, _ reason: ReplaceReason, after old: ObservedDaemonSet) -> Step {
        let note = CreationNote(
            reason: reason.name,
            readyBefore: old.status.ready,
            desiredBefore: old.status.desired,
            generation: old.replacements + 1
        )
        return .create(slot, reason, note)
    }

    /// Whether this turn may replace a DaemonSet that is as desired: what it has just created would not be improved.
    func mayBeReplaced(_ observed: ObservedDaemonSet, _ round: Round) -> Bool {
        observed.uid != round.following?.uid && round.creations == 0
    }

    /// Why a DaemonSet that is as desired is replaced nevertheless.
    mutating func reasonToReplace(
        _ observed: ObservedDaemonSet,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) -> ReplaceReason? {
        guard mayBeReplaced(observed, round) else { return nil }
        if !round.hasNotedHealth {
            round.hasNotedHealth = true
            let schedule = settings.schedule
            healthHistory.note(
                observed,
                lasting: podNotes.uid == observed.uid ? podNotes.lasting : 0,
                at: now,
                interval: settings.longestIllness,
                minReadyPercent: schedule.minReadyPercent
            )
        }
        if healthHistory.isIll { return .unhealthy(Health(of: observed)) }
        return isDue(observed, round, at: now, settings) ? .refresh : nil
    }

    /// Whether a DaemonSet is old enough to be refreshed. Its uid adds up to a tenth of the age, so that
    /// DaemonSets that were created together are not refreshed together. If the server's clock is unreliable,
    /// the time for which this process has known it counts instead.
    func isDue(
        _ observed: ObservedDaemonSet,
        _ round: Round,
        at now: Duration,
        _ settings: Settings
    ) -> Bool {
        guard settings.desired.isRefreshable, observed.status.desired > 0,
            let refreshAge = settings.schedule.refreshAge
        else { return false }
        let share = Double(stableHash(observed.uid.utf8) % 1000) / 1000
        return age(observed, round, at: now) >= refreshAge + refreshAge * (share * 0.1)
    }

    /// Whether a replacement is postponed because the last one was deleted again. One that did harm would do so
    /// again, whatever its reason. One that never served enough nodes is no reason not to repair a DaemonSet.
    func isHeldBack(_ reason: ReplaceReason, at now: Duration) -> Bool {
        guard let setback, now < setback.notBefore else { return false }
        return setback.why == .harm || !reason.isInterference
    }

    /// Whether a DaemonSet is left alone for now because it may belong to another puller that is shutting down.
    func isLeftAlone(_ uid: String, at now: Duration, _ settings: Settings) -> Bool {
        guard let held = custody.held.first(where: { $0.uid == uid }), held.isForeign else { return false }
        return now - held.knownSince < settings.schedule.replacement.rolloutTimeout
    }

    // MARK: Both

    /// What this process created, and the server stored without its image volumes, protects nothing, and goes again at once.
    /// Whatever stands beside it stays.
    func deleteUnmounted(_ round: inout Round) -> Step? {
        for created in createdHere where created.isUnmounted {
            for slot in Slot.allCases {
                guard let observed = round[slot]?.daemonSet, observed.uid == created.uid else { continue }
                round.isUnsupported = true
                guard !round.asked.contains(observed.uid),
                    !(observed.isTerminating && observed.isHeldByFinalizer)
                else { continue }
                return .delete(Doomed(slot: slot, uid: observed.uid, why: .unmounted))
            }
        }
        return nil
    }

    func followStep(_ seen: Seen, _ round: Round, at now: Duration, _ settings: Settings) -> Step? {
        guard let following = round.following, following.uid == seen.observed.uid, !Self.isOver(seen.observed)
        else { return nil }
        let left = following.timeLeft(
            at: now,
            timeout: settings.schedule.replacement.rolloutTimeout,
            patience: Round.Following.patience + settings.pullSpread
        )
        guard left > .zero else { return nil }
        return .follow(seen.slot, resourceVersion: seen.observed.resourceVersion, timeLeft: left)
    }

    /// Reads the pods of a DaemonSet that is not ready on all nodes, once in a turn.
    func podsStep(_ slot: Slot, _ observed: ObservedDaemonSet, _ round: Round) -> Step? {
        guard round.mayReadPods, !round.hasReadPods, Health(of: observed).condition == .degraded else {
            return nil
        }
        return .readPods(slot)
    }

    /// The outcome of a round in which the desired DaemonSet exists.
    mutating func outcome(_ standing: Standing, _ round: inout Round) -> RoundOutcome {
        let isFirst = !round.hasOutcome
        round.hasOutcome = true
        if let reason = round.replaced, reason.isInterference {
            if isFirst { undone += 1 }
            if undone >= Self.contestLength { return .contested(reason, standing) }
        } else {
            undone = 0
        }
        return standing.isReady ? .ready(standing) : .unready(standing)
    }
}

extension ObservedDaemonSet {
    /// Whether it remains after a background deletion: that removes the finalizers of Kubernetes' own
    /// propagation policies, but no others.
    public var isHeldByFinalizer: Bool {
        finalizers.contains { $0 != "foregroundDeletion" && $0 != "orphan" }
    }
}
