import PullerCore
import Synchronization
import Timing
import WorkerPool

/// What is known of the pool: it hears of every event, and answers questions from any thread.
public final class StatusBoard: Sendable {
    private let clock: MonotonicClock
    private let state: Mutex<FleetState>
    private let faults = Mutex<@Sendable () -> [PoolEvent.SharedFault]>({ [] })

    /// A board on which nothing is yet.
    ///
    /// - Parameter firstRevision: Higher than all revisions of the board of an earlier run, so that a reader that knows one
    ///   of those is not taken for somewhat behind.
    public init(clock: MonotonicClock, firstRevision: UInt64 = 0) {
        self.clock = clock
        state = Mutex(FleetState(firstRevision: firstRevision))
    }

    /// Has ``summary()`` ask for the faults that several clusters share. The journal knows them, and tells the board of
    /// its events in turn, so one of the two has to come first.
    public func askFaults(_ ask: @escaping @Sendable () -> [PoolEvent.SharedFault]) {
        faults.withLock { $0 = ask }
    }

    /// Takes in something that happened.
    public func take(_ event: PoolEvent) {
        let now = clock.now()
        state.withLock { $0.take(event, at: now) }
    }

    /// A copy, which costs next to nothing: a question does not hold up an event.
    private var snapshot: FleetState { state.withLock { $0 } }

    /// The whole pool at a glance.
    public func summary() -> FleetSummary {
        var summary = snapshot.summary()
        // Not within the lock: the journal holds its own while it tells the board of an event.
        let ask = faults.withLock { $0 }
        summary.faults = ask()
        return summary
    }

    /// Clusters that match a query.
    public func clusters(_ query: ClusterQuery) -> ClusterPage { snapshot.page(query) }

    /// All that is known of one cluster; `nil` when there is no such cluster.
    public func detail(_ id: ClusterID) -> ClusterDetail? { snapshot.detail(id) }

    /// What the metrics of each cluster need, in the order of the names.
    public func figures() -> [ClusterFigures] { snapshot.figures() }

    /// What has happened since the start.
    public var counters: FleetCounters { state.withLock { $0.counters } }

    /// What happened lately in the whole pool, the oldest first.
    public var history: [HistoryEntry] { Array(snapshot.history.all) }
}
