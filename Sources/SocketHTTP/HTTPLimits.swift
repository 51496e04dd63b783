/// How much a client may send, and how long it may take.
public struct HTTPLimits: Sendable {
    /// Longest request line in bytes, line end excluded; a longer one is answered 414.
    public var requestLineBytes = 8 * 1024
    /// All header lines together in bytes, line ends included; more is answered 431. Trailers count too.
    public var headerBytes = 32 * 1024
    /// Number of header fields; more are answered 431.
    public var headerCount = 100
    /// Longest body in bytes after decoding; a longer one is answered 413.
    public var bodyBytes = 1024 * 1024
    /// Whether bodies may come in chunks; otherwise they are answered 411.
    public var acceptsChunkedBodies = true

    /// Simultaneous connections; a further one is answered 503 and closed.
    public var connections = 20_000
    /// Whether, when there are so many, the one makes room that has gone longest without a complete request.
    public var replacesQuietConnections = false
    /// Requests on one connection; the answer to the last of them closes it.
    public var requestsPerConnection = Int.max
    /// Unsent bytes of a stream; when a write would exceed this, the client reads too slowly and its connection is
    /// reset. An answer given as a whole may be larger.
    public var queuedBytes = 4 * 1024 * 1024
    /// Unsent bytes of all connections together; while there are as many, requests are answered 503. An answer may be
    /// larger.
    public var totalQueuedBytes = Int.max
    /// Bytes of further requests that are buffered while one is being answered; beyond this, reading pauses.
    public var pipelinedBytes = 64 * 1024

    /// How long a connection may be idle between two requests.
    public var idleTimeout: Duration = .seconds(75)
    /// How long the request line and the header fields may take to arrive, from the first byte on.
    public var headerTimeout: Duration = .seconds(10)
    /// How long a body may take to arrive.
    public var bodyTimeout: Duration = .seconds(30)
    /// How long a client may read none of the bytes that are waiting to be sent to it.
    public var writeTimeout: Duration = .seconds(30)
    /// How long an answer may take, from the complete request to the last byte that is sent, however steadily the client
    /// reads; `nil` for any time.
    public var answerTimeout: Duration?
    /// How long input is read and discarded after the last answer, so that closing the connection does not destroy
    /// the answer.
    public var lingerTimeout: Duration = .seconds(1)

    /// The defaults: those of a server for tests, which trusts its clients.
    public init() {}

    /// For a port on which a program tells how it is, to whatever client: few connections, no bodies, short requests,
    /// and a time for everything.
    public static let statusPort: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestLineBytes = 2 * 1024
        limits.headerBytes = 4 * 1024
        limits.headerCount = 64
        limits.bodyBytes = 0
        limits.acceptsChunkedBodies = false
        limits.connections = 32
        limits.replacesQuietConnections = true
        limits.requestsPerConnection = 1000
        limits.totalQueuedBytes = 8 * 1024 * 1024
        limits.pipelinedBytes = 8 * 1024
        limits.idleTimeout = .seconds(30)
        limits.headerTimeout = .seconds(5)
        limits.bodyTimeout = .seconds(5)
        limits.writeTimeout = .seconds(10)
        limits.answerTimeout = .seconds(30)
        return limits
    }()
}
