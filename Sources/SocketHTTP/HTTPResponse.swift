/// One whole answer, or the head of a streamed one.
public struct HTTPResponse: Sendable, Equatable {
    /// The status code, 200...999.
    public var status: Int
    /// The header fields. `Content-Length`, `Transfer-Encoding` and `Connection` belong to the server and are
    /// added by it; `Date` is added when missing.
    public var headers: HTTPHeaders
    /// The body; not sent for HEAD, 204 and 304.
    public var body: [UInt8]

    /// An answer from bytes.
    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of plain text.
    public static func text(_ status: Int, _ text: String) -> HTTPResponse {
        let headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8"]
        return HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    /// Whether answers with this status have no body at all (RFC 9110 section 6.4.1).
    var forbidsBody: Bool { status < 200 || status == 204 || status == 304 }
}

/// How a streamed body shows its end.
public enum HTTPFraming: Sendable, Equatable {
    /// In chunks; for an HTTP/1.0 client by closing the connection.
    case chunked
    /// With this `Content-Length`, true or not: a stream that ends short of it closes the connection.
    case length(Int)
    /// By closing the connection.
    case untilClose
}
