/// What is remembered while two DaemonSets exist beside each other.
public struct OverlapHistory: Sendable, Equatable {
    /// The progress of one of them while both exist.
    struct Progress: Sendable, Equatable {
        let uid: String
        /// When a further node last became ready.
        private(set) var lastTime: Duration
        /// Since when all of its nodes have been ready.
        private(set) var allReadySince: Duration?
        private var bestReady = 0

        init(of observed: ObservedDaemonSet, at now: Duration) {
            uid = observed.uid
            lastTime = now
            note(observed, at: now)
        }

        mutating func note(_ observed: ObservedDaemonSet, at now: Duration) {
            guard observed.uid == uid else { return }
            if observed.status.ready > bestReady {
                bestReady = observed.status.ready
                lastTime = now
            }
            let isAll = observed.isFullyScheduled && observed.status.ready >= observed.status.desired
            allReadySince = isAll ? allReadySince ?? now : nil
        }

        /// Whether no further node has become ready for that long.
        func stoodStill(for limit: Duration, at now: Duration) -> Bool { now - lastTime >= limit }
    }

    /// When this process saw both for the first time.
    public let since: Duration
    /// Of the newer of the two.
    private(set) var newer: Progress
    /// Of the older of the two.
    private(set) var older: Progress
    private var mostServedByOlder = 0
    private var desiredOfOlder = 0
    /// Since when the older one has served fewer nodes than before.
    private var olderLowSince: Duration?

    /// How long the older one must serve fewer nodes to count as harmed; a pod that restarts takes less.
    static let patienceWithHarm = Duration.seconds(60)
    /// The longest time until a replacement that did harm is retried if refreshes are off.
    static let longestSetback = Duration.seconds(24 * 3600)

    init(newer: ObservedDaemonSet, older: ObservedDaemonSet, at now: Duration) {
        since = now
        self.newer = Progress(of: newer, at: now)
        self.older = Progress(of: older, at: now)
        note(newer: newer, older: older, at: now)
    }

    /// Takes in what both are like now.
    mutating func note(newer: ObservedDaemonSet, older: ObservedDaemonSet, at now: Duration) {
        note(newer, at: now)
        note(older, at: now)
        // Nodes that are gone or not Ready are not lost because of the overlap.
        if older.served < mostServedByOlder, older.status.desired >= desiredOfOlder {
            olderLowSince = olderLowSince ?? now
        } else {
            olderLowSince = nil
            mostServedByOlder = older.served
            desiredOfOlder = older.status.desired
        }
    }

    /// Takes in what one of them is like now.
    mutating func note(_ observed: ObservedDaemonSet, at now: Duration) {
        newer.note(observed, at: now)
        older.note(observed, at: now)
    }

    /// How far one of the two has come.
    func progress(of observed: ObservedDaemonSet) -> Progress { observed.uid == older.uid ? older : newer }

    /// Whether the older one serves fewer nodes because the newer one exists beside it.
    func harmsOlder(at now: Duration) -> Bool {
        olderLowSince.map { now - $0 >= Self.patienceWithHarm } ?? false
    }

    /// When the next decision is due, if nothing else happens.
    func nextDecision(_ policy: ReplacementPolicy, after now: Duration) -> Duration? {
        var times = [newer, older].map { $0.lastTime + policy.rolloutTimeout }
        if case .atMost(let limit) = policy.overlap { times.append(since + limit) }
        if let olderLowSince { times.append(olderLowSince + Self.patienceWithHarm) }
        return times.filter { $0 > now }.min()
    }
}
