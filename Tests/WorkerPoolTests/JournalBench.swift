@testable import PullerCore
@testable import WorkerPool

/// A journal on a clock that goes by when the test says so, with all that it logged.
struct JournalBench {
    private(set) var journal = Journal()
    private(set) var now = Duration.zero
    private(set) var lines: [PoolEvent] = []
    private var failures: [String: Int] = [:]

    /// - Parameter clusters: How many the pool has.
    init(clusters: Int) {
        journal.clusters = clusters
        // As at the start of a pool.
        _ = journal.sumUp(at: .zero)
    }

    /// What is logged at the usual level, since the last time that ``clear()`` was called.
    var shown: [PoolEvent] { lines.filter { $0.level > .debug } }

    /// The shared faults' events.
    var faults: [PoolEvent.SharedFault] {
        lines.compactMap { if case .fault(let fault) = $0.what { fault } else { nil } }
    }

    /// The lines that clusters have of their own because they fail.
    var ownFailures: [PoolEvent] { shown.filter { $0.kind == .failed } }

    mutating func clear() { lines = [] }

    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let next = journal.nextWake, next <= end {
            now = max(next, now)
            lines += journal.wake(at: now)
        }
        now = end
    }

    mutating func sumUp() { lines += journal.sumUp(at: now) }

    mutating func flush() { lines += journal.flush(at: now) }

    mutating func take(_ what: PoolEvent.What, _ user: String) {
        lines += journal.take(PoolEvent(what, .user(user)), at: now)
    }

    mutating func fail(_ user: String, _ reason: FailureReason = .unreachable, _ text: String = "no route") {
        failures[user, default: 0] += 1
        round(.failed(Failure(reason, text)), user)
    }

    mutating func succeed(_ user: String) {
        failures[user] = 0
        round(.ready(Standing(slot: .primary, health: Health(.ready, ready: 3, desired: 3))), user)
    }

    mutating func beUnready(_ user: String) {
        failures[user] = 0
        round(.unready(Standing(slot: .primary, health: Health(.degraded, ready: 1, desired: 3))), user)
    }

    private mutating func round(_ outcome: RoundOutcome, _ user: String) {
        take(
            .round(
                PoolEvent.RoundReport(
                    outcome: outcome,
                    baseName: "cache",
                    duration: .zero,
                    nextCheck: .zero,
                    failures: failures[user, default: 0]
                )
            ),
            user
        )
    }

    /// The users of a fleet, from 1.
    static func users(_ range: ClosedRange<Int>) -> [String] { range.map { "user-\($0)" } }
}
