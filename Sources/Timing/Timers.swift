import Synchronization

/// Scheduled calls. It has no clock: its owner passes the time, and takes the calls that are due.
public final class Timers: Sendable {
    /// A scheduled call.
    public struct Timer: Sendable {
        fileprivate let timers: Timers
        fileprivate let number: UInt64

        /// Cancels the call, unless it has been made or is being made.
        public func cancel() { timers.cancel(number) }
    }

    private struct State {
        var calls: [UInt64: @Sendable () -> Void] = [:]
        var deadlines = DeadlineQueue()
        var lastNumber: UInt64 = 0

        /// Removes the deadlines of cancelled calls from the head of the queue, so that the first one is that of a
        /// call.
        mutating func dropCancelled() {
            while let first = deadlines.first, calls[first.number] == nil { deadlines.removeFirst() }
        }
    }

    private let state = Mutex(State())

    /// Creates timers without any call.
    public init() {}

    /// Schedules a call.
    ///
    /// - Returns: The scheduled call, and whether it is now due before all others.
    func add(at deadline: Duration, _ call: @escaping @Sendable () -> Void) -> (timer: Timer, isFirst: Bool) {
        state.withLock { state in
            state.lastNumber += 1
            let number = state.lastNumber
            state.calls[number] = call
            state.deadlines.add(deadline, number)
            return (Timer(timers: self, number: number), state.deadlines.first?.number == number)
        }
    }

    /// Removes and returns the first call that is due, or `nil` if there is none.
    public func takeFirst(dueAt now: Duration) -> (deadline: Duration, call: @Sendable () -> Void)? {
        state.withLock { state in
            state.dropCancelled()
            guard let first = state.deadlines.first, first.deadline <= now else { return nil }
            state.deadlines.removeFirst()
            return state.calls.removeValue(forKey: first.number).map { (first.deadline, $0) }
        }
    }

    /// When the first call is due.
    public var firstDeadline: Duration? {
        state.withLock { state in
            state.dropCancelled()
            return state.deadlines.first?.deadline
        }
    }

    private func cancel(_ number: UInt64) {
        let call = state.withLock { state in
            let call = state.calls.removeValue(forKey: number)
            // Most timeouts are cancelled long before they are due; without this, their deadlines would pile up.
            if state.deadlines.count > state.calls.count + state.calls.count / 8 + 1000 {
                let calls = state.calls
                state.deadlines.filter { calls[$0] != nil }
            }
            return call
        }
        // What the closure captured is released here, outside the lock.
        _ = call
    }
}
