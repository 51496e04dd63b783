/// Why a round did not come to its end. The names are stable: alerts and scripts may rely on them.
public enum FailureReason: String, Sendable, CaseIterable {
    /// 401, also with a fresh token: unknown user, wrong account, missing namespace behind a proxy, a token that is not
    /// accepted.
    case unauthorized = "Unauthorized"
    /// 403: a permission is missing.
    case forbidden = "Forbidden"
    /// A policy of the cluster refused the request, whatever the status: an admission webhook (Gatekeeper, Kyverno), a
    /// ValidatingAdmissionPolicy, Pod Security, a security context constraint, a LimitRange.
    case denied = "Denied"
    /// 403: a ResourceQuota leaves no room, or wants the DaemonSet to specify more.
    case quota = "Quota"
    /// A 404 that is not the cluster's answer about this DaemonSet.
    case proxyNotFound = "ProxyNotFound"
    /// The namespace does not exist.
    case namespaceMissing = "NamespaceMissing"
    /// The DaemonSet belongs to something else, or something keeps changing it.
    case conflict = "Conflict"
    /// 422: the server finds the DaemonSet invalid.
    case invalid = "Invalid"
    /// Any other 4xx: the server, or something before it, refused the request.
    case rejected = "Rejected"
    /// 429 or 503 with `Retry-After`: the server asks the client to retry later.
    case throttled = "Throttled"
    /// 429 or 5xx without `Retry-After`.
    case serverError = "ServerError"
    /// No connection, or it broke.
    case unreachable = "Unreachable"
    /// The server's certificate is not trusted.
    case untrusted = "Untrusted"
    /// No complete answer in time.
    case timeout = "Timeout"
    /// The answer was larger than any valid one.
    case responseTooLarge = "ResponseTooLarge"
    /// A success (2xx) whose body is not what was asked for, such as a login page.
    case malformedResponse = "MalformedResponse"
    /// A redirect, which is not followed, so that the token is not sent to another host.
    case redirect = "Redirect"
    /// The DaemonSet is being deleted, but still exists.
    case terminating = "Terminating"
    /// The server does not have what the configuration needs: it dropped the image volumes.
    case unsupported = "Unsupported"
    /// Something deleted the DaemonSet while it rolled out.
    case recreated = "Recreated"
    /// There is no token to send requests with: none could be fetched, or the server refused the last one and no other
    /// can be fetched.
    case tokenUnavailable = "TokenUnavailable"
    /// The puller is ending.
    case cancelled = "Cancelled"

    /// Whether a request that was sent and failed this way may have taken effect, or may still do so. A request that the
    /// server refused has not.
    public var leavesOpen: Bool {
        switch self {
        case .serverError, .unreachable, .timeout, .responseTooLarge, .malformedResponse, .cancelled: true
        default: false
        }
    }
}

/// Why a round did not come to its end, with what an operator needs to know.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Characters of a message that are shown.
    public static let longestMessage = 400

    /// The stable name.
    public var reason: FailureReason
    /// What happened, on one line, without secrets.
    public var message: String
    /// How long the server asks the client to wait.
    public var retryAfter: Duration?
    /// Whether the request may have taken effect, or may still do so. Only a request that was sent can be
    /// open.
    public var leavesOpen: Bool

    /// A failure; the message is made printable: one line, in which each run of white space is one space.
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
        self.message = displayText(oneLine(message), limit: Self.longestMessage)
        self.retryAfter = retryAfter
    }

    /// The puller is shutting down, so nothing was sent.
    public static var ending: Failure { Failure(.cancelled, "the puller is ending", leavesOpen: false) }

    /// The puller is shutting down, and a request that was sent is abandoned.
    public static var givenUp: Failure { Failure(.cancelled, "the puller is ending", leavesOpen: true) }

    /// The server dropped the image volumes of a DaemonSet that was created.
    ///
    /// - Parameter retryAfter: The time until they are tried again.
    static func noImageVolumes(retryAfter: Duration? = nil) -> Failure {
        Failure(
            .unsupported,
            "the API server drops image volumes, without which a DaemonSet protects nothing: the new one was deleted again. "
                + "Kubernetes has them from 1.35 on; set CACHE_MODE_FALLBACK=containers for clusters without them",
            retryAfter: retryAfter
        )
    }

    /// The same failure, but of a step before the request: the request itself was not sent.
    public var beforeSending: Failure {
        var failure = self
        failure.leavesOpen = false
        return failure
    }

    /// Reason and message.
    public var description: String { "\(reason.rawValue): \(message)" }
}
