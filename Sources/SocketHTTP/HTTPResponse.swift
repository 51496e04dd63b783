/// A complete answer, or the head of a streamed one.
public struct HTTPResponse: Sendable, Equatable {
    /// The status code, 200...999.
    public var status: Int
    /// The header fields. The server sets `Content-Length`, `Transfer-Encoding` and `Connection` itself and ignores
    /// those given here; it adds `Date` if it is missing.
    public var headers: HTTPHeaders
    /// The body; it is not sent for HEAD, 204 and 304.
    public var body: [UInt8]

    /// Creates an answer from bytes.
    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Creates a plain-text answer.
    public static func text(_ status: Int, _ text: String) -> HTTPResponse {
        let headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
        return HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    /// Whether answers with this status have no body at all (RFC 9110 section 6.4.1).
    var forbidsBody: Bool { status < 200 || status == 204 || status == 304 }
}

/// How the end of a streamed body is marked.
public enum HTTPFraming: Sendable, Equatable {
    /// By chunked encoding; for an HTTP/1.0 client, by closing the connection.
    case chunked
    /// By this `Content-Length`, which need not be true: a stream of another length closes the connection.
    case length(Int)
    /// By closing the connection.
    case untilClose
}
