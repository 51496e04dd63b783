/// Parses requests from bytes that arrive in pieces of any size. It is strict (RFC 9112): what two parsers could read
/// differently is refused, so that no request can be hidden inside another.
///
/// A pure value: the same bytes give the same result, wherever they are split. After an error, every further call
/// throws the same error, because it is unknown where the next request would begin.
public struct RequestParser: Sendable {
    /// What the parser found.
    public enum Event: Sendable, Equatable {
        /// A complete request.
        case request(HTTPRequest)
        /// The head expects `100 Continue` before the body is sent.
        case continueExpected
    }

    /// How much of the current request has arrived.
    public enum Progress: Sendable, Equatable {
        /// Nothing of the next request has arrived.
        case idle
        /// The request line or the header fields are incomplete.
        case head
        /// The body is incomplete.
        case body
    }

    private enum State {
        case requestLine
        case headers
        case fixedBody(Int)
        case chunkSize
        case chunkData(Int)
        case chunkEnd
        case trailers
        case failed(HTTPParseError)
    }

    private let limits: HTTPLimits
    private var state = State.requestLine
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0
    private var skippedEmptyLine = false
    private var headerBytes = 0
    private var headerCount = 0
    private var request = HTTPRequest(method: "", target: "")

    /// Creates a parser for a new connection.
    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Adds what was received.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: false)
        } else if start > 0 {
            buffer.removeFirst(start)
        }
        scanned -= start
        start = 0
        buffer.append(contentsOf: bytes)
    }

    /// How many bytes have been received but not parsed.
    public var bufferedBytes: Int { buffer.count - start }

    /// How much of the current request has arrived.
    public var progress: Progress {
        switch state {
        case .requestLine: bufferedBytes == 0 ? .idle : .head
        case .headers, .failed: .head
        case .fixedBody, .chunkSize, .chunkData, .chunkEnd, .trailers: .body
        }
    }

    /// The next event, or `nil` if more bytes are needed. Throws if the request must be refused.
    public mutating func next() throws(HTTPParseError) -> Event? {
        do {
            while true {
                switch try step() {
                case .event(let event): return event
                case .progress: continue
                case .starved: return nil
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    private enum Step {
        case event(Event)
        case progress
        case starved
    }

    private mutating func step() throws(HTTPParseError) -> Step {
        switch state {
        case .failed(let error):
            throw error
        case .requestLine:
            guard let line = try takeLine(limit: limits.requestLineBytes, over: .targetTooLong) else {
                return .starved
            }
            // RFC 9112 section 2.2: an empty line before a request is ignored; here, only one.
            if line.isEmpty, !skippedEmptyLine {
                skippedEmptyLine = true
                return .progress
            }
            request = try RequestLine.parse(line)
            headerBytes = 0
            headerCount = 0
            state = .headers
            return .progress
        case .headers:
            guard let line = try takeHeaderLine() else { return .starved }
            guard line.isEmpty else {
                request.headers.append(try HeaderField.parse(line))
                return .progress
            }
            return try headComplete()
        case .fixedBody(let missing):
            takeBody(missing) { .fixedBody($0) }
            guard case .fixedBody(0) = state else { return .starved }
            return complete()
        case .chunkSize:
            guard let line = try takeLine(limit: 256, over: .badRequest("chunk size line too long")) else {
                return .starved
            }
            return try chunkBegins(line)
        case .chunkData(let missing):
            takeBody(missing) { .chunkData($0) }
            guard case .chunkData(0) = state else { return .starved }
            state = .chunkEnd
            return .progress
        case .chunkEnd:
            guard let line = try takeLine(limit: 0, over: .badRequest("chunk longer than its size")) else {
                return .starved
            }
            guard line.isEmpty else { throw .badRequest("chunk longer than its size") }
            state = .chunkSize
            return .progress
        case .trailers:
            guard let line = try takeHeaderLine() else { return .starved }
            guard line.isEmpty else {
                // Checked, then dropped: a trailer must not change the meaning of the head.
                _ = try HeaderField.parse(line)
                return .progress
            }
            return complete()
        }
    }

    private mutating func headComplete() throws(HTTPParseError) -> Step {
        let framing = try BodyFraming.of(request, limits: limits)
        switch framing {
        case .none:
            return complete()
        case .length(let length):
            state = .fixedBody(length)
        case .chunked:
            request.isChunked = true
            state = .chunkSize
        }
        guard request.minorVersion >= 1, let expectation = request.headers["expect"] else { return .progress }
        guard expectation.lowercased() == "100-continue" else { throw .badRequest("unknown expectation") }
        return .event(.continueExpected)
    }

    private mutating func chunkBegins(_ line: ArraySlice<UInt8>) throws(HTTPParseError) -> Step {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        guard let size = HTTPSyntax.hexadecimal(digits), HTTPSyntax.isFieldValue(line) else {
            throw .badRequest("bad chunk size")
        }
        guard size <= limits.bodyBytes - request.body.count else { throw .bodyTooLarge }
        state = size == 0 ? .trailers : .chunkData(size)
        return .progress
    }

    private mutating func complete() -> Step {
        let finished = request
        request = HTTPRequest(method: "", target: "")
        skippedEmptyLine = false
        state = .requestLine
        return .event(.request(finished))
    }

    private mutating func takeBody(_ missing: Int, next: (Int) -> State) {
        let count = min(missing, bufferedBytes)
        request.body.append(contentsOf: buffer[start..<start + count])
        start += count
        scanned = start
        state = next(missing - count)
    }

    private mutating func takeHeaderLine() throws(HTTPParseError) -> ArraySlice<UInt8>? {
        let line = try takeLine(limit: limits.headerBytes - headerBytes - 2, over: .headersTooLarge)
        guard let line, !line.isEmpty else { return line }
        headerBytes += line.count + 2
        headerCount += 1
        guard headerCount <= limits.headerCount else { throw .headersTooLarge }
        return line
    }

    /// The next line without its CRLF. The length is checked before the content, and in the same way whether or not
    /// the end of the line has arrived, so that the result does not depend on where the bytes are split.
    private mutating func takeLine(
        limit: Int,
        over: HTTPParseError
    ) throws(HTTPParseError) -> ArraySlice<UInt8>? {
        let end = buffer[max(scanned, start)...].firstIndex(of: 0x0A)
        let length = (end ?? buffer.count) - start
        let endsInCR = length > 0 && buffer[start + length - 1] == 0x0D
        guard length - (endsInCR ? 1 : 0) <= max(limit, 0) else { throw over }
        guard let end else {
            scanned = buffer.count
            return nil
        }
        guard endsInCR else { throw .badRequest("a line must end in CR LF") }
        let line = buffer[start..<end - 1]
        start = end + 1
        scanned = start
        return line
    }
}
