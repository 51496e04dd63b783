// How the keeper takes in answers.
extension Keeper {
    /// Takes in what was read under a name.
    ///
    /// - Parameter serverTime: The `Date` of the answer, when it can be relied on.
    public mutating func take(
        _ observed: ObservedDaemonSet?,
        in slot: Slot,
        serverTime: Timestamp?,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) {
        let observed = observed.map(recognized)
        close(slot)
        if round[slot.other] != nil { hasSeenBoth = true }
        round.serverTime = serverTime
        round[slot] = view(of: observed, in: slot, settings)
        noteMove(observed, in: slot, &round, at: now)
    }

    /// Takes in that the account may not read a name. The existing DaemonSet stays, and whatever needs the
    /// other name is refused.
    ///
    /// - Parameter name: The name.
    /// - Returns: Whether the round can go on.
    public mutating func take(_ failure: Failure, in slot: Slot, name: String, _ round: inout Round) -> Bool {
        guard failure.reason == .forbidden else { return false }
        switch round[slot.other] {
        case .ours?: break
        // The first name is enough to start with.
        case .absent? where slot == .alternate: break
        default: return false
        }
        round[slot] = .forbidden(
            "\(failure.message); the account needs get, create, delete and watch for the name \(name)"
        )
        return true
    }

    /// How long to wait before a DaemonSet is created under a name, so that the DaemonSet controller has taken in that the
    /// former one is gone; `nil` if there is no reason to wait.
    public func pause(beforeCreatingIn slot: Slot, at now: Duration) -> Duration? {
        guard let freed, freed.slot == slot else { return nil }
        let left = freed.time + Self.pauseOfName - now
        return left > .zero ? left : nil
    }

    /// Takes in that a creation is being sent.
    public mutating func willCreate(in slot: Slot) {
        openCreations.insert(slot)
        if freed?.slot == slot { freed = nil }
    }

    /// What came of a creation is known.
    private mutating func close(_ slot: Slot) {
        openCreations.remove(slot)
        // A set that was emptied keeps its memory.
        if openCreations.isEmpty { openCreations = [] }
    }

    /// Takes in that a creation failed.
    public mutating func creationFailed(in slot: Slot, _ failure: Failure) {
        if !failure.leavesOpen { close(slot) }
    }

    /// Takes in the result of a creation.
    public mutating func created(
        _ observed: ObservedDaemonSet,
        in slot: Slot,
        _ reason: ReplaceReason?,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) {
        close(slot)
        let isUnmounted = settings.desired.lacksImageVolumes(observed)
        let created = Created(
            uid: observed.uid,
            specHash: settings.desired.specHash,
            isUnmounted: isUnmounted
        )
        // An array with space for no more than it holds.
        createdHere = createdHere.last.map { [$0, created] } ?? [created]
        round.creations += 1
        guard !isUnmounted else {
            round.isUnsupported = true
            round[slot] = .ours(observed, .wrong(.unmounted))
            return
        }
        rollout = Rollout(uid: observed.uid, began: now)
        round.replaced = reason
        round[slot] = .ours(observed, .right)
        round.following = Round.Following(
            uid: observed.uid,
            began: now,
            lastMove: now,
            status: observed.status
        )
    }

    /// Takes in that another client was faster, or that an object blocks the name.
    ///
    /// - Returns: Whether to read once more; `false` if that has been done.
    public mutating func overtaken(in slot: Slot, _ round: inout Round) -> Bool {
        close(slot)
        hasSeenBoth = false
        round.overtaken += 1
        round.forget()
        return round.overtaken < 2
    }

    /// Stops expecting the results of open creations.
    public mutating func forgetOpenCreations() { openCreations = [] }

    /// Takes in that the object has another uid, or another version, than the one that was to be deleted.
    ///
    /// - Returns: Whether to look once more.
    public mutating func changed(_ round: inout Round) -> Bool {
        round.changes += 1
        round.forget()
        return round.changes <= 3
    }

    /// Takes in that a deletion failed. It may nevertheless have happened.
    public mutating func deletionFailed(
        _ doomed: Doomed,
        _ failure: Failure,
        _ round: Round,
        at now: Duration,
        _ settings: Settings
    ) {
        guard failure.leavesOpen else { return }
        noteTakeover(doomed, round)
        noteFreed(doomed, round, at: now)
        conclude(doomed.why, at: now, settings)
    }

    /// Takes in that a DaemonSet was deleted. The survivor is read once more.
    public mutating func deleted(
        _ doomed: Doomed,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) {
        noteTakeover(doomed, round)
        noteFreed(doomed, round, at: now)
        round[doomed.slot] = .absent
        if doomed.why == .unmounted {
            createdHere.removeAll { $0.uid == doomed.uid }
            return
        }
        round[doomed.slot.other] = nil
        if let survivor = custody.held.first(where: { $0.uid != doomed.uid }) { custody = .one(survivor) }
        conclude(doomed.why, at: now, settings)
    }

    /// Takes in that a DaemonSet is being deleted, and that finalizers hold it.
    public mutating func going(
        _ doomed: Doomed,
        finalizers: [String],
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) {
        noteTakeover(doomed, round)
        conclude(doomed.why, at: now, settings)
        round.asked.insert(doomed.uid)
        guard case .ours(var observed, _)? = round[doomed.slot] else { return }
        observed.isTerminating = true
        observed.finalizers = finalizers
        round[doomed.slot] = .ours(observed, .wrong(.terminating))
    }

