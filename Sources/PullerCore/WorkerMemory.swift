/// What a worker remembers of its DaemonSet between two rounds. It starts empty with each process, and nothing that
/// is right depends on it: it only tells a stall from slowness, and once from again.
public struct WorkerMemory: Sendable, Equatable {
    /// Whether this process replaced a Go puller's DaemonSet here.
    public var tookOverFromGoPuller = false
    /// Whether the last round had to do again what somebody had undone.
    public var wasUndone = false
    /// Whether the DaemonSet is to be re-created for its bad health.
    public private(set) var isIll = false

    private var uid: String?
    private var bestReady = 0
    private var lowSince: Duration?
    /// Whether this episode of bad health has had its new DaemonSet. A refresh in between does not begin another one.
    private var isSpent = false

    /// Nothing yet.
    public init() {}

    /// Takes in what a round saw.
    ///
    /// A DaemonSet is ill when its ready share stayed below `minReadyPercent` for a whole `interval` in which no
    /// further node became ready. One that was already re-created for that reason is left alone until it has been
    /// well once: a second new one would not be better, and re-creating throws away the caches that work.
    ///
    /// - Parameter now: Monotonic time.
    public mutating func note(
        _ observed: ObservedDaemonSet,
        at now: Duration,
        interval: Duration,
        minReadyPercent: Int
    ) {
        if observed.uid != uid {
            uid = observed.uid
            bestReady = 0
            lowSince = nil
            let why = observed.annotations[MetadataKey.recreatedBecause]
            isSpent = isSpent || why == ReplaceReason.unhealthy(Health(of: observed)).name
        }
        isIll = false
        let health = Health(of: observed)
        guard health.isBelow(percent: minReadyPercent) else {
            if health.isReady || health.condition == .degraded { isSpent = false }
            lowSince = nil
            bestReady = 0
            return
        }
        guard let since = lowSince, health.ready <= bestReady else {
            lowSince = now
            bestReady = health.ready
            return
        }
        isIll = now - since >= interval && !isSpent
    }
}
