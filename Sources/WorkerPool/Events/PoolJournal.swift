import PullerCore
import Synchronization
import Timing

/// The ``Journal`` of a pool: it hears what happens from all threads, and logs what is to be said when it is time.
public final class PoolJournal: Sendable {
    private struct State {
        var journal = Journal()
        var alarm: (timer: Timers.Timer, time: Duration)?
    }

    private let clock: MonotonicClock
    private let log: @Sendable (PoolEvent) -> Void
    private let state = Mutex(State())

    /// A journal with nothing in it.
    ///
    /// - Parameters:
    ///   - clock: The pool's.
    ///   - log: Called with one event at a time, in their order; it must not come back to the journal.
    public init(clock: MonotonicClock, log: @escaping @Sendable (PoolEvent) -> Void) {
        self.clock = clock
        self.log = log
    }

    /// Takes in something that happened.
    public func report(_ event: PoolEvent) {
        act { $0.take(event, at: $1) }
    }

    /// The faults that several clusters share at present, in the order in which they began, with the latest text and
    /// the number of clusters that have them now; without names.
    public func ongoingFaults() -> [PoolEvent.SharedFault] {
        state.withLock { $0.journal.ongoingFaults(at: clock.now()) }
    }

    /// Takes in how many clusters there are.
    func setClusters(_ count: Int) {
        state.withLock { $0.journal.clusters = count }
    }

    /// Logs the state of the pool, if there is something to say.
    ///
    /// - Returns: Whether there was.
    func sumUp() -> Bool {
        act { $0.sumUp(at: $1) } > 0
    }

    /// Logs what is held back, and holds nothing back any more.
    func flush() {
        act { $0.flush(at: $1) }
    }

    /// - Returns: How many events were logged.
    @discardableResult
    private func act(_ body: (inout Journal, Duration) -> [PoolEvent]) -> Int {
        state.withLock { state in
            let now = clock.now()
            let events = body(&state.journal, now)
            // Within the lock, so that an end is not logged before its beginning.
            for event in events { log(event) }
            setAlarm(&state, now)
            return events.count
        }
    }

    private func setAlarm(_ state: inout State, _ now: Duration) {
        guard let time = state.journal.nextWake else { return }
        if let alarm = state.alarm {
            // One that comes too early sets the next one.
            guard time < alarm.time else { return }
            alarm.timer.cancel()
        }
        state.alarm = (clock.schedule(after: time - now) { self.ring() }, time)
    }

    private func ring() {
        state.withLock { $0.alarm = nil }
        act { $0.wake(at: $1) }
    }
}
