/// How often a worker looks at its cluster: the one place where outcomes become delays.
public struct WorkerCadence: Sendable, Equatable {
    /// Failures in a row.
    public private(set) var failures = 0
    /// Rounds in a row that ended unready without progress.
    private var stalls = 0
    /// Rounds in a row in which this program's work had been undone.
    public private(set) var contests = 0
    /// Rounds in a row that failed or, if the last one did not, in which this program's work had been undone; 0 after any
    /// other round.
    public var failuresInRow: Int { failures > 0 ? failures : contests }
    /// Whether the last round ended unready.
    public var isUnready: Bool { stalls > 0 }
    /// The most nodes that were ready since the DaemonSet was last ready on all of them: only more than these is progress.
    private var mostReady: Int?

    /// The shortest time between two checks of a DaemonSet that makes progress.
    static let soonestLook = Duration.seconds(5)

    /// A worker that has done nothing yet.
    public init() {}

    /// Takes in an outcome, and tells how long to wait before the next round.
    ///
    /// | outcome | delay |
    /// | --- | --- |
    /// | ready | until the cluster's phase comes next, a twentieth of the interval at least; without a phase the interval, a twentieth more or less |
    /// | unready | doubling from the initial backoff up to the interval; from the start again after progress |
    /// | contested | the interval, doubling each time in a row |
    /// | failed | exponential backoff with full jitter, longer where many clusters fail (``RetryPace``); at its cap from the start where waiting does not help; a day or more where only an upgrade of the cluster helps |
    ///
    /// - Parameters:
    ///   - now: The time on the clock of the pool, from whose zero intervals are counted.
    ///   - phase: ``ClusterID/phase``.
    ///   - pace: The pace of the whole pool's retries.
    ///   - random: A number in `0..<1`.
    public mutating func record(
        _ outcome: RoundOutcome,
        schedule: Schedule,
        at now: Duration,
        phase: Double?,
        pace: inout RetryPace,
        random: Double
    ) -> Duration {
        let regular = Self.untilRegularLook(at: now, schedule, phase: phase, random: random)
        switch outcome {
        case .ready:
            failures = 0
            stalls = 0
            contests = 0
            mostReady = nil
            return regular

        case .unready(let standing):
            let health = standing.health
            failures = 0
            contests = 0
            stalls = health.ready > mostReady ?? -1 ? 1 : stalls + 1
            mostReady = max(health.ready, mostReady ?? 0)
            let patience = Backoff(initial: schedule.backoff.initial, maximum: schedule.interval)
            let isPatient = patience.ceiling(afterFailures: stalls) >= schedule.interval
            guard !isPatient else { return regular }
            // Progress must not cause constant checks, because a cluster can invent it.
            let soonest = min(Self.soonestLook, schedule.interval)
            return max(patience.delay(afterFailures: stalls, random: random), stalls > 1 ? .zero : soonest)

        case .contested:
            failures = 0
            stalls = 0
            contests += 1
            mostReady = nil
            let longest = max(schedule.interval, .seconds(24 * 3600))
            return Backoff(initial: schedule.interval, maximum: longest).ceiling(afterFailures: contests)

        case .failed(let failure):
            failures += 1
            return delay(after: failure, schedule.backoff, at: now, &pace, random: random)
        }
    }

    /// The share of an interval that lies between two checks at least.
    private static let leastShare = 0.05

    /// The time until the cluster's phase, a twentieth to twenty-one twentieths of an interval.
    ///
    /// Whatever has many clusters checked at once, a start, an outage that is over or another configuration, would have
    /// them checked at once in each interval from then on, if the interval began at the last check.
    private static func untilRegularLook(
        at now: Duration,
        _ schedule: Schedule,
        phase: Double?,
        random: Double
    ) -> Duration {
        guard let phase else { return schedule.interval * (0.95 + 0.1 * random) }
        let intervals = now / schedule.interval
        var share = phase - (intervals - intervals.rounded(.down))
        while share < leastShare { share += 1 }
        return schedule.interval * share
    }

    /// The cap, up to a tenth shorter, so that clusters that wait that long are not all retried at once.
    private static func aboutMaximum(_ backoff: Backoff, random: Double) -> Duration {
        backoff.maximum * (0.9 + 0.1 * random)
    }

    private func delay(
        after failure: Failure,
        _ backoff: Backoff,
        at now: Duration,
        _ pace: inout RetryPace,
        random: Double
    ) -> Duration {
        switch (failure.reason, failure.retryAfter) {
        // Only an upgrade of the cluster helps.
        case (.unsupported, let retryAfter?): return retryAfter * (1 + 0.1 * random)
        // Only a change of the configuration or of the policy helps, and that takes minutes. Each attempt until then runs
        // the cluster's admission webhooks and adds a line to its audit log.
        case (.invalid, nil), (.denied, nil): return Self.aboutMaximum(backoff, random: random)
        // A quota has room as soon as something else is deleted, and some rejections (408, 421) are transient.
        default: break
        }
        let own = backoff.delay(afterFailures: failures, random: random)
        let paced = pace.delay(at: now, atMost: backoff.maximum, random: random)
        guard let retryAfter = failure.retryAfter else { return max(own, paced) }
        // Not before the time that the server asks for, nor before the usual delay, and not all clusters at once. The cap
        // also limits what a server may ask for.
        let asked = min(retryAfter, backoff.maximum)
        return min(
            max(asked + max(asked * (0.2 * random), paced), own),
            Self.aboutMaximum(backoff, random: random)
        )
    }
}
