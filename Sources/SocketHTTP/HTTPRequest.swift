/// One complete request.
public struct HTTPRequest: Sendable, Equatable {
    /// The method as sent; methods are case-sensitive.
    public var method: String
    /// The request target as sent: `/path?query`, `*`, or an absolute `http://` URL.
    public var target: String
    /// The minor version of HTTP/1: 0 or 1.
    public var minorVersion: Int
    /// The header fields.
    public var headers: HTTPHeaders
    /// The body, with chunks joined; empty if there was none.
    public var body: [UInt8]
    /// Whether the body came in chunks, so that a handler can refuse it.
    public var isChunked: Bool
    /// Which of the server's listeners accepted the connection, in the order they were configured.
    public var listener: Int

    /// Creates a request, in the parser or in a test.
    public init(
        method: String,
        target: String,
        minorVersion: Int = 1,
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        isChunked: Bool = false,
        listener: Int = 0
    ) {
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.headers = headers
        self.body = body
        self.isChunked = isChunked
        self.listener = listener
    }

    /// The target up to the query, still percent-encoded; without the scheme and authority of an absolute URL.
    public var path: Substring { splitTarget.path }

    /// What follows the first `?`, still percent-encoded; empty if there is no `?`.
    public var query: Substring { splitTarget.query }

    /// Whether the connection stays open after the answer (RFC 9112 section 9.3).
    public var keepsConnection: Bool {
        if headers.hasToken("close", in: "connection") { return false }
        return minorVersion >= 1 || headers.hasToken("keep-alive", in: "connection")
    }

    private var splitTarget: (path: Substring, query: Substring) {
        let utf8 = target.utf8
        var start = utf8.startIndex
        if utf8.first != UInt8(ascii: "/"), let scheme = target.range(ofASCII: "://") {
            start = utf8[scheme...].firstIndex(of: UInt8(ascii: "/")) ?? utf8.endIndex
        }
        guard let mark = utf8[start...].firstIndex(of: UInt8(ascii: "?")) else {
            return (target[start...], "")
        }
        return (target[start..<mark], target[utf8.index(after: mark)...])
    }
}

extension String {
    /// The index after the first occurrence of an ASCII text.
    fileprivate func range(ofASCII text: String) -> String.Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(text) { return rest.index(rest.startIndex, offsetBy: text.count) }
            rest.removeFirst()
        }
        return nil
    }
}
