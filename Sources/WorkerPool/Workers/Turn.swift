import KubernetesAPI
import PullerCore
import Timing

/// What exists only while a worker acts; it never leaves its worker's actor.
final class Turn {
    /// When the round began, that is, when its timer fired, however long it then waited for its turn.
    let began: Duration
    /// What is wanted.
    var settings: CacheSettings
    /// What the turn has seen and done.
    var round = CacheRound()
    /// The best lane in which a creation waits.
    var lane: RolloutLane?
    /// Whether the cluster has answered in this turn.
    var hasAnswered = false
    /// How the round ended, if it was not cut short.
    var outcome: RoundOutcome?
    /// Whether the worker was told something that it must act on at once.
    var wasCalled = false
    /// Whether it has ended, the cluster has answered, and nothing was undone.
    var isPeaceful = false
    /// Watches in a row that ended early.
    var shortWatches = 0
    /// Cuts a pause short.
    var wakeUp: WakeUp?
    private var requestSlot: RequestGate.Slot?

    /// - Parameter slot: The slot for the first request; `nil` when the turn was given for a rollout.
    init(began: Duration, settings: CacheSettings, requestSlot: RequestGate.Slot?) {
        self.began = began
        self.settings = settings
        self.requestSlot = requestSlot
    }

    /// Sends a request when the gate lets it: the first one with the turn's slot. Once the cluster has answered, its further
    /// requests go before those of other clusters.
    ///
    /// - Parameter lane: Where it waits before that.
    func request<Value: Sendable>(
        _ context: PoolContext,
        _ lane: RequestLane,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let slot = requestSlot
        requestSlot = nil
        let value = try await context.request(hasAnswered ? .continuing : lane, in: slot, body)
        hasAnswered = true
        return value
    }

    /// Gives back what was not used. The one way out of a turn.
    func end() {
        requestSlot?.leave()
        requestSlot = nil
    }
}
