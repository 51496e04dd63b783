import Synchronization

/// An event that happens once, and that one task can wait for.
public final class WakeUp: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Void, Never>)
        case over
    }

    private let state = Mutex(State.open)

    /// Creates a wake-up that has not happened yet.
    public init() {}

    /// Waits until ``end()`` has been called.
    public func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if case .over = state { return true }
                state = .awaited(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Resumes the task that waits, now or later. Further calls have no effect.
    public func end() {
        let before = state.withLock { state in
            defer { state = .over }
            return state
        }
        if case .awaited(let continuation) = before { continuation.resume() }
    }
}
