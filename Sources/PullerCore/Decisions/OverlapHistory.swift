/// What is remembered while two DaemonSets exist at the same time.
public struct OverlapHistory: Sendable, Equatable {
    /// The progress of one of them while both exist.
    struct Progress: Sendable, Equatable {
        let uid: String
        /// When it was first seen.
        let began: Duration
        /// When a further node last became ready.
        private(set) var lastTime: Duration
        /// Since when all of its nodes have been ready.
        private(set) var allReadySince: Duration?
        private var bestReady = 0
        private var mostServed = 0
        private var mostDesired = 0
        /// Since when it has served fewer nodes than before, although it wants as many.
        private(set) var lowSince: Duration?

        init(of observed: ObservedDaemonSet, at now: Duration) {
            uid = observed.uid
            began = now
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
            // Pods on nodes that were removed or are not Ready are not lost to the other DaemonSet.
            if observed.served < mostServed, observed.status.desired >= mostDesired {
                lowSince = lowSince ?? now
            } else {
                lowSince = nil
                mostServed = observed.served
                mostDesired = observed.status.desired
            }
        }

        /// Nodes that it serves. Fewer than before count only when that has lasted: a pod that starts again, or was
        /// evicted, is soon back.
        func served(_ observed: ObservedDaemonSet, lastingFor limit: Duration, at now: Duration) -> Int {
            lowSince.map { now - $0 < limit } == true ? mostServed : observed.served
        }

        /// Whether no further node has become ready for that long.
        func stoodStill(for limit: Duration, at now: Duration) -> Bool { now - lastTime >= limit }
    }

    /// When this process saw both for the first time.
    public let since: Duration
    /// The progress of the newer of the two.
    private(set) var newer: Progress
    /// The progress of the older of the two.
    private(set) var older: Progress
    /// When another puller has had time to delete the older one; `nil` if it may not.
    private(set) var endOfTakeover: Duration?

    /// How long the older one must serve fewer nodes to count as harmed; a pod that restarts takes less.
    static let patienceWithHarm = Duration.seconds(60)
    /// How long another puller that created the newer one is given to delete the older one, once it may.
    static let patienceWithTakeover = Duration.seconds(20)
    /// The longest time until a replacement that did harm is retried if refreshes are off.
    static let longestSetback = Duration.seconds(24 * 3600)

    init(newer: ObservedDaemonSet, older: ObservedDaemonSet, at now: Duration) {
        since = now
        self.newer = Progress(of: newer, at: now)
        self.older = Progress(of: older, at: now)
    }

    /// Takes in the present state of one of them.
    mutating func note(_ observed: ObservedDaemonSet, at now: Duration) {
        newer.note(observed, at: now)
        older.note(observed, at: now)
    }

    /// How far one of the two has come.
    func progress(of observed: ObservedDaemonSet) -> Progress { observed.uid == older.uid ? older : newer }

    /// Whether the older one serves fewer nodes because the newer one exists beside it.
    func harmsOlder(at now: Duration) -> Bool {
        older.lowSince.map { now - $0 >= Self.patienceWithHarm } ?? false
    }

    /// Takes in whether another puller may delete the older one.
    mutating func noteTakeover(isPossible: Bool, at now: Duration) {
        let end = now + Self.patienceWithTakeover
        endOfTakeover = isPossible ? endOfTakeover ?? end : nil
    }

    /// When the next decision is due, if nothing else happens.
    func nextDecision(_ policy: ReplacementPolicy, after now: Duration) -> Duration? {
        var times = [newer, older].map { $0.lastTime + policy.rolloutTimeout }
        if let endOfTakeover { times.append(endOfTakeover) }
        if case .atMost(let limit) = policy.overlap { times.append(since + limit) }
        if let since = older.lowSince {
            times += [since + Self.patienceWithHarm, since + policy.rolloutTimeout]
        }
        return times.filter { $0 > now }.min()
    }
}
