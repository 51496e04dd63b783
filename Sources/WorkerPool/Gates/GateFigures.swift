/// How full a gate is.
public struct GateFigures: Sendable, Equatable {
    /// How many are inside.
    public var inside: Int
    /// How many have given their slot back and are still at work.
    public var overdue: Int
    /// How many wait.
    public var waiting: Int
    /// How many may be inside.
    public var capacity: Int

    /// Some figures.
    public init(inside: Int, overdue: Int, waiting: Int, capacity: Int) {
        self.inside = inside
        self.overdue = overdue
        self.waiting = waiting
        self.capacity = capacity
    }
}

/// How full the gates of a pool are.
public struct PoolGauges: Sendable, Equatable {
    /// Requests in flight; watches are not among them.
    public var requests: GateFigures
    /// Clusters that may be pulling.
    public var rollouts: GateFigures

    /// Some figures.
    public init(requests: GateFigures, rollouts: GateFigures) {
        self.requests = requests
        self.rollouts = rollouts
    }
}
