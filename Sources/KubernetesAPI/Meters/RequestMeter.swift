import PullerCore
import Synchronization

/// Counts the requests to clusters and to the token service, from all threads.
public final class RequestMeter: Sendable {
    /// Requests with the same verb and the same result.
    public struct Key: Sendable, Hashable {
        /// `get`, `create`, `delete`, `watch`, `list` or `token`.
        public var verb: String
        /// The answer's status, such as `200`, or the reason of the failure without one, such as `Timeout`.
        public var code: String
    }

    /// What was counted.
    public struct Figures: Sendable, Equatable {
        /// Requests that have ended.
        public var requests: [Key: Int] = [:]
        /// How long they took, by verb; watches are not among them.
        public var durations: [String: Histogram] = [:]
    }

    private let state = Mutex(Figures())

    /// A meter that has counted nothing.
    public init() {}

    /// What was counted until now.
    public var figures: Figures { state.withLock { $0 } }
}
