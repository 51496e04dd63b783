import Glibc

/// One client's connection. It is confined to the event loop's thread, which delivers events to it and drives its
/// sending.
final class Connection {
    /// Whether the connection is open, or how it is being closed.
    enum Ending {
        case open
        case closeWhenSent
        case resetWhenSent
        /// Everything is sent and the sending side is shut down. Further input is read and discarded: closing a
        /// socket with unread input resets the connection, which can destroy the answer before it arrives.
        case lingering
    }

    let descriptor: Int32
    let slot: Int
    let listener: Int
    var interest: Poller.Interest = .input
    var isDirty = false
    var inputEnded = false
    private(set) var ending = Ending.open
    private(set) var exchange: Exchange?
    private(set) var watchdog: Watchdog
    /// When it was accepted, or when its last complete request arrived.
    private(set) var lastRequest: UInt64
    private var requests = 0
    private var parser: RequestParser
    private var output: [UInt8] = []
    private var sent = 0

    init(descriptor: Int32, slot: Int, listener: Int, now: UInt64, limits: HTTPLimits) {
        self.descriptor = descriptor
        self.slot = slot
        self.listener = listener
        watchdog = Watchdog(now: now, limits: limits)
        lastRequest = now
        parser = RequestParser(limits: limits)
    }

    var pendingBytes: Int { output.count - sent }

    func received(_ bytes: ArraySlice<UInt8>) {
        if ending == .open { parser.append(bytes) }
    }

    /// Whether no request is being answered.
    var isQuiet: Bool { exchange == nil && pendingBytes == 0 }
    /// Whether an answer waits for its client to read it.
    var isUnread: Bool { pendingBytes > 0 }

    /// The next request, or `nil` while the answer to the previous one is not sent or more bytes are needed. `date` is
    /// for the answer to a request that is refused.
    func nextRequest(serial: UInt64, now: UInt64, limits: HTTPLimits, date: [UInt8]) -> HTTPRequest? {
        // Without the second condition, answers to a client that does not read them would pile up.
        guard exchange == nil, pendingBytes == 0, ending == .open else { return nil }
        do {
            while let event = try parser.next() {
                switch event {
                case .continueExpected:
                    output.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
                case .request(var request):
                    request.listener = listener
                    exchange = Exchange(id: ExchangeID(slot: slot, serial: serial), request: request)
                    requests += 1
                    if requests >= limits.requestsPerConnection { exchange?.keepsConnection = false }
                    lastRequest = now
                    watchdog.enter(.answering, now: now, limits: limits)
                    watchdog.beginAnswer(now: now, limits: limits)
                    return request
                }
            }
        } catch {
            refuse(error, date: date)
        }
        return nil
    }

    /// Answers without the handler, and then closes the connection.
    func refuse(_ error: HTTPParseError, date: [UInt8]) {
        let body = Array("\(error.reason)\n".utf8)
        let response = HTTPResponse(status: error.status, headers: ["Content-Type": "text/plain"], body: body)
        ResponseHead.append(response, framing: .length(body.count), closes: true, date: date, to: &output)
        output.append(contentsOf: body)
        ending = .closeWhenSent
    }

    func apply(_ action: ResponseAction, limits: HTTPLimits, date: [UInt8]) {
        switch action {
        case .respond(let response): respond(response, date: date)
        case .start(let response, let framing): start(response, framing, date: date)
        case .write(let bytes): write(bytes, limits: limits)
        case .produce(let producer): exchange?.producer = producer
        case .finish: finish()
        case .raw(let bytes):
            output.append(contentsOf: bytes)
            exchange?.keepsConnection = false
        case .close: end(.closeWhenSent)
        case .reset: end(.resetWhenSent)
        case .onDisconnect(let action): exchange?.onDisconnect = action
        }
    }