    private mutating func noteFreed(_ doomed: Doomed, _ round: Round, at now: Duration) {
        guard let gone = round[doomed.slot]?.daemonSet, gone.lacksPods else { return }
        freed = Freed(slot: doomed.slot, time: now)
    }

    private mutating func noteTakeover(_ doomed: Doomed, _ round: Round) {
        if case .ours(_, .wrong(.goPuller))? = round[doomed.slot] { takenOver = doomed.uid }
    }

    private mutating func conclude(_ why: Retirement, at now: Duration, _ settings: Settings) {
        switch why {
        case .succeeded:
            setback = nil
        case .outdated, .unmounted:
            break
        case .steppedBack(let why):
            rollout = nil
            stoodStill = true
            if why == .noBetter { healthHistory.spend() }
            let schedule = settings.schedule
            let count = (setback?.count ?? 0) + 1
            let distance = Backoff(
                initial: max(schedule.interval, schedule.replacement.rolloutTimeout),
                maximum: max(schedule.refreshAge ?? OverlapHistory.longestSetback, schedule.interval)
            )
            setback = Setback(why: why, count: count, notBefore: now + distance.ceiling(afterFailures: count))
        }
    }

    // MARK: Pods

    /// Takes in what the pods of the DaemonSet under a name say.
    public mutating func take(_ report: PodReport, in slot: Slot, _ round: inout Round) {
        round.hasReadPods = true
        guard let observed = round[slot]?.daemonSet else { return }
        let known = podNotes.uid == observed.uid ? podNotes.causes : []
        let report = report.withCauses(of: known).bounded
        round.pods = (observed.uid, report)
        podNotes = PodNotes(
            uid: observed.uid,
            lasting: report.lasting(of: observed.status.desired),
            causes: report.knownCauses
        )
    }

    /// Takes in that pods could not be read. What was last known of them counts.
    public mutating func podsUnknown(_ round: inout Round) { round.hasReadPods = true }

    // MARK: Following

    /// Takes in an event of the watch; returns whether to continue watching.
    public mutating func see(
        _ observed: ObservedDaemonSet,
        in slot: Slot,
        _ round: inout Round,
        at now: Duration,
        _ settings: Settings
    ) -> Bool {
        let view = view(of: observed, in: slot, settings)
        round[slot] = view
        noteMove(observed, in: slot, &round, at: now)
        guard view.isRight, observed.uid == round.following?.uid else { return false }
        return !Self.isOver(observed) && !mayRetireOlder(for: observed, in: slot, round, at: now, settings)
    }

    /// Whether there is something to do before the newer one is complete: with `ROLLOUT_OVERLAP`, the older
    /// one may be deleted.
    private func mayRetireOlder(
        for newer: ObservedDaemonSet,
        in slot: Slot,
        _ round: Round,
        at now: Duration,
        _ settings: Settings
    ) -> Bool {
        guard case .two(_, _, let history) = custody, let older = round[slot.other]?.daemonSet,
            !round.asked.contains(older.uid), !(older.isTerminating && older.isHeldByFinalizer)
        else { return false }
        return mayRetire(older, for: newer, history, round, at: now, settings)
    }

    /// Takes in that the followed object is gone.
    public mutating func seeDeletion(of uid: String, in slot: Slot, _ round: inout Round) {
        if uid == round.following?.uid { round[slot] = nil }
    }

    /// However the watch ended, the current state decides: both names are read again, unless the rollout is
    /// over.
    public mutating func watchEnded(in slot: Slot, _ round: inout Round) {
        if let observed = round[slot]?.daemonSet, observed.uid == round.following?.uid, Self.isOver(observed)
        {
            return
        }
        round[slot] = nil
        if case .ours? = round[slot.other] { round[slot.other] = nil }
    }

    private mutating func noteMove(
        _ observed: ObservedDaemonSet?,
        in slot: Slot,
        _ round: inout Round,
        at now: Duration
    ) {
        // Even in a round that reaches no decision.
        if let observed, case .two(let newer, let older, var history) = custody {
            history.note(observed, at: now)
            custody = .two(newer: newer, older: older, history)
        }
        guard let following = round.following, let observed, observed.uid == following.uid,
            observed.status != following.status
        else { return }
        round.following?.status = observed.status
        round.following?.lastMove = now
    }

    /// Whether there is nothing more to wait for.
    static func isOver(_ observed: ObservedDaemonSet) -> Bool {
        let health = Health(of: observed)
        return health.isReady || health.condition == .noNodes
    }

    private func view(of observed: ObservedDaemonSet?, in slot: Slot, _ settings: Settings) -> View {
        guard let observed else { return .absent }
        let creation = createdHere.first { $0.uid == observed.uid }
        let verdict = Verdict(
            of: observed,
            desired: settings.desired,
            isCreatedHere: creation?.specHash == settings.desired.specHash
        )
        // What this process created belongs to it, even if a webhook changed the labels.
        if creation != nil { return .ours(observed, verdict) }
        switch Ownership(of: observed, in: slot, identity: settings.desired.identity) {
        case .ours:
            return .ours(observed, verdict)
        case .goPuller where takenOver != nil && takenOver != observed.uid:
            return .notOurs("a Go puller is still running and has created its DaemonSet again: stop it")
        case .goPuller:
            return .ours(observed, .wrong(.goPuller))
        case .notOurs(let why):
            return .notOurs("a DaemonSet \"\(settings.desired.name(slot))\" already exists, and \(why)")
        }
    }
}
