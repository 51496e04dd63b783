/// How many of some durations fell into which range, as Prometheus counts them.
public struct Histogram: Sendable, Equatable {
    /// The upper bounds of the buckets in seconds, rising; the last bucket, without a bound, is not among them.
    public let bounds: [Double]
    /// Durations in each bucket, and in the last one without a bound; not cumulative.
    public private(set) var counts: [Int]
    /// The sum of all durations in seconds.
    public private(set) var sum = 0.0

    /// A histogram of nothing.
    ///
    /// - Parameter bounds: In seconds, rising.
    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// All durations.
    public var count: Int { counts.reduce(0, +) }

    /// Counts a duration.
    public mutating func record(_ duration: Duration) {
        let seconds = max(duration / .seconds(1), 0)
        counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
        sum += seconds
    }
}
