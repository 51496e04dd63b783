import PullerCore

/// How many clusters fail or are not ready for one cause, and how that came about.
struct CauseTally: Sendable {
    /// Clusters that have it now.
    private(set) var clusters = 0
    /// When the first of them did. One that had it long before the next has it for a reason of its own, and does not count.
    private(set) var since: Duration
    private var lastJoin: Duration
    /// Different clusters that failed for it one after the other, without an answer of any cluster in between.
    private(set) var run = 0
    /// When that run began.
    private(set) var runSince: Duration
    private var runNumber = -1

    init(since: Duration) {
        self.since = since
        lastJoin = since
        runSince = since
    }

    private static let longPause = Duration.seconds(600)

    /// One more cluster has it.
    mutating func join(at now: Duration) {
        if now - lastJoin > Self.longPause { since = now }
        lastJoin = now
        clusters += 1
    }

    /// One of them does not have it any more.
    mutating func leave() { clusters -= 1 }

    /// One more cluster fails for it.
    mutating func extendRun(_ number: Int, at now: Duration) {
        if runNumber != number {
            run = 0
            runSince = now
        }
        runNumber = number
        run += 1
    }

    mutating func endRun() { run = 0 }
}

/// A fault that several clusters share.
struct OngoingFault: Sendable {
    let reason: String
    /// Whether rounds fail; otherwise DaemonSets are not ready.
    let isFailing: Bool
    /// The latest text in one of the clusters.
    private(set) var text: String
    /// When it began.
    let since: Duration
    /// How long it must have been quiet before it can be over, so that a fault that comes and goes is one fault.
    let quiet: Duration
    /// Clusters that have had it and recovered, and have neither had it again nor been removed since.
    private var recoveredClusters: Set<ClusterID> = []
    /// How many times a member has recovered since the last failure of this cause.
    private var recoveredInRow = 0
    /// When the first of those did.
    private var rowStart: Duration?
    private var lastFailure: Duration
    private var lastJoin: Duration
    /// Whether it was said that it began.
    private(set) var isAnnounced = false
    /// When it is said next that it began, or lasts.
    private(set) var nextLine: Duration
    private var distance = Self.firstDistance

    private static let firstDistance = Duration.seconds(60)
    private static let longestDistance = Duration.seconds(3600)
    /// Fewer members share nothing.
    static let fewestMembers = 2

    init(reason: String, isFailing: Bool, text: String, since: Duration, quiet: Duration, at now: Duration) {
        self.reason = reason
        self.isFailing = isFailing
        self.text = text
        self.since = since
        self.quiet = quiet
        lastFailure = now
        lastJoin = now
        // In a burst, the first line counts more than the few clusters that made it a fault.
        nextLine = now + Journal.hold
    }

    /// How many clusters have recovered.
    var recovered: Int { recoveredClusters.count }

    /// A cluster has it, again or for the first time.
    mutating func note(_ cluster: ClusterID, _ text: String, isNewMember: Bool, at now: Duration) {
        // What all of them are told may change, such as what a token service answers.
        self.text = text
        recoveredClusters.remove(cluster)
        lastFailure = now
        recoveredInRow = 0
        rowStart = nil
        if isNewMember { lastJoin = now }
    }

    /// A member has recovered.
    mutating func noteRecovery(of cluster: ClusterID, at now: Duration) {
        recoveredClusters.insert(cluster)
        recoveredInRow += 1
        rowStart = rowStart ?? now
    }

    /// A cluster is not there any more.
    mutating func forget(_ cluster: ClusterID) { recoveredClusters.remove(cluster) }

    /// It was said that it began, or lasts.
    mutating func noteLine(at now: Duration) {
        nextLine = now + distance
        distance = min(distance * 2, Self.longestDistance)
        isAnnounced = true
    }

    /// When it is over, if nothing happens until then.
    ///
    /// - Parameters:
    ///   - members: Clusters that have it.
    ///   - fleet: All clusters.
    func endTime(members: Int, fleet: Int) -> Duration? {
        // Most members recover within that time, and count.
        let isDone = members < Self.fewestMembers
        guard isDone || recoveredInRow >= Journal.fewestInRow(fleet: fleet) else { return nil }
        let last = isDone ? lastJoin : lastFailure
        return max(last, rowStart ?? last) + quiet
    }

    /// When there is something to say about it, if nothing happens until then.
    func nextTime(members: Int, fleet: Int) -> Duration {
        let end = endTime(members: members, fleet: fleet)
        if isAnnounced, members < Self.fewestMembers, let end { return end }
        return min(end ?? nextLine, nextLine)
    }
}

/// Shared faults that are over, so that one that keeps coming back is reported less and less often.
struct PastFaults: Sendable {
    private static let memory = Duration.seconds(3600)
    private static let limit = 64
    private static let firstQuiet = Duration.seconds(10)
    private static let longestQuiet = Duration.seconds(600)

    private var ended: [FaultCause: (at: Duration, quiet: Duration)] = [:]

    /// A fault is over.
    mutating func add(_ cause: FaultCause, quiet: Duration, at now: Duration) {
        ended = ended.filter { now - $0.value.at < Self.memory }
        if ended.count < Self.limit { ended[cause] = (now, quiet) }
    }

    /// How long a fault that begins now must have been quiet before it can be over.
    func quiet(_ cause: FaultCause, at now: Duration) -> Duration {
        guard let last = ended[cause], now - last.at < Self.memory else { return Self.firstQuiet }
        return min(last.quiet * 2, Self.longestQuiet)
    }
}
