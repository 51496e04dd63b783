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
}
