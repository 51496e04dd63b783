import PullerCore
import Synchronization

/// Counts the requests to clusters, from all threads. What it keeps is bounded, whatever clusters answer.
public final class RequestMeter: Sendable {
    /// What a request is for, in Kubernetes' words.
    public enum Verb: String, Sendable, CaseIterable {
        /// Reads one object.
        case get
        /// Creates one.
        case create
        /// Deletes one.
        case delete
        /// Hears of changes.
        case watch
        /// Reads a page of a list.
        case list

        /// The method of such a request.
        var method: String {
            switch self {
            case .get, .watch, .list: "GET"
            case .create: "POST"
            case .delete: "DELETE"
            }
        }
    }

    /// Requests with the same verb and the same result.
    public struct Key: Sendable, Hashable {
        /// What they were for.
        public var verb: Verb
        /// The status of the answer, such as `200`, or the reason why there was no complete one, such as `Timeout`. A status
        /// that is not in use counts with the others of its class, such as `5xx`.
        public var code: String

        /// Requests that were answered.
        public init(_ verb: Verb, status: Int) {
            self.verb = verb
            let isInUse = Self.inUse.contains { $0.contains(status) }
            let hasClass = (100...599).contains(status)
            code = isInUse ? "\(status)" : hasClass ? "\(status / 100)xx" : "other"
        }

        /// Requests without a complete answer.
        public init(_ verb: Verb, failure: FailureReason) {
            self.verb = verb
            code = failure.rawValue
        }

        /// The registered statuses, and those of widespread proxies (499 of nginx, 520 to 530 of Cloudflare).
        private static let inUse = [
            200...208, 400...431, 500...511, 300...308, 100...103, 226...226, 451...451, 499...499, 520...530,
        ]
    }

    /// What was counted.
    public struct Figures: Sendable, Equatable {
        /// Requests that have ended.
        public var requests: [Key: Int] = [:]
        /// How long they took, by verb; watches, whose length says nothing, are not among them.
        public var durations: [Verb: Histogram] = [:]

        /// Nothing.
        public init() {}
    }

    /// The buckets of ``Figures/durations``, in seconds: those of Kubernetes' own clients.
    public static let bounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]

    private let state = Mutex(Figures())

    /// A meter that has counted nothing.
    public init() {}

    /// What was counted until now.
    public var figures: Figures { state.withLock { $0 } }

    /// Counts a request that has ended.
    func count(_ key: Key, took duration: Duration) {
        state.withLock { state in
            state.requests[key, default: 0] += 1
            guard key.verb != .watch else { return }
            state.durations[key.verb, default: Histogram(bounds: Self.bounds)].record(duration)
        }
    }
}
