import Synchronization

/// Since when a cluster has refused tokens. A class, since a client is copied.
final class TokenRefusals: Sendable {
    private let first = Mutex<Duration?>(nil)

    /// Takes in a refusal.
    ///
    /// - Returns: The time of the first refusal since a token was accepted.
    func note(at now: Duration) -> Duration {
        first.withLock { first in
            let since = first ?? now
            first = since
            return since
        }
    }

    /// Takes in that a token was accepted.
    func clear() { first.withLock { $0 = nil } }
}
