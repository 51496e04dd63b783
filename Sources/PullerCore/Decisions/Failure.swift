/// Why a round did not come to its end. The names are stable: alerts and scripts may rely on them.
public enum FailureReason: String, Sendable, CaseIterable {
    /// 401, also with a fresh token: unknown user, wrong account, missing namespace behind a proxy.
    case unauthorized = "Unauthorized"
    /// 403: a permission is missing.
    case forbidden = "Forbidden"
    /// A 404 that is not the cluster's answer about this DaemonSet.
    case proxyNotFound = "ProxyNotFound"
    /// The namespace does not exist.
    case namespaceMissing = "NamespaceMissing"
    /// Somebody else has the DaemonSet, or keeps changing it.
    case conflict = "Conflict"
    /// 422: the server does not accept the DaemonSet.
    case invalid = "Invalid"
    /// 429 or 503 with `Retry-After`: the server asked to come back later.
    case throttled = "Throttled"
    /// 429 or 5xx without `Retry-After`.
    case serverError = "ServerError"
    /// No connection, or it broke.
    case unreachable = "Unreachable"
    /// The server's certificate is not trusted.
    case untrusted = "Untrusted"
    /// No complete answer in time.
    case timeout = "Timeout"
    /// The answer was larger than any right one.
    case responseTooLarge = "ResponseTooLarge"
    /// The answer is not what was asked for.
    case malformedResponse = "MalformedResponse"
    /// The server sent the puller elsewhere; a token does not travel.
    case redirect = "Redirect"
    /// The DaemonSet is being deleted and does not go.
    case terminating = "Terminating"
    /// Somebody deleted the DaemonSet while it rolled out.
    case recreated = "Recreated"
    /// There is no token to ask with.
    case tokenUnavailable = "TokenUnavailable"
    /// The puller is ending.
    case cancelled = "Cancelled"

    /// Whether a request that was sent and failed this way may have taken effect, or may still do so, because
    /// there was no answer.
    public var leavesOpen: Bool {
        switch self {
        case .serverError, .unreachable, .timeout, .responseTooLarge, .malformedResponse, .cancelled: true
        default: false
        }
    }
}

/// Why a round did not come to its end, with what an operator needs to know.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The stable name.
    public var reason: FailureReason
    /// What happened, on one line, without secrets.
    public var message: String
    /// How long the server wants to be left alone.
    public var retryAfter: Duration?
    /// Whether the request may have taken effect, or may still do so. Only a request that was sent can be
    /// open.
    public var leavesOpen: Bool

    /// A failure; the message is made printable.
    ///
    /// - Parameter leavesOpen: `nil` to use what the reason implies for a request that was sent.
    public init(
        _ reason: FailureReason,
        _ message: String,
        retryAfter: Duration? = nil,
        leavesOpen: Bool? = nil
    ) {
        self.reason = reason
        self.leavesOpen = leavesOpen ?? reason.leavesOpen
        self.message = displayText(message, limit: 400)
        self.retryAfter = retryAfter
    }

    /// The puller is shutting down, so nothing was sent.
    public static var ending: Failure { Failure(.cancelled, "the puller is ending", leavesOpen: false) }

    /// The puller is shutting down, and a request that was sent is abandoned.
    public static var givenUp: Failure { Failure(.cancelled, "the puller is ending", leavesOpen: true) }

    /// The same failure, but of a step before the request: the request itself was not sent.
    public var beforeSending: Failure {
        var failure = self
        failure.leavesOpen = false
        return failure
    }

    /// Reason and message.
    public var description: String { "\(reason.rawValue): \(message)" }
}
