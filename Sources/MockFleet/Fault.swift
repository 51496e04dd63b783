/// Something that goes wrong, on request. One value for all of it; its JSON form has the same names:
///
/// ```json
/// {"kind": "status", "status": 503, "body": "html", "retryAfter": "7", "verbs": ["get"], "count": 2}
/// ```
public struct Fault: Sendable, Equatable {
    /// What goes wrong.
    public enum Kind: String, Sendable, CaseIterable {
        /// Nothing but ``Fault/delay`` and ``Fault/headers``.
        case delay
        /// An answer with ``Fault/status`` and ``Fault/body``.
        case status
        /// A policy refuses: ``Fault/status`` (400) with the words of an admission webhook, or ``Fault/content``.
        /// Creations, unless verbs are named.
        case denied
        /// A ResourceQuota refuses: 403. Creations, unless verbs are named.
        case quota
        /// The connection is reset, without an answer.
        case drop
        /// Half of the answer's body is sent, then the connection is reset.
        case cut
        /// The first line of an answer's head is sent, then the connection is closed.
        case cutHead
        /// No answer ever; the connection stays open.
        case never
        /// The answer's body arrives one byte per second (``Fault/after`` sets the pace).
        case drip
        /// An answer whose body never ends.
        case endless
        /// An answer with a body of ``Fault/bytes`` bytes (64 MiB).
        case huge
        /// 307 to ``Fault/location``.
        case redirect
        /// The answer's body is not JSON.
        case malformed
        /// The answer's body ends in the middle of the JSON, with the right length for that.
        case truncated
        /// The answer's object has another `kind`.
        case otherKind
        /// The answer's object has another `metadata.name`.
        case wrongName
        /// Watches: the stream ends in an orderly way after ``Fault/after``, at once by default.
        case closeWatch
        /// Watches: half an event is sent after ``Fault/after``, then the connection is reset.
        case cutWatch
        /// Watches: nothing is ever sent, not even the end that `timeoutSeconds` asks for.
        case silentWatch
        /// Watches: one ERROR event with code 410 and reason Expired, then the end.
        case expiredWatch
    }

    /// Which requests a fault can be for.
    public enum Verb: String, Sendable, CaseIterable {
        /// GET of one DaemonSet.
        case get
        /// POST of a DaemonSet.
        case create
        /// DELETE of a DaemonSet.
        case delete
        /// A watch.
        case watch
        /// A request to the token service; only when named.
        case token
        /// Anything else.
        case other
    }

    /// What a ``Kind/status`` answer carries.
    public enum Body: String, Sendable, CaseIterable {
        /// A Kubernetes Status.
        case status
        /// Plain text.
        case text
        /// A page as a router makes it.
        case html
        /// Nothing.
        case empty
        /// RFC 6749's `{"error", "error_description"}`.
        case oauth
        /// Another JSON object: `{"message"}`.
        case json
    }

    /// What goes wrong.
    public var kind: Kind
    /// For which requests; empty for all of the proxy's.
    public var verbs: Set<Verb> = []
    /// For how many requests; `nil` until it is cleared.
    public var count: Int?
    /// Requests that still pass before it begins.
    public var skip = 0
    /// The request is held back this long before anything else (`delayMs`).
    public var delay: Duration = .zero
    /// The status code of a ``Kind/status`` or ``Kind/denied`` answer.
    public var status: Int
    /// Its body.
    public var body = Body.status
    /// Replaces the text of the body.
    public var content: String?
    /// A `Retry-After` header.
    public var retryAfter: String?
    /// More headers, such as `Warning`.
    public var headers: [String: String] = [:]
    /// Whether ``Kind/status``, ``Kind/drop`` and ``Kind/never`` do what was asked before they go wrong.
    public var takesEffect = false
    /// Where ``Kind/redirect`` leads.
    public var location = "http://127.0.0.1:9/elsewhere"
    /// Length of a ``Kind/huge`` body.
    public var bytes = 64 * 1024 * 1024
    /// When ``Kind/closeWatch`` and ``Kind/cutWatch`` happen, and the pace of ``Kind/drip`` (`afterMs`).
    public var after: Duration?

    /// A fault of this kind for all requests, until it is cleared.
    public init(_ kind: Kind) {
        self.kind = kind
        status =
            switch kind {
            case .denied: 400
            case .quota: 403
            default: 500
            }
    }

    /// Whether it is meant for requests of this verb.
    func concerns(_ verb: Verb) -> Bool {
        switch kind {
        case .closeWatch, .cutWatch, .silentWatch, .expiredWatch:
            verb == .watch && (verbs.isEmpty || verbs.contains(verb))
        case .denied, .quota:
            verbs.isEmpty ? verb == .create : verbs.contains(verb)
        default:
            verbs.isEmpty ? verb != .token : verbs.contains(verb)
        }
    }
}

/// The faults that are set, by user and for all.
struct FaultBook: Sendable {
    private var common: [Fault] = []
    private var byUser: [String: [Fault]] = [:]

    mutating func add(_ fault: Fault, user: String?) {
        if let user { byUser[user, default: []].append(fault) } else { common.append(fault) }
    }

    /// Clears one user's faults, or (without a user) all of them.
    mutating func clear(user: String?) {
        if let user {
            byUser[user] = nil
        } else {
            common = []
            byUser = [:]
        }
    }

    /// The first fault for this request, a user's own before a common one. Counts it.
    mutating func take(user: String?, verb: Fault.Verb) -> Fault? {
        if let user, byUser[user] != nil, let fault = Self.take(from: &byUser[user, default: []], verb: verb)
        {
            return fault
        }
        return common.isEmpty ? nil : Self.take(from: &common, verb: verb)
    }

    private static func take(from faults: inout [Fault], verb: Fault.Verb) -> Fault? {
        for index in faults.indices where faults[index].concerns(verb) {
            guard faults[index].skip == 0 else {
                faults[index].skip -= 1
                continue
            }
            let fault = faults[index]
            if let count = fault.count {
                faults[index].count = count - 1
                if count <= 1 { faults.remove(at: index) }
            }
            return fault
        }
        return nil
    }
}
