import KubernetesAPI
import PullerCore
import Synchronization
import Timing

/// What all workers of a pool share; an object, since thousands of workers have it.
public final class PoolContext: Sendable {
    /// What is wanted in every cluster.
    public let cache: CurrentCache
    /// When, how often and how many at once.
    public let schedule: Schedule
    /// The clock to wait by.
    public let clock: MonotonicClock
    /// Numbers in `0..<1`.
    public let random: @Sendable () -> Double
    /// Told everything that happens.
    public let report: @Sendable (PoolEvent) -> Void
    /// Makes the client of a cluster.
    let makeAPI: @Sendable (ClusterID) -> any DaemonSetAPI & ClusterReads
    /// What each cluster is asked before anything is decided.
    public let survey: Survey
    /// Whether it is asked how long pulls took.
    let readsPulls: Bool
    /// Judges the clocks of servers.
    let serverClock: ServerClock
    /// Requests in flight; watches are not counted.
    let requests: RequestGate
    /// Requests that may be in flight, those that hang included.
    let mostRequests: Int
    /// Clusters that may be pulling.
    let rollouts: RolloutGate
    /// The pace of retries after failures.
    let retryPace = Mutex(RetryPace())
    /// Whether watches may stand between rounds.
    let watchLimit: WatchLimit
    /// Which DaemonSets are held.
    let held = HeldObjects()
    /// Whether the pool as a whole acts.
    public let pulse: PoolPulse

    /// What a pool needs.
    ///
    /// - Parameters:
    ///   - overdueRequests: Requests that may be in flight beyond `schedule.maxConcurrentRequests`, because
    ///     they have been without an answer for long; each has a connection.
    ///   - survey: What each cluster is asked before anything is decided; nothing by default.
    ///   - readsPulls: Whether the kubelets' events are read after a rollout, to say how long pulls took.
    ///   - wallTime: This machine's wall clock, to judge those of the servers.
    public init(
        cache: CurrentCache,
        schedule: Schedule,
        overdueRequests: Int = 1000,
        survey: Survey = .none,
        readsPulls: Bool = false,
        clock: MonotonicClock,
        wallTime: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> Double,
        report: @escaping @Sendable (PoolEvent) -> Void,
        makeAPI: @escaping @Sendable (ClusterID) -> any DaemonSetAPI & ClusterReads
    ) {
        self.cache = cache
        self.schedule = schedule
        self.clock = clock
        self.random = random
        self.report = report
        self.makeAPI = makeAPI
        self.survey = survey
        self.readsPulls = readsPulls
        serverClock = ServerClock(wallTime: wallTime, report: report)
        watchLimit = WatchLimit(clusters: schedule.watchClusters)
        requests = RequestGate(capacity: schedule.maxConcurrentRequests, overdueCapacity: overdueRequests)
        mostRequests = schedule.maxConcurrentRequests + overdueRequests
        rollouts = RolloutGate(capacity: schedule.maxConcurrentRollouts)
        pulse = PoolPulse(clock: clock)
    }

    /// How full the gates are.
    public var gauges: PoolGauges { PoolGauges(requests: requests.figures, rollouts: rollouts.figures) }

    /// Sends a request when the gate lets it.
    ///
    /// - Parameter slot: A slot at that gate, if there is one already.
    func request<Value: Sendable>(
        _ lane: RequestLane = .regular,
        in slot: RequestGate.Slot? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        var slot = slot
        if slot == nil { slot = try await requests.enter(lane) }
        guard let slot else { throw .ending }
        return try await requests.run(in: slot, clock: clock, body)
    }

    /// Hears no more calls for turns: the end has come.
    func stopCalls() {
        requests.stopCalls()
        rollouts.stopCalls()
    }
}
