import Glibc
import Synchronization

/// A small, bounded HTTP/1.1 server: one thread, epoll, no TLS.
///
/// Complete requests are passed to the handler on the server's thread, one at a time per connection. The handler must
/// not block; it answers through its responder, immediately or later, from any thread.
public final class HTTPServer: Sendable {
    /// Called on the server's thread with each request.
    public typealias Handler = @Sendable (HTTPRequest, HTTPResponder) -> Void

    /// Called on the server's thread after each round of events; returns the time after which it must be called
    /// again at the latest, or `nil` if it has nothing scheduled.
    public typealias Tick = @Sendable () -> Duration?

    /// The ports, in the order of the addresses given.
    public let ports: [UInt16]
    private let mailbox: Mailbox
    private let thread: Mutex<pthread_t?>

    /// Listens on the addresses, and serves until ``stop()``.
    ///
    /// Throws ``HTTPServerError`` if an address is not available, or the system is out of descriptors or threads.
    public init(
        addresses: [HTTPAddress] = [HTTPAddress()],
        limits: HTTPLimits = HTTPLimits(),
        tick: Tick? = nil,
        handler: @escaping Handler
    ) throws(HTTPServerError) {
        let mailbox = try Mailbox()
        let pollDescriptor = try Poller.makeDescriptor()
        var listeners: [ListenerSocket] = []
        do {
            for address in addresses { listeners.append(try ListenerSocket(address)) }
            let opened = listeners
            thread = Mutex(
                try startThread {
                    EventLoop(
                        limits: limits,
                        listeners: opened,
                        mailbox: mailbox,
                        pollDescriptor: pollDescriptor,
                        handler: handler,
                        tick: tick
                    ).run()
                }
            )
        } catch {
            for listener in listeners { _ = Glibc.close(listener.descriptor) }
            _ = Glibc.close(pollDescriptor)
            throw error
        }
        self.mailbox = mailbox
        ports = listeners.map(\.port)
    }

    deinit {
        mailbox.stop()
        if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// The first port.
    public var port: UInt16 { ports.first ?? 0 }

    /// Has the tick called soon, because something that it depends on has changed.
    public func wake() {
        mailbox.ring()
    }

    /// Closes all connections and listeners, and waits for the server's thread to end, which includes a handler that
    /// is running. When a handler calls this, it returns at once, and the server stops afterwards.
    public func stop() {
        mailbox.stop()
        let joined = thread.withLock { thread -> pthread_t? in
            guard let running = thread, pthread_equal(running, pthread_self()) == 0 else { return nil }
            thread = nil
            return running
        }
        if let joined { pthread_join(joined, nil) }
    }
}
