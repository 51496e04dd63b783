/// Spaces out the retries of a pool after failures.
///
/// Exponential backoff spares a cluster, but not a proxy that all of them share: clusters that fail together are each
/// retried six times within the first minute. Therefore each retry also takes the next free place of ``placesPerSecond``,
/// as in client-go's `workqueue.DefaultTypedControllerRateLimiter`, which combines a limit per item with one for all.
public struct RetryPace: Sendable, Equatable {
    /// Places for retries. While only a few clusters fail, the next one is free at once.
    public static let placesPerSecond = 500

    /// The first place that is free.
    private var free = Duration.zero

    /// All places are free.
    public init() {}

    /// Takes the next free place.
    ///
    /// - Parameters:
    ///   - longest: The longest delay. If all places up to two thirds of it are taken, the last of them is taken once more.
    ///   - random: A number in `0..<1`.
    /// - Returns: The time until the place, give or take up to half of it, so that retries decrease gradually after an outage.
    mutating func delay(at now: Duration, atMost longest: Duration, random: Double) -> Duration {
        let distance = min(max(free - now, .zero), longest / 1.5)
        free = now + distance + .seconds(1) / Self.placesPerSecond
        return distance * (0.5 + random)
    }
}
