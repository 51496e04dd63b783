import PullerCore
import Synchronization
import Timing
import WorkerPool

/// What is known of the pool: it hears of every event, and answers questions from any thread.
public final class StatusBoard: Sendable {
    private let clock: MonotonicClock
    private let state = Mutex(FleetState())
    private let faults = Mutex<@Sendable () -> [PoolEvent.SharedFault]>({ [] })

    /// A board on which nothing is yet.
    public init(clock: MonotonicClock) {
        self.clock = clock
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

    /// The whole pool at a glance.
    public func summary() -> FleetSummary {
        var summary = state.withLock { $0 }.summary(at: clock.now())
        // Not within the lock: the journal holds its own while it tells the board of an event.
        summary.faults = faults.withLock { $0 }()
        return summary
    }

    /// Clusters that match a query.
    public func clusters(_ query: ClusterQuery) -> ClusterPage {
        state.withLock { $0 }.page(query, at: clock.now())
    }

    /// All that is known of one cluster; `nil` when there is no such cluster.
    public func detail(_ id: ClusterID) -> ClusterDetail? {
        state.withLock { $0.detail(id, at: clock.now()) }
    }
}

/// What the board knows, as a value.
struct FleetState: Sendable {
    var clusters: [ClusterID: ClusterStatus] = [:]
    var revision: UInt64 = 0

    mutating func take(_ event: PoolEvent, at now: Duration) {
        guard let cluster = event.cluster else { return }
        revision += 1
        var status = clusters[cluster] ?? ClusterStatus(cluster, since: now)
        status.revision = revision
        clusters[cluster] = status
    }

    func summary(at now: Duration) -> FleetSummary {
        var summary = FleetSummary()
        summary.revision = revision
        for status in clusters.values { summary.clusters[status.state, default: 0] += 1 }
        return summary
    }

    func page(_ query: ClusterQuery, at now: Duration) -> ClusterPage {
        let all = clusters.values.sorted { $0.id < $1.id }
        return ClusterPage(
            revision: revision,
            clusters: Array(all.prefix(query.limit)),
            removed: [],
            isReset: false,
            total: all.count,
            matching: all.count,
            next: nil
        )
    }

    func detail(_ id: ClusterID, at now: Duration) -> ClusterDetail? {
        clusters[id].map {
            ClusterDetail(
                status: $0,
                daemonSets: [],
                replacements: [:],
                images: [],
                problems: [],
                history: []
            )
        }
    }
}
