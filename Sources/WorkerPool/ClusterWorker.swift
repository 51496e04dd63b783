import KubernetesAPI
import PullerCore
import Timing

/// Keeps the right DaemonSet in one cluster, on its own timer. Nothing that its cluster does ends it, and nothing of
/// it reaches another worker but through the gates that all share.
///
/// A worker has no task while it rests, nor while it waits for its turn: ten thousand tasks that wait would be most of the
/// puller's memory. When its timer says so it leaves a call at a gate, and once there is a slot the ``Supervisor`` starts a
/// child task for one step of a round: a look, or a rollout.
public actor ClusterWorker {
    /// The impersonated user; `nil` in single-cluster mode.
    public nonisolated let user: String?
    let api: any DaemonSetAPI
    let context: PoolContext
    /// Called when there is a slot for this turn.
    private let giveTurn: @Sendable (ClusterWorker, _ turn: Int, AdmissionGate.Slot) -> Void

    var state = WorkerState()
    var memory = WorkerMemory()
    /// The uid of our DaemonSet, as far as is known.
    var uid: String?
    /// Whether a create was sent whose answer has not come: what it made is not known yet.
    var isCreateOpen = false
    /// What the next creation is to say of the DaemonSet that was deleted for it; `nil` when none is due. It outlives the
    /// round, in which the creation may fail.
    var owed: CreationNote?
    /// Where the round is; `nil` between two rounds.
    var progress: Progress?
    /// When the round began: when its timer said so, however long it then waited for its turn.
    private var began = Duration.zero
    /// When the worker began to wait for its turn.
    private(set) var calledAt = Duration.zero
    /// The slot of this turn, for its first request; `nil` when that has it, or the turn is a rollout's.
    private var requestSlot: AdmissionGate.Slot?
    /// Whether somebody was faster in this round.
    var wasOvertaken = false
    /// The rollout that is being followed.
    var rollout: Rollout?
    /// Whether the user still wants the DaemonSet.
    private(set) var isWanted = true
    /// Whether there is nothing left to do for a user who was removed.
    private(set) var hasEnded = false
    /// When the first try to remove his DaemonSet failed.
    private var removalFailedAt: Duration?
    var lastReport: (kind: PoolEvent.Kind, reason: String?)?

    /// The turn that the worker has called for, or will when its timer says so. Older ones are void.
    private var turn = 0
    private var isResting = false
    private var timer: Timers.Timer?
    /// Whether something was said during this turn that counts at once.
    private var wasCalled = false
    /// Cuts a pause within a turn short.
    private var wakeUp: WakeUp?

    /// A worker that has done nothing yet, and does nothing before ``start(after:)``.
    ///
    /// - Parameter giveTurn: Has ``takeTurn(_:in:)`` called in a task.
    public init(
        user: String?,
        api: any DaemonSetAPI,
        context: PoolContext,
        giveTurn: @escaping @Sendable (ClusterWorker, _ turn: Int, AdmissionGate.Slot) -> Void
    ) {
        self.user = user
        self.api = api
        self.context = context
        self.giveTurn = giveTurn
    }

    /// A name for this cluster that no other worker of the pool has.
    nonisolated var name: String { user ?? "" }

    /// How long the DaemonSet of a user who was removed is tried to be deleted.
    static let removalPatience = Duration.seconds(24 * 3600)

    // MARK: Turns

    /// Has the first round begin.
    ///
    /// - Parameter delay: Time until then.
    public func start(after delay: Duration) { rest(delay) }

    /// Goes one step, and calls for the next turn or sets the timer for it; not when the task is cancelled meanwhile.
    ///
    /// - Returns: Whether this was the last one, because there is nothing left to do for a user who was removed.
    public func takeTurn(_ turn: Int, in slot: AdmissionGate.Slot) async -> Bool {
        defer { slot.leave() }
        guard isResting, turn == self.turn else { return false }
        isResting = false
        wasCalled = false
        requestSlot = progress?.isPlan == true ? nil : slot
        defer { requestSlot = nil }
        let next = isWanted ? await goOn() : await removalRound()
        if !Task.isCancelled, !hasEnded { rest(wasCalled ? .zero : next) }
        return hasEnded
    }

    /// Tells the worker whether its user still wants the DaemonSet. It acts at once, or as soon as the request or the
    /// watch that is under way has ended.
    ///
    /// - Returns: Whether it will; a worker that has ended does nothing any more.
    public func setWanted(_ wanted: Bool) -> Bool {
        guard !hasEnded else { return false }
        isWanted = wanted
        removalFailedAt = nil
        wasCalled = true
        wakeUp?.end()
        if isResting {
            timer?.cancel()
            rest(.zero)
        }
        return true
    }

    private func rest(_ delay: Duration) {
        // What was planned for a user who was removed is not carried out any more.
        if !isWanted { progress = nil }
        isResting = true
        turn += 1
        calledAt = context.clock.now() + delay
        if progress == nil { began = calledAt }
        let gate = progress?.isPlan == true ? context.rollouts : context.requests
        guard delay > .zero else { return callForTurn(turn, gate, lane) }
        timer = context.clock.schedule(after: delay) { [turn, lane] in self.callForTurn(turn, gate, lane) }
    }

    private nonisolated func callForTurn(_ turn: Int, _ gate: AdmissionGate, _ lane: AdmissionGate.Lane) {
        gate.call(lane) { self.giveTurn(self, turn, $0) }
    }

    // MARK: Rounds

    /// Goes a step of a round.
    ///
    /// - Returns: Time until the next one.
    private func goOn() async -> Duration {
        if progress == nil { wasOvertaken = false }
        switch await nextStep(after: progress) {
        case .goesOn(let progress):
            self.progress = progress
            return .zero
        case .ended(let outcome):
            progress = nil
            // How a round ended that was cut short is nobody's news.
            return Task.isCancelled || !isWanted ? .zero : conclude(outcome)
        }
    }

    private func removalRound() async -> Duration {
        do throws(Failure) {
            let wasCreateOpen = isCreateOpen
            let removal = try await removeOwn(sparingOthers: true)
            // The next look is the last one.
            if wasCreateOpen, removal == .absent { throw Self.creationIsOpen }
            // While it was being removed, the user may have come back.
            if !isWanted {
                hasEnded = true
                context.report(PoolEvent(.removed, user: user, "the user was removed: \(removal.rawValue)"))
            }
            return .zero
        } catch {
            guard !Task.isCancelled, !isWanted else { return .zero }
            let now = context.clock.now()
            let failedAt = removalFailedAt ?? now
            removalFailedAt = failedAt
            guard now - failedAt < Self.removalPatience else {
                giveRemovalUp(error)
                return .zero
            }
            return conclude(.failed(error))
        }
    }

    /// His account may be gone for good, and nobody else is told what is left.
    private func giveRemovalUp(_ failure: Failure) {
        hasEnded = true
        forget()
        context.report(
            PoolEvent(
                .removed,
                level: .warning,
                user: user,
                reason: failure.reason.rawValue,
                "the user was removed a day ago, and his DaemonSet may be left: \(failure.message)"
            )
        )
    }

    /// Takes in how a round ended, and reports it.
    ///
    /// - Returns: Time until the next one.
    private func conclude(_ outcome: RoundOutcome) -> Duration {
        let delay = state.record(outcome, schedule: context.schedule, random: context.random())
        report(outcome, took: context.clock.now() - began, nextCheck: delay)
        return delay
    }

    // MARK: Requests

    /// Where this worker stands at the gates.
    var lane: AdmissionGate.Lane { state.failures > 0 ? .suspect : .regular }

    /// Sends a request when the gate lets it.
    func request<Value: Sendable>(
        _ body: @escaping @Sendable (any DaemonSetAPI) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let api = api
        let slot = requestSlot
        requestSlot = nil
        return try await context.request(lane, in: slot) { () async throws(Failure) in try await body(api) }
    }

    // MARK: Waiting

    /// Waits this long within a turn, or until somebody says whether the DaemonSet is wanted, or the task is cancelled.
    func pause(_ duration: Duration) async {
        let wakeUp = WakeUp()
        self.wakeUp = wakeUp
        defer { self.wakeUp = nil }
        try? await context.clock.sleep(duration, orUntil: wakeUp)
    }

    // MARK: Reports

    /// Reports how a round ended: loudly when that is news, else for debugging only. A failure that lasts is told
    /// again after 2, 4, 8, ... rounds.
    private func report(_ outcome: RoundOutcome, took duration: Duration, nextCheck: Duration) {
        var event: PoolEvent
        switch outcome {
        case .ready(let health):
            event = PoolEvent(.ready, "\(health.figures) nodes are ready", health: health)
        case .unready(let health):
            event = PoolEvent(.unready, level: .warning, health.explanation, health: health)
            event.reason = health.condition.rawValue
        case .contested(let reason, let health):
            event = PoolEvent(
                .failed,
                level: .warning,
                "\(reason.explanation), again and again",
                health: health
            )
            event.reason = FailureReason.conflict.rawValue
        case .failed(let failure):
            event = PoolEvent(.failed, level: .warning, failure.message)
            event.reason = failure.reason.rawValue
        }
        event.user = user
        event.duration = duration
        event.nextCheck = nextCheck
        let isNews = lastReport.map { $0.kind != event.kind || $0.reason != event.reason } ?? true
        let isReminder = state.failures > 0 && state.failures & (state.failures - 1) == 0
        if !isNews, !isReminder { event.level = .debug }
        lastReport = (event.kind, event.reason)
        context.report(event)
    }
}

extension Health {
    /// The figures and what they mean, for an operator.
    var explanation: String {
        switch condition {
        case .ready: "\(figures) nodes are ready"
        case .pending: "the DaemonSet controller has not looked at it yet"
        case .noNodes: "no node matches"
        case .podsRefused:
            "\(figures) nodes are ready; no pod was created: quota, Pod Security or an SCC may refuse them"
        case .degraded: "\(figures) nodes are ready"
        }
    }
}
