/// How long a request may be without an answer before others may have its slot: a multiple of what half of the requests
/// take, so that a silent cluster holds up the others only briefly, and a proxy that is slow for all is not asked for more.
public struct Patience: Sendable {
    /// Requests that take longer than so many times the usual are rare where all is well.
    private static let factor = 8

    private let bounds: ClosedRange<Duration>
    /// Time after which a slot is given back.
    public private(set) var limit: Duration

    /// Patience at its upper bound: nothing is known yet.
    public init(_ bounds: ClosedRange<Duration> = .milliseconds(50) ... .seconds(2)) {
        self.bounds = bounds
        limit = bounds.upperBound
    }

    /// Takes in how long an answer took that was not overdue. The usual time goes up a little after an answer that took
    /// longer, and down a little after one that did not: so it stays where half of them are.
    public mutating func note(_ duration: Duration) {
        move(up: duration * Self.factor > limit)
    }

    /// Takes in that an answer has not come within the limit.
    public mutating func noteOverdue() { move(up: true) }

    private mutating func move(up: Bool) {
        limit = min(max(limit + limit / (up ? 16 : -16), bounds.lowerBound), bounds.upperBound)
    }
}
