import PullerCore

/// Something that an operator may want to know.
public struct PoolEvent: Sendable, Equatable {
    /// What happened.
    public var kind: Kind
    /// How much it matters.
    public var level: LogLevel
    /// The impersonated user; `nil` for the whole puller, and in single-cluster mode.
    public var user: String?
    /// A stable name of the cause: a ``PullerCore/FailureReason``, a ``PullerCore/Health/Condition`` or a
    /// ``PullerCore/ReplaceReason``.
    public var reason: String?
    /// For a human, on one line.
    public var message: String
    /// Figures of the DaemonSet.
    public var health: Health?
    /// How long it took.
    public var duration: Duration?
    /// When this cluster is looked at again.
    public var nextCheck: Duration?

    /// What happened. The names are stable.
    public enum Kind: String, Sendable, CaseIterable {
        /// The puller has begun.
        case started
        /// The right DaemonSet was already there.
        case adopted
        /// A DaemonSet was created.
        case created
        /// A DaemonSet was deleted and created again.
        case replaced
        /// More or fewer nodes are ready than a moment ago.
        case progress
        /// All nodes of a cluster are ready.
        case ready
        /// Not all nodes of a cluster are ready.
        case unready
        /// A round failed.
        case failed
        /// A DaemonSet of ours was deleted for good.
        case deleted
        /// A user's worker has ended.
        case removed
        /// The server warned.
        case warning
        /// The users' file changed something, or cannot be used.
        case users
        /// How the whole pool stands.
        case summary
        /// The puller was told to end.
        case stopping
        /// The puller has ended.
        case stopped
    }

    /// An event.
    public init(
        _ kind: Kind,
        level: LogLevel = .info,
        user: String? = nil,
        reason: String? = nil,
        _ message: String,
        health: Health? = nil,
        duration: Duration? = nil,
        nextCheck: Duration? = nil
    ) {
        self.kind = kind
        self.level = level
        self.user = user
        self.reason = reason
        self.message = displayText(message, limit: 600)
        self.health = health
        self.duration = duration
        self.nextCheck = nextCheck
    }
}
