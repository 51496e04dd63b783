import KubernetesAPI
import PullerCore

/// Keeps the right DaemonSet in one cluster, on its own timer. Nothing that its cluster does ends it, and nothing of
/// it reaches another worker but through the gates that all share.
public actor ClusterWorker {
    /// The impersonated user; `nil` in single-cluster mode.
    public nonisolated let user: String?
    /// A name for this cluster that no other worker of the pool has.
    nonisolated let name: String
    let api: any DaemonSetAPI
    let context: PoolContext

    var state = WorkerState()
    var memory = WorkerMemory()
    /// The uid of our DaemonSet, as far as is known.
    var uid: String?
    /// Whether a create was sent whose answer has not come: what it made is not known yet.
    var isCreateOpen = false
    /// Where the round is.
    var progress = Progress.begun
    /// Whether somebody was faster in this round.
    var wasOvertaken = false
    /// The rollout that is being followed.
    var rollout: Rollout?
    /// Whether the user still wants the DaemonSet.
    private(set) var isWanted = true
    /// Whether a user who was removed has nothing left in the cluster.
    private(set) var hasEnded = false
    var lastReport: (kind: PoolEvent.Kind, reason: String?)?
    private let alarm: Alarm

    /// A worker that has done nothing yet.
    public init(user: String?, api: any DaemonSetAPI, context: PoolContext) {
        self.user = user
        self.name = user ?? ""
        self.api = api
        self.context = context
        alarm = Alarm(context.clock)
    }

    /// Works until the task is cancelled, or until a user who was removed has nothing left in the cluster.
    ///
    /// - Parameter delay: Time before the first round.
    public func run(after delay: Duration) async {
        await pause(delay)
        while !Task.isCancelled, !hasEnded {
            let wasWanted = isWanted
            let next = wasWanted ? await reconcileRound() : await inTaskOfItsOwn { await self.removalRound() }
            if Task.isCancelled || hasEnded { break }
            // What was said meanwhile counts now, also when a pause within the round has heard it first.
            if wasWanted == isWanted { await pause(next) }
        }
        context.held.release(by: name)
    }

    /// Tells the worker whether its user still wants the DaemonSet. It acts at once, or as soon as the request or the
    /// watch that is under way has ended.
    ///
    /// - Returns: Whether it will; a worker that has ended does nothing any more.
    public func setWanted(_ wanted: Bool) -> Bool {
        guard !hasEnded else { return false }
        isWanted = wanted
        alarm.ring()
        return true
    }

    // MARK: Rounds

    private func reconcileRound() async -> Duration {
        let began = context.clock.now()
        let outcome = await reconcile()
        if case .failed = outcome, Task.isCancelled || !isWanted { return .zero }
        let delay = state.record(outcome, schedule: context.schedule, random: context.random())
        report(outcome, took: context.clock.now() - began, nextCheck: delay)
        return delay
    }

    private func removalRound() async -> Duration {
        let began = context.clock.now()
        do throws(Failure) {
            let removal = try await removeOwn(sparingOthers: true)
            // While it was being removed, the user may have come back.
            if !isWanted {
                hasEnded = true
                context.report(PoolEvent(.removed, user: user, "the user was removed: \(removal.rawValue)"))
            }
            return .zero
        } catch {
            if Task.isCancelled || isWanted { return .zero }
            let outcome = RoundOutcome.failed(error)
            let delay = state.record(outcome, schedule: context.schedule, random: context.random())
            report(outcome, took: context.clock.now() - began, nextCheck: delay)
            return delay
        }
    }

    // MARK: Requests

    /// Where this worker stands at the gates.
    var lane: AdmissionGate.Lane { state.failures > 0 ? .suspect : .regular }

    /// Sends a request when the gate lets it.
    func request<Value: Sendable>(
        _ body: @escaping @Sendable (any DaemonSetAPI) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let api = api
        return try await context.requests.run(
            lane,
            patience: PoolContext.requestPatience,
            clock: context.clock
        ) { () async throws(Failure) in
            try await body(api)
        }
    }

    // MARK: Waiting

    /// Waits this long, or until the worker is woken or cancelled.
    func pause(_ duration: Duration) async { await alarm.wait(duration) }

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
