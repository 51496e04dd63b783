/// When the older of two DaemonSets may go.
public struct ReplacementPolicy: Sendable, Equatable {
    /// How long the older one stays at most.
    public var overlap: Overlap
    /// Time after which a rollout that does not move any more is judged.
    public var rolloutTimeout: Duration
    /// How many nodes fewer than the older one the newer one may serve after that time.
    public var maxUnavailable: MaxUnavailable

    /// How long the older one stays at most.
    public enum Overlap: Sendable, Equatable {
        /// Until the newer one serves as many nodes.
        case untilReady
        /// For so long; then it goes even so, for nodes without room for both pods.
        case atMost(Duration)
    }

    /// A number of nodes.
    public enum MaxUnavailable: Sendable, Equatable {
        /// So many.
        case nodes(Int)
        /// A share of the nodes that are served, rounded down.
        case percent(Int)

        func nodes(of total: Int) -> Int {
            switch self {
            case .nodes(let count): count
            case .percent(let percent): total * percent / 100
            }
        }
    }

    /// A policy.
    public init(overlap: Overlap, rolloutTimeout: Duration, maxUnavailable: MaxUnavailable) {
        self.overlap = overlap
        self.rolloutTimeout = rolloutTimeout
        self.maxUnavailable = maxUnavailable
    }

    /// Nodes that do not come back in this time are not waited for.
    static let patienceForNodes = Duration.seconds(24 * 3600)

    /// Whether `old` may be deleted, because `new` serves in its place: see "Two names" in docs/architecture.md.
    func mayRetire(
        _ old: ObservedDaemonSet,
        for new: ObservedDaemonSet,
        _ history: OverlapHistory,
        at now: Duration
    ) -> Bool {
        guard !new.isTerminating, new.status.observedGeneration >= new.generation else { return false }
        // Neither has a node: nothing is taken away.
        if old.served == 0, old.status.desired == 0, new.status.desired == 0 { return true }
        guard new.isFullyScheduled else { return false }
        if case .atMost(let limit) = overlap, now - history.since >= limit { return true }
        let ready = new.status.ready
        if ready >= new.status.desired {
            if ready >= old.served { return true }
            if let since = history.allReadySince, now - since >= Self.patienceForNodes { return true }
            if let before = old.annotations[MetadataKey.placement],
                let after = new.annotations[MetadataKey.placement], before != after
            {
                return true
            }
        }
        guard history.stoodStill(for: rolloutTimeout, at: now) else { return false }
        if ready > 0, ready >= old.served - maxUnavailable.nodes(of: old.served) { return true }
        return old.served == 0
    }
}

/// What is remembered while two DaemonSets stand beside each other.
public struct OverlapHistory: Sendable, Equatable {
    /// The newer of the two.
    let newer: String
    /// The older of the two.
    let older: String
    /// When this process saw both for the first time.
    public let since: Duration
    /// When the newer one last got better.
    private(set) var lastProgress: Duration
    /// Since when all nodes of the newer one have been ready.
    private(set) var allReadySince: Duration?
    private var bestReady = 0
    private var mostServedByOlder = 0
    private var desiredOfOlder = 0
    /// Since when the older one has served fewer nodes than before.
    private var olderLowSince: Duration?

    /// An older one that serves fewer nodes for so long is harmed; a pod that starts again takes less.
    static let patienceWithHarm = Duration.seconds(60)

    init(newer: ObservedDaemonSet, older: ObservedDaemonSet, at now: Duration) {
        self.newer = newer.uid
        self.older = older.uid
        since = now
        lastProgress = now
        note(newer: newer, older: older, at: now)
    }

    /// Takes in what both are like now.
    mutating func note(newer: ObservedDaemonSet, older: ObservedDaemonSet, at now: Duration) {
        noteNewer(newer, at: now)
        // Nodes that are gone, or not Ready, are no harm that the overlap does.
        if older.served < mostServedByOlder, older.status.desired >= desiredOfOlder {
            olderLowSince = olderLowSince ?? now
        } else {
            olderLowSince = nil
            mostServedByOlder = older.served
            desiredOfOlder = older.status.desired
        }
    }

    /// Takes in what the newer one is like now.
    mutating func noteNewer(_ newer: ObservedDaemonSet, at now: Duration) {
        if newer.status.ready > bestReady {
            bestReady = newer.status.ready
            lastProgress = now
        }
        let isAll = newer.isFullyScheduled && newer.status.ready >= newer.status.desired
        allReadySince = isAll ? allReadySince ?? now : nil
    }

    /// Whether no further node of the newer one has become ready for so long.
    func stoodStill(for limit: Duration, at now: Duration) -> Bool { now - lastProgress >= limit }

    /// Whether the older one serves fewer nodes because the newer one stands beside it.
    func harmsOlder(at now: Duration) -> Bool {
        olderLowSince.map { now - $0 >= Self.patienceWithHarm } ?? false
    }

    /// When the next decision is due, if nothing else happens.
    func nextDecision(_ policy: ReplacementPolicy, after now: Duration) -> Duration? {
        var times = [lastProgress + policy.rolloutTimeout]
        if case .atMost(let limit) = policy.overlap { times.append(since + limit) }
        if let olderLowSince { times.append(olderLowSince + Self.patienceWithHarm) }
        return times.filter { $0 > now }.min()
    }
}
