/// A time by the pool's clock, or a duration, in eight bytes instead of 24: the board has four of them for each cluster.
/// It is kept to the nanosecond.
@propertyWrapper public struct ShortTime: Sendable, Equatable {
    private var nanoseconds: Int64

    /// More seconds than these, nearly three centuries, are as good as these: a cluster may claim any time.
    private static let most: Int64 = 9_000_000_000

    /// Takes a time.
    public init(wrappedValue: Duration?) {
        nanoseconds = 0
        self.wrappedValue = wrappedValue
    }

    /// The time.
    public var wrappedValue: Duration? {
        get { nanoseconds == .min ? nil : .nanoseconds(nanoseconds) }
        set {
            nanoseconds =
                newValue.map { time in
                    let (seconds, attoseconds) = time.components
                    return min(max(seconds, -Self.most), Self.most) * 1_000_000_000 + attoseconds
                        / 1_000_000_000
                } ?? .min
        }
    }
}
