/// Bounds what the watches between rounds may cost, whatever a cluster answers: when news is worth a round, and when the
/// next watch may begin.
public struct Vigilance: Blank, Equatable, Sendable {
    /// How a watch ended.
    public enum End: Sendable, Equatable {
        /// It lasted about as long as it was to.
        case lasted
        /// The server ended it early, did not know any more where it was to begin, or told more than is worth hearing.
        case short
        /// The account may not watch.
        case forbidden
    }

    /// The rounds that one kind of news has caused. They come at growing distance, and at least as far apart as two rounds
    /// usually are in the end; after such a time without one, the first comes soon again.
    private struct Pace: Sendable, Equatable {
        private var rounds = 0
        private var last: Duration?

        func next(at now: Duration, least: Duration, interval: Duration) -> Duration {
            guard let last, now - last <= interval else { return now + least }
            let distance = Backoff(initial: least, maximum: interval).ceiling(afterFailures: rounds + 1)
            return max(now + least, last + distance)
        }

        mutating func note(_ time: Duration, at now: Duration, interval: Duration) {
            if let last, now - last > interval { rounds = 0 }
            rounds += 1
            last = time
        }
    }

    /// Cuts off what comes together, such as the edits of one command.
    static let distanceOfChanges = Duration.seconds(1)
    /// Nodes come and go, and their pods need a moment.
    static let distanceOfFigures = Duration.seconds(30)
    /// How long a refusal to watch counts.
    static let patienceWithoutWatch = Duration.seconds(24 * 3600)
    /// A cluster that is looked at again within this time needs no watch.
    static let shortestRest = Duration.seconds(30)

    private var changes = Pace()
    private var figures = Pace()
    /// Watches in a row that did not last.
    public private(set) var shortWatches = 0
    private var forbiddenUntil: Duration?

    /// Nothing has happened yet.
    public init() {}

    /// Whether a watch is worth it for a rest of this length.
    public func mayWatch(for rest: Duration, at now: Duration) -> Bool {
        rest > Self.shortestRest && !isForbidden(at: now)
    }

    /// Whether the cluster has refused a watch not long ago.
    public func isForbidden(at now: Duration) -> Bool { forbiddenUntil.map { now < $0 } ?? false }

    /// Takes in news.
    ///
    /// - Parameter due: When the next round begins anyway.
    /// - Returns: When it is to begin instead; `nil` for as planned.
    public mutating func answer(
        _ news: StandingWatch.News,
        at now: Duration,
        due: Duration,
        interval: Duration
    ) -> Duration? {
        func take(_ pace: inout Pace, _ least: Duration) -> Duration? {
            let time = pace.next(at: now, least: least, interval: interval)
            guard time < due else { return nil }
            pace.note(time, at: now, interval: interval)
            return time
        }
        return switch news {
        case .nothing, .tooMany: nil
        case .figures: take(&figures, Self.distanceOfFigures)
        case .change: take(&changes, Self.distanceOfChanges)
        }
    }

    /// Takes in how a watch ended.
    public mutating func note(_ end: End, at now: Duration) {
        switch end {
        case .lasted: shortWatches = 0
        case .short: shortWatches += 1
        case .forbidden: forbiddenUntil = now + Self.patienceWithoutWatch
        }
    }

    /// The pause before the next watch: none, unless watches do not last.
    ///
    /// - Parameter random: A number in `0..<1`.
    public func pause(interval: Duration, random: Double) -> Duration {
        guard shortWatches > 0 else { return .zero }
        return Backoff(initial: .seconds(1), maximum: interval)
            .delay(afterFailures: shortWatches, random: random)
    }
}
