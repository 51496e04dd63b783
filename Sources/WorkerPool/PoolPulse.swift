import PullerCore
import Synchronization
import Timing

/// Whether the pool as a whole acts: its timers fire, and its supervisor does what it is told. A restart helps when one of
/// the two does not, however that came about.
///
/// Only ``MonotonicClock/now`` says how long ago they last did, which works even when no timer fires any more.
public final class PoolPulse: Sendable {
    /// What has to act.
    public enum Part: String, Sendable, CaseIterable {
        /// The clock makes the calls that are due.
        case timers
        /// The supervisor has workers act, and follows the files.
        case supervisor
    }

    private struct State {
        var last: [Part: Duration]
        var timer: Timers.Timer?
        var isOver = false
    }

    /// The time between two beats.
    public static let period = Duration.seconds(5)
    /// A part that has not acted for this long does not act any more.
    public static let patience = Duration.seconds(60)

    private let clock: MonotonicClock
    private let state: Mutex<State>

    /// A pulse whose first beat is due: a supervisor that never starts does not act either.
    public init(clock: MonotonicClock) {
        self.clock = clock
        let now = clock.now()
        state = Mutex(State(last: [.timers: now, .supervisor: now]))
    }

    /// How long ago a part last acted; `nil` once the end has come, when nothing has to act any more.
    public func age(of part: Part) -> Duration? {
        let last = state.withLock { $0.isOver ? nil : $0.last[part] }
        return last.map { clock.now() - $0 }
    }

    /// Begins to beat.
    ///
    /// - Parameter tellSupervisor: Called at each beat, on the thread of all timers; the supervisor then calls
    ///   ``note(_:)``.
    func start(_ tellSupervisor: @escaping @Sendable () -> Void) {
        let timer = clock.schedule(after: Self.period) {
            self.note(.timers)
            tellSupervisor()
            self.start(tellSupervisor)
        }
        let isOver = state.withLock { state in
            if !state.isOver { state.timer = timer }
            return state.isOver
        }
        if isOver { timer.cancel() }
    }

    /// Takes in that a part acts.
    func note(_ part: Part) {
        let now = clock.now()
        state.withLock { $0.last[part] = now }
    }

    /// Stops beating.
    func stop() {
        let timer = state.withLock { state in
            state.isOver = true
            return state.timer
        }
        timer?.cancel()
    }
}
