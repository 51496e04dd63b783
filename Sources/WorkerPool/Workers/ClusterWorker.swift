import KubernetesAPI
import PullerCore
import Synchronization
import Timing

/// Keeps the desired DaemonSet in one cluster, on its own timer. Nothing that its cluster does ends it, and
/// it affects other workers only through the gates and the pace of retries that all share.
///
/// The ``PullerCore/Keeper`` decides what to do. The worker has no task while it is idle or waits for its
/// turn: ten thousand waiting tasks would use most of the puller's memory. When its timer fires, it registers
/// a call with a gate, and once there is a slot, the ``Supervisor`` starts a child task for one turn.
public actor ClusterWorker {
    /// What a worker is to do.
    enum Wish: Equatable {
        /// The DaemonSet is kept.
        case keep
        /// The user was removed, so the DaemonSet is deleted. The time is that of the first failed attempt,
        /// if any.
        case remove(failingSince: Duration?)
        /// There is nothing left to do.
        case ended
    }

    /// What the worker waits for between two turns.
    enum Wait {
        /// The next look.
        case look
        /// A slot to roll out in; and the names under which the look before found nothing.
        case rollout(RolloutLane, absent: Set<CacheRound.Name>)
    }

    enum Activity {
        case idle
        /// Until a timer, then for a slot. The number tells this rest's call from older ones.
        case resting(Wait, Timers.Timer?, until: Duration)
        case acting(Turn)
    }

    /// The cluster.
    public nonisolated let id: ClusterID
    let context: PoolContext
    /// Called when there is a slot for this turn.
    private let giveTurn: @Sendable (ClusterWorker, _ turn: Int, TurnSlot) -> Void

    var keeper = CacheKeeper()
    private(set) var wish = Wish.keep
    private(set) var activity = Activity.idle
    /// Number of the turn that was called for last. Older ones are void.
    private var turnNumber = 0
    private var cadence = WorkerCadence()
    /// What is to be asked of the kubelets' events.
    var pullQuestion = PullQuestion()
    private let phaseBits = Atomic(WorkerPhase.waiting.bits)
    @Rare var vigilance = Vigilance()
    @Rare private var ownSurvey: Survey? = nil
    @Rare private var client: (any DaemonSetAPI & ClusterReads)? = nil
    /// The watches that stand while the worker rests.
    @Rare var vigil: Vigil? = nil
    /// The rollout slot of a cluster that may be pulling.
    var rolloutSlot: RolloutGate.Slot?

    /// How long to try to delete the DaemonSet of a removed user.
    static let removalPatience = Duration.seconds(24 * 3600)

    /// A worker that has done nothing yet, and does nothing before ``start(after:)``.
    ///
    /// - Parameter giveTurn: Has ``takeTurn(_:in:)`` called in a task.
    public init(
        _ id: ClusterID,
        context: PoolContext,
        giveTurn: @escaping @Sendable (ClusterWorker, _ turn: Int, TurnSlot) -> Void
    ) {
        self.id = id
        self.context = context
        self.giveTurn = giveTurn
    }

    // MARK: Turns

    /// What it does, as of the last moment that it did something else.
    nonisolated var phase: WorkerPhase { WorkerPhase(bits: phaseBits.load(ordering: .relaxed)) }

    private nonisolated func note(_ phase: WorkerPhase) { phaseBits.store(phase.bits, ordering: .relaxed) }

    /// Takes in that the next step of a turn begins.
    func noteStep() { note(.acting(since: context.clock.now())) }

    /// Starts the first round.
    ///
    /// - Parameter delay: Time until it begins.
    public func start(after delay: Duration) { rest(.look, delay) }

    /// Acts, and then calls for the next turn or sets the timer for it, unless the task was cancelled
    /// meanwhile.
    ///
    /// - Returns: Whether this was the last one, because there is nothing left to do for a user who was removed.
    public func takeTurn(_ number: Int, in slot: TurnSlot) async -> Bool {
        guard case .resting(let wait, _, let due) = activity, number == turnNumber else {
            slot.leave()
            return false
        }
        if case .rollout(let rollout) = slot {
            rolloutSlot?.leave()
            rolloutSlot = rollout
        }
        let settings = keeper.wanted(context.cache.settings, at: context.clock.now())
        let turn = Turn(began: due, settings: settings, requestSlot: slot.request)
        activity = .acting(turn)
        noteStep()
        endVigil()
        let next = wish == .keep ? await keep(turn, after: wait) : await remove(turn)
        turn.end()
        settleRolloutSlot(next, turn.settings)
        // Few turns do, and all would need the memory of its frame.
        if mustReadPulls(turn) { await readPulls(turn) }
        releaseClient()
        activity = .idle
        note(.waiting)
        guard wish != .ended else { return true }
        if Task.isCancelled { return false }
        if turn.wasCalled {
            rest(.look, .zero)
        } else if wish == .keep, turn.settings.generation != context.cache.generation {
            rest(.look, context.schedule.startSpread * context.random())
        } else {
            rest(next.wait, next.delay)
            if case .look = next.wait { beginVigil(number: turnNumber, after: turn, rest: next.delay) }
        }
        return false
    }

    /// Tells the worker that something else is wanted. It acts within `delay`, unless it acts or waits for a slot already.
    public func cacheChanged(actAfter delay: Duration) {
        guard wish == .keep else { return }
        switch activity {
        case .idle, .resting(.rollout, _, _):
            break
        case .resting(.look, let timer, let due):
            guard due - context.clock.now() > delay else { return }
            timer?.cancel()
            rest(.look, delay)
        case .acting(let turn):
            turn.wakeUp?.end()
        }
    }

    /// Tells the worker whether its user still wants the DaemonSet. It acts at once, or as soon as the request or the
    /// watch that is under way has ended.
    ///
    /// - Returns: Whether it will; a worker that has ended does nothing any more.
    public func setWanted(_ wanted: Bool) -> Bool {
        guard wish != .ended else { return false }
        wish = wanted ? .keep : .remove(failingSince: nil)
        switch activity {
        case .idle:
            break
        case .resting(_, let timer, _):
            timer?.cancel()
            rest(.look, .zero)
        case .acting(let turn):
            turn.wasCalled = true
            turn.wakeUp?.end()
        }
        return true
    }

    /// Has the next round begin earlier than planned, if the worker rests until then.
    ///
    /// - Parameter time: Returns the time at which to begin, given the planned one; `nil` for as planned.
    /// - Returns: Whether the worker rests.
    func bringForward(to time: (_ due: Duration) -> Duration?) -> Bool {
        guard wish == .keep, case .resting(.look, let timer, let due) = activity else { return false }
        guard let time = time(due) else { return true }
        timer?.cancel()
        rest(.look, time - context.clock.now())
        return true
    }

    private func rest(_ wait: Wait, _ delay: Duration) {
        turnNumber += 1
        let due = context.clock.now() + delay
        note(.resting(until: due))
        guard delay > .zero else {
            activity = .resting(wait, nil, until: due)
            return call(for: turnNumber, wait, lane(hasAnswered: false))
        }
        let timer = context.clock.schedule(after: delay) {
            [turnNumber, lane = lane(hasAnswered: false)] in
            self.call(for: turnNumber, wait, lane)
        }
        activity = .resting(wait, timer, until: due)
    }

    private nonisolated func call(for number: Int, _ wait: Wait, _ lane: RequestLane) {
        note(.waiting)
        switch wait {
        case .look: context.requests.call(lane) { self.giveTurn(self, number, .request($0)) }
        case .rollout(let lane, _): context.rollouts.call(lane) { self.giveTurn(self, number, .rollout($0)) }
        }
    }

    /// A cluster that may be pulling keeps its slot, however many turns that takes; one that turns out to be pulling without
    /// one counts, too.
    private func settleRolloutSlot(_ next: (wait: Wait, delay: Duration), _ settings: CacheSettings) {
        guard wish == .keep,
            let left = keeper.pullingTimeLeft(at: context.clock.now(), settings)
        else {
            rolloutSlot?.leave()
            rolloutSlot = nil
            return
        }
        // Who waits for a slot gets one.
        if rolloutSlot == nil, case .look = next.wait { rolloutSlot = context.rollouts.occupy(.changed) }
        // The next look may be a day away.
        guard let slot = rolloutSlot, next.delay > left else { return }
        _ = context.clock.schedule(after: left) { slot.leave() }
    }

    // MARK: Removing

    private func remove(_ turn: Turn) async -> (wait: Wait, delay: Duration) {
        do throws(Failure) {
            // Two users who are removed at the same time must not keep the DaemonSet for each other's sake.
            context.held.hold([], instead: keeper.heldUIDs, by: id)
            // A user who comes back looks anew, and holds what is there then.
            keeper.letGo()
            let retirement = Retirement(
                cluster: id,
                api: api,
                context: context,
                settings: turn.settings,
                lane: lane(hasAnswered: false),
                turn: turn
            )
            let others = keeper.others(than: turn.settings)
            let (outcome, absent) = try await retirement.lookAndDelete(
                others,
                sparesOthers: {
                    (observed) async throws(Failure) in
                    try await self.isShared(observed)
                }
            )
            let isOpen = !keeper.openCreations.isDisjoint(with: absent)
            // The next check is the last one.
            keeper.forgetOpenCreations()
            if isOpen { throw Self.creationIsOpen }
            // While it was being removed, the user may have come back.
            if case .remove = wish {
                wish = .ended
                context.report(PoolEvent(.removed(outcome), id))
            }
            return (.look, .zero)
        } catch {
            guard !Task.isCancelled, case .remove(let failingSince) = wish else { return (.look, .zero) }
            let now = context.clock.now()
            wish = .remove(failingSince: failingSince ?? now)
            guard now - (failingSince ?? now) < Self.removalPatience else {
                wish = .ended
                context.report(PoolEvent(.removalGivenUp(error), id))
                return (.look, .zero)
            }
            return (.look, conclude(.failed(error), of: .base, turn))
        }
    }

    func isShared(_ observed: ObservedDaemonSet) async throws(Failure) -> Bool {
        // While it was being removed, the user may have come back.
        if wish == .keep { return true }
        return try await context.isShared(
            observed,
            with: context.held.others(holding: observed.uid, than: id)
        )
    }

    /// Why there may be nothing to delete.
    static let creationIsOpen = Failure(
        .timeout,
        "a creation was cut off, and its DaemonSet may still appear"
    )

    // MARK: Requests and reports

    /// The client of the cluster, which is made when it is needed.
    var api: any DaemonSetAPI & ClusterReads {
        if let client { return client }
        let made = context.makeAPI(id)
        client = made
        return made
    }

    /// Keeps the client only where it has something to remember: it is made anew from what all have in common.
    func releaseClient() { if client?.remembers == false { client = nil } }

    /// What the cluster was asked about itself. As long as that is nothing, it is the same in all of them.
    var survey: Survey {
        get { ownSurvey ?? context.survey }
        set { ownSurvey = newValue }
    }

    /// This worker's lane at the gate for requests. Clusters that failed last time, or are not ready, wait
    /// behind the others until they have answered in this turn.
    func lane(hasAnswered: Bool) -> RequestLane {
        if hasAnswered { return .continuing }
        return cadence.failures > 0 || cadence.isUnready ? .suspect : .regular
    }

    /// Takes in how a round ended, and reports it.
    ///
    /// - Returns: Time until the next one.
    @inline(never)  // See ClusterWorker+keep.swift.
    func conclude(_ outcome: RoundOutcome, of placement: PlacementID, _ turn: Turn) -> Duration {
        let now = context.clock.now()
        turn.isPeaceful = outcome.isPeaceful
        let phase = id.phase
        let random = context.random()
        var delay = context.retryPace.withLock { pace in
            cadence.record(
                outcome,
                schedule: context.schedule,
                at: now,
                phase: phase,
                pace: &pace,
                random: random
            )
        }
        // Failures and contests have delays of their own.
        if let decision = keeper.nextDecision(after: now, turn.settings), outcome.isPeaceful {
            delay = min(delay, decision)
        }
        let report = PoolEvent.RoundReport(
            outcome: outcome,
            baseName: turn.settings.baseName,
            placement: placement,
            duration: now - turn.began,
            nextCheck: delay,
            failures: cadence.failuresInRow
        )
        context.report(PoolEvent(.round(report), id))
        return delay
    }
}
