import PullerCore

/// What the console answers from.
public struct ConsoleFacts: Sendable {
    /// Who gets in.
    public enum Access: Sendable {
        /// Every program of this machine that uses one of the machine's names for itself.
        case loopback
        /// Every client that has the token.
        case token(ConsoleToken)
        /// No client: the file with the token cannot be used.
        case closed
    }

    /// Who gets in now.
    public var access: @Sendable () -> Access
    /// The status page.
    public var page: ConsolePage
    /// The pool.
    public var status: PoolStatus

    /// All of it.
    public init(access: @escaping @Sendable () -> Access, page: ConsolePage, status: PoolStatus) {
        self.access = access
        self.page = page
        self.status = status
    }
}
