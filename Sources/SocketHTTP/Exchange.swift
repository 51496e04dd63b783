/// A request that is being answered.
struct Exchange {
    let id: ExchangeID
    /// Whether the method is HEAD: everything but the body is sent.
    let isHead: Bool
    let minorVersion: Int
    var keepsConnection: Bool
    var stream: StreamBody?
    var producer: (@Sendable () -> [UInt8]?)?
    var onDisconnect: (@Sendable () -> Void)?

    init(id: ExchangeID, request: HTTPRequest) {
        self.id = id
        isHead = request.method == "HEAD"
        minorVersion = request.minorVersion
        keepsConnection = request.keepsConnection
    }

    /// The framing that this client understands: HTTP/1.0 has no chunked encoding.
    func framing(for wanted: HTTPFraming) -> HTTPFraming {
        wanted == .chunked && minorVersion == 0 ? .untilClose : wanted
    }
}

/// The body of a stream, piece by piece.
struct StreamBody: Equatable {
    private let framing: HTTPFraming
    private let isSuppressed: Bool
    private var written = 0

    init(framing: HTTPFraming, isSuppressed: Bool) {
        self.framing = framing
        self.isSuppressed = isSuppressed
    }

    mutating func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        // An empty chunk would end the body.
        guard !isSuppressed, !bytes.isEmpty else { return }
        written += bytes.count
        guard framing == .chunked else {
            output.append(contentsOf: bytes)
            return
        }
        output.append(contentsOf: String(bytes.count, radix: 16).utf8)
        output.append(contentsOf: "\r\n".utf8)
        output.append(contentsOf: bytes)
        output.append(contentsOf: "\r\n".utf8)
    }

    /// Writes the end of the body. Returns whether the client can tell where the body ends while the connection stays
    /// open.
    func end(_ output: inout [UInt8]) -> Bool {
        if isSuppressed { return framing != .untilClose }
        switch framing {
        case .chunked:
            output.append(contentsOf: "0\r\n\r\n".utf8)
            return true
        case .length(let length):
            return length == written
        case .untilClose:
            return false
        }
    }
}
