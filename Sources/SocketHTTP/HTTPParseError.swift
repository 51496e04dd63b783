/// Why a request was refused before any handler saw it.
public struct HTTPParseError: Error, Sendable, Equatable {
    /// The status code of the answer.
    public var status: Int
    /// One line for the answer's body.
    public var reason: String

    static func badRequest(_ reason: String) -> Self { Self(status: 400, reason: reason) }
    static let timeout = Self(status: 408, reason: "the request took too long to arrive")
    static let lengthRequired = Self(status: 411, reason: "a body needs a Content-Length")
    static let bodyTooLarge = Self(status: 413, reason: "the body is too large")
    static let targetTooLong = Self(status: 414, reason: "the request line is too long")
    static let headersTooLarge = Self(status: 431, reason: "the header section is too large")
    static let notImplemented = Self(status: 501, reason: "method or transfer coding not implemented")
    static let versionNotSupported = Self(status: 505, reason: "HTTP version not supported")
}
