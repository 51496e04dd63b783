/// The right to answer one request, now or later, from any thread. Everything is handed over and returns at once;
/// what comes after the end of the exchange (answered, or the client is gone) is ignored.
///
/// Answer with ``respond(_:)``, or with ``start(_:framing:)`` and what follows it. Doing nothing leaves the client
/// waiting: the server sets a handler no time limit.
public struct HTTPResponder: Sendable {
    let exchange: ExchangeID
    let mailbox: Mailbox

    /// Answers as a whole.
    public func respond(_ response: HTTPResponse) {
        mailbox.post(exchange, .respond(response))
    }

    /// Sends the head of a stream (and the body in it, if any, as its first piece).
    public func start(_ response: HTTPResponse, framing: HTTPFraming = .chunked) {
        mailbox.post(exchange, .start(response, framing))
    }

    /// Sends a piece of a stream, as one chunk where chunks are used.
    public func write(_ bytes: [UInt8]) {
        mailbox.post(exchange, .write(bytes))
    }

    /// Lets the rest of a stream be made as fast as the client takes it. `producer` runs on the server's thread
    /// whenever there is room; `nil` ends the stream.
    public func produce(_ producer: @escaping @Sendable () -> [UInt8]?) {
        mailbox.post(exchange, .produce(producer))
    }

    /// Ends a stream.
    public func finish() {
        mailbox.post(exchange, .finish)
    }

    /// Puts bytes on the wire as they are, with or without a head before; end with ``close()`` or ``reset()``.
    public func writeRaw(_ bytes: [UInt8]) {
        mailbox.post(exchange, .raw(bytes))
    }

    /// Closes the connection after what was handed over has been sent, whatever was promised.
    public func close() {
        mailbox.post(exchange, .close)
    }

    /// As ``close()``, but with a TCP reset instead of an orderly end.
    public func reset() {
        mailbox.post(exchange, .reset)
    }

    /// Runs `action` on the server's thread if the client goes away before the answer is complete, or the server
    /// stops. A client that only shuts down its sending side counts as gone unless it was answered at once.
    public func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        mailbox.post(exchange, .onDisconnect(action))
    }
}
