import Synchronization

/// Calls that are to be made at some time. It has no time of its own: whoever owns it says when to look.
public final class Timers: Sendable {
    /// A call that is to be made.
    public struct Timer: Sendable {
        fileprivate let timers: Timers
        fileprivate let number: UInt64

        /// Forgets the call. It may be under way; it does not matter when it has been made.
        public func cancel() { timers.cancel(number) }
    }

    private struct State {
        var calls: [UInt64: @Sendable () -> Void] = [:]
        var deadlines = DeadlineQueue()
        var lastNumber: UInt64 = 0

        /// Forgets deadlines of cancelled calls at the head of the queue: what is first then is a call.
        mutating func dropCancelled() {
            while let first = deadlines.first, calls[first.number] == nil { deadlines.removeFirst() }
        }
    }

    private let state = Mutex(State())

    /// Nothing to be called yet.
    public init() {}

    /// Adds a call.
    ///
    /// - Returns: The call, and whether it is the first of all now.
    func add(at deadline: Duration, _ call: @escaping @Sendable () -> Void) -> (timer: Timer, isFirst: Bool) {
        state.withLock { state in
            state.lastNumber += 1
            let number = state.lastNumber
            state.calls[number] = call
            state.deadlines.add(deadline, number)
            return (Timer(timers: self, number: number), state.deadlines.first?.number == number)
        }
    }

    /// Takes the first call that is due; to be called until there is none.
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
            // Most time-outs are cancelled long before they are due.
            if state.deadlines.count > 2 * state.calls.count + 1000 {
                let calls = state.calls
                state.deadlines.filter { calls[$0] != nil }
            }
            return call
        }
        // What it held goes here, outside of the lock.
        _ = call
    }
}
