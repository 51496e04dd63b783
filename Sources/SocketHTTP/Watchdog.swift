/// Which time limit a connection is under, and when it runs out. A pure value: the time is given to it.
struct Watchdog: Equatable {
    enum Phase: Equatable {
        case idle
        case head
        case body
        case answering
        case writing
        case lingering
    }

    private(set) var phase = Phase.idle
    private(set) var deadline: UInt64

    /// `now` in nanoseconds, as everywhere here.
    init(now: UInt64, limits: HTTPLimits) {
        deadline = now + limits.idleTimeout.nanoseconds
    }

    /// A phase that goes on keeps its deadline, however many bytes drip in.
    mutating func enter(_ phase: Phase, now: UInt64, limits: HTTPLimits) {
        guard phase != self.phase else { return }
        self.phase = phase
        restart(now: now, limits: limits)
    }

    /// The client has taken or sent something that counts: its time begins anew.
    mutating func restart(now: UInt64, limits: HTTPLimits) {
        let limit: Duration? =
            switch phase {
            case .idle: limits.idleTimeout
            case .head: limits.headerTimeout
            case .body: limits.bodyTimeout
            case .answering: nil
            case .writing: limits.writeTimeout
            case .lingering: limits.lingerTimeout
            }
        deadline = limit.map { now + $0.nanoseconds } ?? .max
    }

    func isExpired(now: UInt64) -> Bool { now >= deadline }
}

extension HTTPLimits {
    /// How often the deadlines are looked at: late by a quarter of the shortest limit at most.
    var sweepInterval: UInt64 {
        let shortest = min(idleTimeout, headerTimeout, bodyTimeout, writeTimeout, lingerTimeout)
        return min(max(shortest.nanoseconds / 4, 5_000_000), 1_000_000_000)
    }
}

extension Duration {
    /// Whole nanoseconds; 0 for a negative duration.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
