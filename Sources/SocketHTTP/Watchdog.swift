/// Which time limit applies to a connection, and when it expires. A pure value: the caller passes the time.
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
    /// When the answer has to be sent; progress does not move it.
    private(set) var answerDeadline = UInt64.max

    /// Creates a watchdog for an idle connection. Here as everywhere in this file, `now` is in nanoseconds.
    init(now: UInt64, limits: HTTPLimits) {
        deadline = now + limits.idleTimeout.nanoseconds
    }

    /// Enters a phase. If it is already the current one, its deadline stays, however many bytes have arrived.
    mutating func enter(_ phase: Phase, now: UInt64, limits: HTTPLimits) {
        guard phase != self.phase else { return }
        self.phase = phase
        restart(now: now, limits: limits)
    }

    /// Starts the time limit of the current phase again.
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

    /// Starts the time limit of an answer.
    mutating func beginAnswer(now: UInt64, limits: HTTPLimits) {
        answerDeadline = limits.answerTimeout.map { now + $0.nanoseconds } ?? .max
    }

    /// The answer is sent.
    mutating func endAnswer() {
        answerDeadline = .max
    }

    func isExpired(now: UInt64) -> Bool { now >= min(deadline, answerDeadline) }
}

extension HTTPLimits {
    /// How often the deadlines are checked: a quarter of the shortest limit, but at least 5 ms and at most 1 s.
    var sweepInterval: UInt64 {
        let shortest = min(
            idleTimeout,
            headerTimeout,
            bodyTimeout,
            writeTimeout,
            lingerTimeout,
            answerTimeout ?? idleTimeout
        )
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
