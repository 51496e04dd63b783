import PullerCore

/// Decides what is said of all that happens, and at which level: it takes events and returns those to log. It has no clock,
/// and logs nothing itself; ``PoolJournal`` does.
///
/// What happens in one cluster has a line of its own when it is news, and repetitions are at level debug. A fault that
/// many clusters share has one line when it begins, others at growing distance while it lasts, and one when it is over;
/// what it does to each cluster is at level debug. To tell the two apart, the first line about a trouble is held for a
/// moment, unless there is only one cluster.
struct Journal: Sendable {
    /// The first line about a trouble, which is held in case other clusters turn out to share it.
    struct Held: Sendable {
        var report: PoolEvent.RoundReport
        var trouble: Trouble
        /// Held lines come out in the order in which they went in.
        var number: Int
    }

    /// For how long lines are held at most.
    static let hold = Duration.seconds(1)
    /// How often all that is not as it should be is said again.
    static let digestPeriod = Duration.seconds(3600)

    /// How many clusters the pool has.
    var clusters = 1
    var records: [ClusterID: ClusterRecord] = [:]
    var counts = Counts()
    /// Whether the counts have changed since the last summary.
    var hasChanged = false
    var nextDigest: Duration?
    var held: [ClusterID: Held] = [:]
    var heldSoFar = 0
    /// When the lines that are held come out.
    var releaseTime: Duration?
    /// How many clusters have each cause, and how that came about.
    var causes: [FaultCause: CauseTally] = [:]
    /// How many times a cluster has answered. A run of failures belongs to the time between two answers.
    var answers = 0
    /// The shared faults.
    var faults: [FaultCause: OngoingFault] = [:]
    var pastFaults = PastFaults()
    var warnings = WarningTallies()
    /// At the end, nothing is held any more.
    var isEnding = false

    /// Clusters in each state.
    struct Counts: Sendable, Equatable {
        var ready = 0
        var unready = 0
        var failing = 0

        mutating func add(_ number: Int, _ state: ClusterRecord.State) {
            switch state {
            case .begun: break
            case .ready: ready += number
            case .unready: unready += number
            case .failing: failing += number
            }
        }
    }

    /// Whether what several clusters share is told apart from what one has.
    var gathers: Bool { clusters > 1 }

    // MARK: Events

    /// Takes in an event.
    ///
    /// - Parameter now: Time by the pool's clock.
    /// - Returns: What is to be logged now, in this order.
    mutating func take(_ event: PoolEvent, at now: Duration) -> [PoolEvent] {
        guard let cluster = event.cluster else { return [event] }
        switch event.what {
        case .round(let report):
            return take(report, of: cluster, at: now)
        case .removed, .removalGivenUp:
            let before = release(cluster, at: now) + announce(records[cluster]?.details.cause, at: now)
            let after = forget(cluster, at: now)
            return before + [event] + after
        case .created, .adopted, .queued, .progress:
            let before = release(cluster, at: now)
            // The cluster has answered, and whatever comes of a new DaemonSet is news.
            answers += 1
            var details = records[cluster]?.details ?? ClusterRecord.Details()
            if event.kind == .created || event.kind == .replacing { details.said = .nothing }
            keep(details, of: cluster)
            return before + [event]
        case .altered, .fellBack, .serverWarning, .podsNotReadable:
            return release(cluster, at: now) + [warnings.take(event, of: cluster, gathers: gathers, at: now)]
        case .pullsNotReadable:
            return [warnings.take(event, of: cluster, gathers: gathers, at: now)]
        case .pulled, .pullsUnread:
            // No news about the cluster's state, which may still be held.
            return [event]
        default:
            return release(cluster, at: now) + [event]
        }
    }

    /// When ``wake(at:)`` is to be called at the latest.
    var nextWake: Duration? {
        let times = faults.map { $1.nextTime(members: members(of: $0), fleet: clusters) }
        return (times + [releaseTime, warnings.nextTime].compactMap { $0 }).min()
    }

    /// Lets what is due happen.
    ///
    /// - Returns: What is to be logged now, in this order.
    mutating func wake(at now: Duration) -> [PoolEvent] {
        var lines: [PoolEvent] = []
        if let releaseTime, releaseTime <= now { lines += releaseAll(at: now) }
        for cause in causesOfFaults { lines += endOrRepeat(cause, at: now) }
        return lines + warnings.due(fleet: clusters, at: now)
    }

    /// The end has come: lets out what is held, and holds nothing any more.
    mutating func flush(at now: Duration) -> [PoolEvent] {
        isEnding = true
        var lines = releaseAll(at: now)
        for cause in causesOfFaults { lines += announce(cause, at: now) }
        return lines + warnings.due(fleet: clusters, at: now, isEnding: true)
    }

    /// Those of the shared faults, in the order in which these began.
    var causesOfFaults: [FaultCause] {
        faults.sorted { ($0.value.since, $0.value.reason) < ($1.value.since, $1.value.reason) }.map(\.key)
    }

    // MARK: Records

    /// Remembers a cluster's state.
    mutating func keep(_ details: ClusterRecord.Details, of cluster: ClusterID) {
        let before = records[cluster]?.details.state ?? .begun
        records[cluster] = ClusterRecord(details)
        count(before, details.state)
    }

    private mutating func count(_ before: ClusterRecord.State, _ after: ClusterRecord.State) {
        let old = counts
        counts.add(-1, before)
        counts.add(1, after)
        if counts != old { hasChanged = true }
    }

    private mutating func forget(_ cluster: ClusterID, at now: Duration) -> [PoolEvent] {
        guard let details = records.removeValue(forKey: cluster)?.details else { return [] }
        count(details.state, .begun)
        for cause in faults.keys { faults[cause]?.forget(cluster) }
        return details.cause.map { leave($0, cluster, hasRecovered: false, at: now) } ?? []
    }
}
