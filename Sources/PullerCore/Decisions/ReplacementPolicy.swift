/// Decides when the older of two DaemonSets may be deleted.
public struct ReplacementPolicy: Sendable, Equatable {
    /// The longest time that the older one stays.
    public var overlap: Overlap
    /// The time without progress after which a rollout is judged.
    public var rolloutTimeout: Duration
    /// How many nodes fewer than the older one the newer one may serve after that time.
    public var maxUnavailable: MaxUnavailable

    /// The longest time that the older one stays.
    public enum Overlap: Sendable, Equatable {
        /// Until the newer one serves as many nodes.
        case untilReady
        /// For this time, and no longer, even if the newer one is not ready: for nodes without room for both
        /// pods.
        case atMost(Duration)
    }

    /// A number of nodes.
    public enum MaxUnavailable: Sendable, Equatable {
        /// This many.
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

    /// How long to wait for nodes to come back.
    static let patienceForNodes = Duration.seconds(24 * 3600)

    /// Whether `old` may be deleted because `new` serves in its place: see "Two names" in
    /// docs/architecture.md.
    func mayRetire(
        _ old: ObservedDaemonSet,
        for new: ObservedDaemonSet,
        _ history: OverlapHistory,
        at now: Duration
    ) -> Bool {
        guard !new.isTerminating, new.status.observedGeneration >= new.generation else { return false }
        // Neither has a node, so nothing is lost.
        if old.served == 0, old.status.desired == 0, new.status.desired == 0 { return true }
        guard new.isFullyScheduled else { return false }
        if case .atMost(let limit) = overlap, now - history.since >= limit { return true }
        let progress = history.progress(of: new)
        let ready = new.status.ready
        if ready >= new.status.desired {
            if ready >= old.served { return true }
            if let since = progress.allReadySince, now - since >= Self.patienceForNodes { return true }
            if let before = old.annotations[MetadataKey.placement],
                let after = new.annotations[MetadataKey.placement], before != after
            {
                return true
            }
        }
        guard progress.stoodStill(for: rolloutTimeout, at: now) else { return false }
        let served = history.progress(of: old).served(old, lastingFor: rolloutTimeout, at: now)
        if ready > 0, ready >= served - maxUnavailable.nodes(of: served) { return true }
        return served == 0
    }
}
