/// What is remembered of one DaemonSet's health, to distinguish a stalled rollout from a slow one, and to replace a
/// DaemonSet only once in an episode of ill health.
public struct HealthHistory: Sendable, Equatable {
    private var uid: String?
    private var bestReady = 0
    private var lowSince: Duration?
    /// Whether this episode of ill health has had its replacement. A refresh in between does not begin a new
    /// episode.
    private var isSpent = false
    /// Whether the DaemonSet is to be replaced because of its health.
    public private(set) var isIll = false

    /// Nothing yet.
    public init() {}

    /// When the DaemonSet is ill unless a further node becomes ready; `nil` while enough are, or if it has had its replacement.
    ///
    /// - Parameter interval: As for ``note(_:lasting:at:interval:minReadyPercent:)``.
    func decision(interval: Duration) -> Duration? { isSpent ? nil : lowSince.map { $0 + interval } }

    /// Notes that the replacement was no better and was deleted.
    mutating func spend() { isSpent = true }

    /// Takes in what a read showed.
    ///
    /// A DaemonSet is ill when its ready share stayed below `minReadyPercent` for a whole `interval` in which no
    /// further node became ready. After one replacement for that reason, the next one waits until the
    /// DaemonSet has recovered once: a second replacement would be no better than the first.
    ///
    /// - Parameters:
    ///   - lasting: Nodes that are not ready, and would not be with another DaemonSet: they do not make it ill.
    ///   - now: Monotonic time.
    mutating func note(
        _ observed: ObservedDaemonSet,
        lasting: Int = 0,
        at now: Duration,
        interval: Duration,
        minReadyPercent: Int
    ) {
        if observed.uid != uid {
            uid = observed.uid
            bestReady = 0
            lowSince = nil
            isSpent = isSpent || observed.creationReason == ReplaceReason.unhealthyName
        }
        isIll = false
        let health = Health(of: observed)
        guard health.isBelow(percent: minReadyPercent) else {
            if health.isReady || health.condition == .degraded { isSpent = false }
            lowSince = nil
            bestReady = 0
            return
        }
        guard (health.ready + lasting) * 100 < health.desired * minReadyPercent else {
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
