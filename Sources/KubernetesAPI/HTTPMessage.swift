import PullerCore

/// A request to the proxy, an API server or a token service.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST` or `DELETE`.
    public var method: String
    /// Absolute URL.
    public var url: String
    /// Header fields. A name may be repeated, in the same spelling: each is a line of its own.
    public var headers: [(name: String, value: String)]
    /// Body; `nil` for none.
    public var body: [UInt8]?
    /// The maximum number of bytes in the answer's body, or of unread bytes of a stream, instead of the
    /// transport's limit.
    public var answerLimit: Int?
    /// Requests with the same number are sent by the same URLSession, as long as it has connections left: they find the
    /// connections of those before.
    public var affinity: UInt64 = 0
    /// What must not be seen of it, not even when a server repeats it.
    var confidences = Confidences()

    /// Keeps a secret that it carries out of every text that may be shown.
    public mutating func hide(_ secret: Secret) {
        confidences = confidences.adding(Confidences([secret]))
    }

    /// Where it goes, as a failure names it: scheme, host and port.
    var origin: String {
        guard let start = url.firstRange(of: "://") else { return shownURL(url) }
        let authority = url[start.upperBound...].prefix { !"/?#".contains($0) }
        return shownURL(String(url[..<start.upperBound] + authority))
    }

    /// A request.
    public init(
        _ method: String,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// The head of an answer.
public struct HTTPResponseHead: Sendable {
    /// Status code.
    public var status: Int
    /// Header fields, names in lower case.
    public var headers: [String: String]

    /// The server's clock when it answered, when it says so.
    public var date: Timestamp? { headers["date"].flatMap { Timestamp(httpDate: $0) } }

    /// How long the server asks to be left alone: seconds, or a date to compare with its own (RFC 9110
    /// section 10.2.3); `nil` when it does not say, or says something else.
    public var retryAfter: Duration? {
        guard let text = headers["retry-after"]?.trimmed else { return nil }
        // Whatever it says is capped later; this keeps numbers from overflowing, and readable.
        let most = 365 * 24 * 3600
        if !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return .seconds(min(Int(text) ?? most, most))
        }
        guard let until = Timestamp(httpDate: text), let date else { return nil }
        return min(max(until - date, .zero), .seconds(most))
    }
}

/// A whole answer.
public struct HTTPResponse: Sendable {
    /// Status and header.
    public var head: HTTPResponseHead
    /// Body.
    public var body: [UInt8]
    /// What the request carried in confidence.
    var confidences = Confidences()
    /// Where it came from.
    var url = ""
    /// Why this is a 401, when the client knows more than the answer says.
    var whyUnauthorized: String?

    /// A text of this answer as it may be shown.
    public func quoted(_ text: String) -> String { confidences.hidden(in: text) }

    /// The server's warnings as they may be shown.
    var warnings: [String] { head.warnings.map { quoted($0) } }
}