    private func respond(_ response: HTTPResponse, date: [UInt8]) {
        guard let exchange, exchange.stream == nil else { return }
        ResponseHead.append(
            response,
            framing: response.forbidsBody ? nil : .length(response.body.count),
            closes: !exchange.keepsConnection,
            date: date,
            to: &output
        )
        if !exchange.isHead, !response.forbidsBody { output.append(contentsOf: response.body) }
        answered(keepsConnection: exchange.keepsConnection)
    }

    private func start(_ response: HTTPResponse, _ wanted: HTTPFraming, date: [UInt8]) {
        guard let current = exchange, current.stream == nil else { return }
        let framing = current.framing(for: wanted)
        let closes = !current.keepsConnection || framing == .untilClose
        let isSuppressed = current.isHead || response.forbidsBody
        ResponseHead.append(
            response,
            framing: response.forbidsBody ? nil : framing,
            closes: closes,
            date: date,
            to: &output
        )
        var stream = StreamBody(framing: framing, isSuppressed: isSuppressed)
        stream.append(response.body, to: &output)
        exchange?.keepsConnection = !closes
        exchange?.stream = stream
    }

    private func write(_ bytes: [UInt8], limits: HTTPLimits) {
        guard pendingBytes + bytes.count <= limits.queuedBytes else {
            // The client reads too slowly. A stream with a gap would be corrupt, so the queue is dropped and the
            // connection reset.
            output = []
            sent = 0
            let onDisconnect = exchange?.onDisconnect
            end(.resetWhenSent)
            onDisconnect?()
            return
        }
        exchange?.stream?.append(bytes, to: &output)
    }

    private func finish() {
        guard let exchange, let stream = exchange.stream else { return }
        let isDelimited = stream.end(&output)
        answered(keepsConnection: exchange.keepsConnection && isDelimited)
    }

    private func answered(keepsConnection: Bool) {
        exchange = nil
        if !keepsConnection { ending = .closeWhenSent }
    }

    private func end(_ ending: Ending) {
        exchange = nil
        self.ending = ending
    }

    /// Sends what the socket accepts, and asks the producer for more as long as it accepts it. Returns whether the
    /// connection is still usable.
    func flush(now: UInt64, limits: HTTPLimits) -> Bool {
        // A client that reads an endless body quickly must not keep the others waiting.
        var budget = 512 * 1024
        while budget > 0 {
            if pendingBytes == 0 { refill() }
            guard pendingBytes > 0 else { return true }
            let count = output.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { return errno == EAGAIN || errno == EINTR }
            sent += count
            budget -= count
            watchdog.restart(now: now, limits: limits)
            if pendingBytes == 0 {
                output = []
                sent = 0
            }
        }
        return true
    }

    private func refill() {
        guard exchange?.stream != nil, let producer = exchange?.producer else { return }
        guard let bytes = producer() else {
            exchange?.producer = nil
            finish()
            return
        }
        exchange?.stream?.append(bytes, to: &output)
    }

    /// Shuts down the sending side, and waits for the client to close its side.
    func linger() {
        ending = .lingering
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Called when the connection closes; if a request is unanswered, its handler is told.
    func disconnected() {
        exchange?.onDisconnect?()
        exchange = nil
    }

    func wantedInterest(limits: HTTPLimits) -> Poller.Interest {
        var wanted: Poller.Interest = []
        if !inputEnded {
            let isFull = !isQuiet && parser.bufferedBytes >= limits.pipelinedBytes
            wanted.insert(isFull ? .hangUp : .input)
        }
        if pendingBytes > 0 || exchange?.producer != nil { wanted.insert(.output) }
        return wanted
    }

    func updateWatchdog(now: UInt64, limits: HTTPLimits) {
        if isQuiet { watchdog.endAnswer() }
        let phase: Watchdog.Phase =
            if ending == .lingering {
                .lingering
            } else if pendingBytes > 0 {
                .writing
            } else if exchange != nil {
                .answering
            } else {
                switch parser.progress {
                case .idle: .idle
                case .head: .head
                case .body: .body
                }
            }
        watchdog.enter(phase, now: now, limits: limits)
    }
}
