/// Answers one request, immediately or later, from any thread. Every call is passed to the server's thread and
/// returns at once. Calls after the end of the exchange (it was answered, or the client has gone away) are ignored.
///
/// Answer with ``respond(_:)``, or with ``start(_:framing:)`` followed by the pieces of a stream. The server sets
/// no time limit for the answer: until there is one, the client waits.
public struct HTTPResponder: Sendable {
    let exchange: ExchangeID
    let mailbox: Mailbox

    /// Sends a complete answer.
    public func respond(_ response: HTTPResponse) {
        mailbox.post(exchange, .respond(response))
    }

    /// Sends the head of a stream, and the response's body, if any, as its first piece.
    public func start(_ response: HTTPResponse, framing: HTTPFraming = .chunked) {
        mailbox.post(exchange, .start(response, framing))
    }

    /// Sends a piece of a stream; with chunked framing, as one chunk.
    public func write(_ bytes: [UInt8]) {
        mailbox.post(exchange, .write(bytes))
    }

    /// Produces the rest of a stream as fast as the client reads it. `producer` is called on the server's thread
    /// whenever there is room for more; `nil` ends the stream.
    public func produce(_ producer: @escaping @Sendable () -> [UInt8]?) {
        mailbox.post(exchange, .produce(producer))
    }

    /// Ends a stream.
    public func finish() {
        mailbox.post(exchange, .finish)
    }

    /// Sends bytes as they are, whether or not a head was sent before; end with ``close()`` or ``reset()``.
    public func writeRaw(_ bytes: [UInt8]) {
        mailbox.post(exchange, .raw(bytes))
    }

    /// Closes the connection after everything that was passed before has been sent, even if the answer is incomplete.
    public func close() {
        mailbox.post(exchange, .close)
    }

    /// Like ``close()``, but with a TCP reset instead of an orderly close.
    public func reset() {
        mailbox.post(exchange, .reset)
    }

    /// Runs `action` on the server's thread if the client goes away before the answer is complete, or the server
    /// stops. A client that only shuts down its sending side counts as gone, unless it was answered at once.
    public func onDisconnect(_ action: @escaping @Sendable () -> Void) {
        mailbox.post(exchange, .onDisconnect(action))
    }
}
