import Synchronization

/// What a client has to know of earlier requests. A class, since a client is copied.
final class ClientMemory: Sendable {
    private struct State {
        /// When the cluster first refused a token, since it last accepted one.
        var firstRefusal: Duration?
        /// Whether there were warnings; the one that hears them says each of them once.
        var hasWarned = false
    }

    private let state = Mutex(State())

    /// Whether a client without it would do the same.
    var isEmpty: Bool { state.withLock { $0.firstRefusal == nil && !$0.hasWarned } }

    /// Takes in that a token was refused.
    ///
    /// - Returns: The time of the first refusal since a token was accepted.
    func noteRefusal(at now: Duration) -> Duration {
        state.withLock { state in
            let since = state.firstRefusal ?? now
            state.firstRefusal = since
            return since
        }
    }

    /// Takes in that a token was accepted.
    func clearRefusals() { state.withLock { $0.firstRefusal = nil } }

    /// Takes in that the server has warned.
    func noteWarnings() { state.withLock { $0.hasWarned = true } }
}
