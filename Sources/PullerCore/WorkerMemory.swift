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
    private var hasBeenWell = false

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
            hasBeenWell = false
        }
        isIll = false
        let health = Health(of: observed)
        guard health.isBelow(percent: minReadyPercent) else {
            hasBeenWell = hasBeenWell || health.isReady || health.condition == .degraded
            lowSince = nil
            bestReady = 0
            return
        }
        guard let since = lowSince, health.ready <= bestReady else {
            lowSince = now
            bestReady = health.ready
            return
        }
        let wasRecreated =
            observed.annotations[MetadataKey.recreatedBecause] == ReplaceReason.unhealthy(health).name
        isIll = now - since >= interval && (hasBeenWell || !wasRecreated)
    }
}
