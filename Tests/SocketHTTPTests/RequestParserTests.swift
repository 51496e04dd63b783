import SocketHTTP
import Testing

/// The result of parsing some bytes.
struct Parsed: Equatable {
    var events: [RequestParser.Event] = []
    var error: HTTPParseError?
    var progress = RequestParser.Progress.idle

    /// Parses the pieces one after another.
    init(_ pieces: [ArraySlice<UInt8>], limits: HTTPLimits = HTTPLimits()) {
        var parser = RequestParser(limits: limits)
        for piece in pieces {
            parser.append(piece)
            do {
                while let event = try parser.next() { events.append(event) }
            } catch {
                self.error = error
            }
        }
        progress = parser.progress
    }

    init(_ text: String, limits: HTTPLimits = HTTPLimits()) {
        self.init([Array(text.utf8)[...]], limits: limits)
    }

    var requests: [HTTPRequest] {
        events.compactMap { if case .request(let request) = $0 { request } else { nil } }
    }
}

private let get = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n"

struct RequestParserTests {
    static let smallLimits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestLineBytes = 40
        limits.headerBytes = 120
        limits.headerCount = 4
        limits.bodyBytes = 10
        return limits
    }()

    static let messages = [
        "\(get)\r\n",
        "\r\n\(get)Connection:  close \r\n\r\n\(get)\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello\(get)\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n02\r\nde\r\n0\r\nT: v\r\n\r\n\(get)\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHo\rst: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n y: z\r\n\r\n",
        "GET /\(String(repeating: "a", count: 26)) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\(String(repeating: "a", count: 27)) HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: \(String(repeating: "b", count: 120))\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n",
        "\r\n\r\n\(get)\r\n",
        "GET / HTTP/2.0\r\n\r\n",
        "\(get)\r\nGET / HT",
        "GET / HTTP/1.0\r\nX: y",
    ]

    @Test("the same bytes give the same result wherever they are split", arguments: messages)
    func cutAnywhere(message: String) {
        let bytes = Array(message.utf8)
        let whole = Parsed([bytes[...]], limits: Self.smallLimits)
        for cut in 0...bytes.count {
            #expect(
                Parsed([bytes[..<cut], bytes[cut...]], limits: Self.smallLimits) == whole,
                "split at \(cut)"
            )
        }
        let single = bytes.indices.map { bytes[$0...$0] }
        #expect(Parsed(single, limits: Self.smallLimits) == whole)
    }

    @Test("the bytes of a damaged message give the same result wherever they are split, without a crash")
    func damagedAnywhere() {
        var random = SmallGenerator(state: 7)
        for round in 0..<3000 {
            var bytes = Array(Self.messages[round % Self.messages.count].utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let strange: [UInt8] = [0, 9, 10, 13, 32, 48, 58, 59, 71, 127, 200]
                let byte = strange[Int.random(in: 0..<strange.count, using: &random)]
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: bytes.removeSubrange(place..<min(place + 2, bytes.count - 1))
                }
            }
            let whole = Parsed([bytes[...]], limits: Self.smallLimits)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            let single = bytes.indices.map { bytes[$0...$0] }
            #expect(Parsed([bytes[..<cut], bytes[cut...]], limits: Self.smallLimits) == whole)
            #expect(Parsed(single, limits: Self.smallLimits) == whole)
        }
    }

    @Test("a request is parsed into method, target, headers and body")
    func reads() throws {
        let parsed = Parsed("POST /p?q=1 HTTP/1.1\r\nHost: x\r\nX-Y:\t v w \r\nContent-Length: 3\r\n\r\nabc")
        let request = try #require(parsed.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/p")
        #expect(request.query == "q=1")
        #expect(request.headers["x-y"] == "v w")
        #expect(request.body == Array("abc".utf8))
        #expect(!request.isChunked)
    }

    @Test("the chunks of a body are joined, trailers are dropped, and the request says that it was chunked")
    func chunks() throws {
        let parsed = Parsed(Self.messages[3])
        #expect(parsed.requests.count == 2)
        #expect(parsed.requests[0].body == Array("abcde".utf8))
        #expect(parsed.requests[0].isChunked)
        #expect(parsed.requests[0].headers["t"] == nil)
    }

    @Test("a target that is an absolute URL has a path and a query, too")
    func absoluteTarget() {
        let request = HTTPRequest(method: "GET", target: "http://host:1/p?q")
        #expect(request.path == "/p")
        #expect(request.query == "q")
    }

    @Test(
        "a malformed request, or one that parsers could read in different ways, is refused with 400",
        arguments: [
            "\(get)Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
            "\(get)Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "\(get)Content-Length: +1\r\n\r\na",
            "\(get)Content-Length: 1,1\r\n\r\na",
            "\(get)Content-Length: 0x1\r\n\r\na",
            "\(get)Content-Length:\r\n\r\n",
            "\(get)Content-Length: -1\r\n\r\n",
            "\(get)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "\(get)A : b\r\n\r\n",
            "\(get) folded\r\n\r\n",
            "\(get)\tfolded\r\n\r\n",
            "\(get): b\r\n\r\n",
            "\(get)no colon\r\n\r\n",
            "\(get)A: b\rc\r\n\r\n",
            "\(get)A: b\u{0}c\r\n\r\n",
            "\(get)Host: y\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
            "GET /\r\nHost: x\r\n\r\n",
            "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET host HTTP/1.1\r\nHost: x\r\n\r\n",
            "G\u{e9}T / HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET / http/1.1\r\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\n\n",
            "GET / HTTP/1.1 \nHost: x\r\n\r\n",
            "GET / HTTP/1.1?\nHost: x\r\n\r\n",
            "\(get)A: bc\n\r\n",
            "\(get)Transfer-Encoding: chunked\r\n\r\n-1\r\n",
            "\(get)Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n",
            "\(get)Transfer-Encoding: chunked\r\n\r\n1\nab\r\n",
            "\(get)Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            "\(get)Expect: 200-ok\r\nContent-Length: 1\r\n\r\n",
        ]
    )
    func smuggling(message: String) {
        let parsed = Parsed(message)
        #expect(parsed.error?.status == 400)
        #expect(parsed.requests.isEmpty)
    }

    @Test(
        "a request that exceeds a limit, or that is not supported, is refused with the status code for it",
        arguments: [
            ("GET /\(String(repeating: "a", count: 27)) HTTP/1.1\r\n", 414),
            ("\(get)A: \(String(repeating: "b", count: 120))\r\n", 431),
            ("\(get)A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n", 431),
            ("\(get)Content-Length: 11\r\n\r\n", 413),
            ("\(get)Content-Length: 99999999999999999999999\r\n\r\n", 413),
            ("\(get)Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\n", 413),
            ("\(get)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 413),
            ("\(get)Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
            ("CONNECT x:1 HTTP/1.1\r\n", 501),
            ("GET / HTTP/1.2\r\n", 505),
            ("GET / HTTP/2.0\r\n", 505),
        ]
    )
    func limits(message: String, status: Int) {
        let parsed = Parsed(message, limits: Self.smallLimits)
        #expect(parsed.error?.status == status)
        #expect(parsed.requests.isEmpty)
    }

    @Test("a request line or body that is exactly as long as the limit is accepted")
    func justFits() {
        let line = "GET /\(String(repeating: "a", count: 26)) HTTP/1.1\r\n"
        #expect(line.utf8.count == 42)
        #expect(Parsed("\(line)Host: x\r\n\r\n", limits: Self.smallLimits).requests.count == 1)
        let body = "\(get)Content-Length: 10\r\n\r\n0123456789"
        #expect(Parsed(body, limits: Self.smallLimits).requests.count == 1)
    }

    @Test("a chunked body is refused with 411 if the limits do not accept chunked bodies")
    func lengthRequired() {
        var limits = HTTPLimits()
        limits.acceptsChunkedBodies = false
        #expect(Parsed(Self.messages[3], limits: limits).error?.status == 411)
    }

    @Test("after an error, the parser throws again, even if valid bytes follow")
    func staysFailed() {
        var parser = RequestParser()
        parser.append(Array("bad\r\n".utf8))
        #expect(throws: HTTPParseError.self) { try parser.next() }
        parser.append(Array("\(get)\r\n".utf8))
        #expect(throws: HTTPParseError.self) { try parser.next() }
    }

    @Test("HTTP/1.1 keeps the connection and HTTP/1.0 closes it, unless the Connection header says otherwise")
    func keepAlive() {
        func keeps(_ minor: Int, _ connection: String?) -> Bool {
            var request = HTTPRequest(method: "GET", target: "/", minorVersion: minor)
            if let connection { request.headers.add("Connection", connection) }
            return request.keepsConnection
        }
        #expect(keeps(1, nil))
        #expect(!keeps(1, "foo, Close"))
        #expect(!keeps(0, nil))
        #expect(keeps(0, "Keep-Alive"))
    }
}

/// A xorshift generator: it produces the same numbers each time.
private struct SmallGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
