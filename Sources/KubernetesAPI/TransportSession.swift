import Foundation
import FoundationNetworking
import PullerCore
import Synchronization

/// One URLSession: a queue, which does all of its work, and connections of its own.
final class TransportSession: Sendable {
    /// Seconds that overflow as nanoseconds, which Dispatch takes for no limit, but not as milliseconds, which would end the
    /// process in URLSession (swift-corelibs-foundation, `HTTPURLProtocol.configureEasyHandle`).
    static let never = 9e15

    /// What came of the wish to send a request.
    enum Beginning {
        case begun(URLSessionDataTask)
        /// As many requests are in flight as there are connections.
        case full
        case closed
    }

    private let session: URLSession
    private let delegate: TransportDelegate
    private let connections: Int
    private let door = Mutex(Door())

    /// Who may still ask the session for a task.
    private struct Door {
        var isClosed = false
        /// How many are about to.
        var inside = 0
    }

    /// - Parameters:
    ///   - connections: Connections at most, those that are kept included.
    ///   - hidden: What must not be seen of libcurl's texts.
    init(connections: Int, hiding hidden: Confidences) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.httpCookieStorage = nil
        configuration.httpCookieAcceptPolicy = .never
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.urlCredentialStorage = nil
        // The time that counts is measured by HTTPTransport. URLSession makes a timer for each line of a head and each piece
        // of a body; one that is set for longer than Dispatch can count is never armed, and wakes no thread.
        configuration.timeoutIntervalForRequest = Self.never
        self.connections = connections
        delegate = TransportDelegate(hiding: hidden)
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: InPlaceQueue())
    }

    /// Exchanges that have not ended, those that were given up included until URLSession has let go of them.
    var exchangesInFlight: Int { delegate.count }

    /// Sends a request.
    ///
    /// - Parameter waits: Whether it is sent even if it has to wait for a connection.
    func begin(_ message: URLRequest, _ exchange: Exchange, waits: Bool) -> Beginning {
        // URLSession ends the process when an invalidated session is asked for a task. It is asked outside of the lock,
        // since it makes one task after the other.
        guard delegate.expect(limit: waits ? nil : connections) else { return .full }
        let isOpen = door.withLock { door in
            if !door.isClosed { door.inside += 1 }
            return !door.isClosed
        }
        guard isOpen else {
            delegate.take(nil, task: nil)
            return .closed
        }
        let task = session.dataTask(with: message)
        delegate.take(exchange, task: task.taskIdentifier)
        task.resume()
        let isLast = door.withLock { door in
            door.inside -= 1
            return door.isClosed && door.inside == 0
        }
        if isLast { session.invalidateAndCancel() }
        return .begun(task)
    }

    /// Lets URLSession know that a task's result is no longer wanted, unless it has ended: that costs a wait for
    /// URLSession's queue.
    func giveUp(_ task: URLSessionDataTask) {
        if delegate.isUnderWay(task.taskIdentifier) { task.cancel() }
    }

    /// Ends all exchanges and connections; requests from now on are refused.
    func close() {
        let isLast = door.withLock { door in
            defer { door.isClosed = true }
            return !door.isClosed && door.inside == 0
        }
        if isLast { session.invalidateAndCancel() }
    }
}
