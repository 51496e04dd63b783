import PullerCore
import Synchronization

/// What a worker does, readable from outside without asking its actor, which may hang.
enum WorkerPhase: Sendable, Equatable {
    /// It waits for its turn, or for nothing.
    case waiting
    /// Its next look is due then.
    case resting(until: Duration)
    /// It acts; its present step began then.
    case acting(since: Duration)

    /// How long it has not gone on, although it should have.
    func delay(at now: Duration) -> Duration {
        switch self {
        case .waiting: .zero
        case .resting(let time), .acting(let time): max(now - time, .zero)
        }
    }
}

extension WorkerPhase {
    /// In eight bytes, which each of thousands of workers has: milliseconds, and two bits for the case.
    var bits: UInt64 {
        func milliseconds(_ time: Duration) -> UInt64 { UInt64(max(time / .milliseconds(1), 0)) << 2 }
        return switch self {
        case .waiting: 0
        case .resting(let time): milliseconds(time) | 1
        case .acting(let time): milliseconds(time) | 2
        }
    }

    init(bits: UInt64) {
        let time = Duration.milliseconds(Int64(bits >> 2))
        self =
            switch bits & 3 {
            case 1: .resting(until: time)
            case 2: .acting(since: time)
            default: .waiting
            }
    }
}

/// Finds workers that do not go on.
struct StuckWatch {
    /// How often to look.
    private static let period = Duration.seconds(30)
    /// The shortest time after which a worker is stuck.
    private static let shortest = Duration.seconds(600)
    /// More requests than any step of a worker makes.
    private static let requests = 20

    /// A worker that has not gone on for longer is stuck: nothing that it does at one time may last so long.
    let limit: Duration
    private var next = Duration.zero
    private var stuck: Set<ClusterID> = []

    init(_ schedule: Schedule) {
        limit = max(
            Self.shortest,
            schedule.replacement.rolloutTimeout + schedule.requestTimeout * Self.requests
        )
    }

    /// Looks, if it is time.
    ///
    /// - Returns: Those that were not stuck the last time, and for how long they have not gone on.
    mutating func look(at workers: [ClusterID: ClusterWorker], now: Duration) -> [(ClusterID, Duration)] {
        guard now >= next else { return [] }
        next = now + Self.period
        let all = workers.compactMap { id, worker in
            let delay = worker.phase.delay(at: now)
            return delay > limit ? (id, delay) : nil
        }
        let new = all.filter { !stuck.contains($0.0) }
        stuck = Set(all.map(\.0))
        return new.sorted { $0.0 < $1.0 }
    }
}
