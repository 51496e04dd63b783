/// Exponential backoff with full jitter: the n-th delay is a random point between zero and
/// `initial * 2^n`, and never beyond `maximum`.
///
/// Full jitter spreads callers that failed together better than any jitter added on top of the delay
/// (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
public struct Backoff: Sendable, Equatable {
    /// Upper end of the first delay.
    public var initial: Duration
    /// Upper end of every delay.
    public var maximum: Duration

    /// A backoff between two bounds.
    public init(initial: Duration, maximum: Duration) {
        self.initial = initial
        self.maximum = maximum
    }

    /// The longest that the delay after `failures` failures in a row (1 for the first) can be.
    public func ceiling(afterFailures failures: Int) -> Duration {
        var ceiling = min(initial, maximum)
        var doublings = failures - 1
        while doublings > 0, ceiling < maximum {
            ceiling = min(ceiling * 2, maximum)
            doublings -= 1
        }
        return ceiling
    }

    /// The delay after `failures` failures in a row (1 for the first).
    ///
    /// - Parameter random: A number in `0..<1`.
    public func delay(afterFailures failures: Int, random: Double) -> Duration {
        ceiling(afterFailures: failures) * random
    }
}
