import Foundation
import FoundationNetworking
import PullerCore
import Synchronization
import Timing

/// Sends requests by URLSession, bounded in time and size. It keeps nothing between requests but connections: no
/// cookies, no cache, no credentials; and it follows no redirect, so that a token stays where it was sent.
public final class HTTPTransport: Sendable {
    /// Bounds of one exchange.
    public struct Limits: Sendable {
        /// Time for the whole exchange, or for the head of a stream's answer, and the body if its status is not 200.
        public var time: Duration
        /// The maximum number of bytes in an answer's body, or of unread bytes of a stream, for requests
        /// without a limit of their own. Every endless answer in flight can hold that much memory.
        public var bytes = 2 << 20

        /// Bounds with this time.
        public init(time: Duration) {
            self.time = time
        }
    }

    /// Seconds that overflow as nanoseconds, which Dispatch takes for no limit, but not as milliseconds, which would end the
    /// process in URLSession (swift-corelibs-foundation, `HTTPURLProtocol.configureEasyHandle`).
    public static let never = 9e15

    private let session: URLSession
    private let delegate: TransportDelegate
    /// What an HTTP proxy could repeat in an error page of its own. A short name would be found in all sorts of texts.
    private let echoed: Confidences
    private let limits: Limits
    private let clock: MonotonicClock
    private let door = Mutex(Door())

    /// Who may still ask the session for a task.
    private struct Door {
        var isClosed = false
        /// How many are about to.
        var inside = 0
    }

    /// A transport of its own connections.
    ///
    /// - Parameters:
    ///   - connections: Connections at most, those that are kept included. A request that waits for one uses up its time, so this
    ///     has to be more than are ever in flight.
    ///   - hiding: Secrets of the environment that libcurl knows and may repeat in its error texts: users and passwords
    ///     of HTTP proxies.
    public init(limits: Limits, connections: Int, clock: MonotonicClock, hiding: [Secret] = []) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.httpCookieStorage = nil
        configuration.httpCookieAcceptPolicy = .never
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
        configuration.urlCredentialStorage = nil
        // The time that counts is measured here. URLSession makes a timer for each line of a head and each piece of a body;
        // one that is set for longer than Dispatch can count is never armed, and wakes no thread.
        configuration.timeoutIntervalForRequest = Self.never
        self.limits = limits
        self.clock = clock
        delegate = TransportDelegate(hiding: Confidences(hiding))
        echoed = Confidences(hiding.filter { $0.reveal().utf8.count >= 8 })
        session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: InPlaceQueue())
    }

    /// Ends all exchanges and connections; requests from now on fail as cancelled. The program ends without it, tests go
    /// on.
    public func close() {
        let isLast = door.withLock { door in
            defer { door.isClosed = true }
            return !door.isClosed && door.inside == 0
        }
        if isLast { session.invalidateAndCancel() }
    }

    /// Exchanges that have not ended, those that were given up included until URLSession has let go of them.
    var exchangesInFlight: Int { delegate.count }

    /// The time on the clock that measures exchanges.
    var now: Duration { clock.now() }

    /// Sends a request and waits for its whole answer.
    ///
    /// - Throws: A failure with the reason `unreachable`, `untrusted`, `timeout`, `responseTooLarge` or `cancelled`, which
    ///   names the server. Any status is an answer.
    public func send(_ request: HTTPRequest) async throws(Failure) -> HTTPResponse {
        do throws(Failure) { return try await answer(to: request) } catch { throw named(error, request) }
    }

    private func answer(to request: HTTPRequest) async throws(Failure) -> HTTPResponse {
        let (exchange, task) = try begin(request)
        defer { giveUp(task) }
        let timer = deadline(limits.time, "no complete answer", exchange)
        defer { timer.cancel() }
        return try await cancelling(exchange) { () async throws(Failure) in
            // In this order, the task is woken once.
            let body = try await exchange.wholeBody()
            let head = try await exchange.head()
            return HTTPResponse(
                head: head,
                body: body,
                confidences: request.confidences.adding(echoed),
                url: request.url
            )
        }
    }

    /// Sends a request and hands on its answer as it comes, for at most `limit`.
    ///
    /// - Parameter receive: Called with each piece in turn; `false` ends the exchange.
    /// - Returns: The answer's head, and the body when its status was not 200.
    public func stream(
        _ request: HTTPRequest,
        limit: Duration,
        receive: @escaping @Sendable ([UInt8]) async throws(Failure) -> Bool
    ) async throws(Failure) -> HTTPResponse {
        do throws(Failure) {
            return try await answer(to: request, limit: limit, receive: receive)
        } catch {
            throw named(error, request)
        }
    }

    private func answer(
        to request: HTTPRequest,
        limit: Duration,
        receive: @escaping @Sendable ([UInt8]) async throws(Failure) -> Bool
    ) async throws(Failure) -> HTTPResponse {
        let (exchange, task) = try begin(request)
        defer { giveUp(task) }
        return try await cancelling(exchange) { () async throws(Failure) in
            let streamTimer = deadline(limit, "the stream did not end", exchange)
            defer { streamTimer.cancel() }
            let answerTimer = deadline(limits.time, "no answer", exchange)
            defer { answerTimer.cancel() }
            let head = try await exchange.head()
            guard head.status == 200 else {
                let body = try await exchange.wholeBody()
                return HTTPResponse(
                    head: head,
                    body: body,
                    confidences: request.confidences.adding(echoed),
                    url: request.url
                )
            }
            answerTimer.cancel()
            while let piece = try await exchange.nextPiece() {
                guard try await receive(piece) else { break }
            }
            return HTTPResponse(
                head: head,
                body: [],
                confidences: request.confidences.adding(echoed),
                url: request.url
            )
        }
    }

    /// The failure with the server's address before it, unless it is the puller that ended the request.
    private func named(_ failure: Failure, _ request: HTTPRequest) -> Failure {
        guard failure.reason != .cancelled else { return failure }
        var named = failure
        named.message = displayText("\(request.origin): \(failure.message)", limit: Failure.longestMessage)
        return named
    }

    /// Ends an exchange that takes longer than `limit`.
    private func deadline(_ limit: Duration, _ what: String, _ exchange: Exchange) -> Timers.Timer {
        clock.schedule(after: limit) {
            exchange.finish(.failure(Failure(.timeout, "\(what) within \(limit)")))
        }
    }

    private func begin(_ request: HTTPRequest) throws(Failure) -> (Exchange, URLSessionDataTask) {
        // A request of a cancelled task is not sent.
        if Task.isCancelled { throw .ending }
        guard let url = URL(string: request.url) else {
            throw Failure(.unreachable, "\(shownURL(request.url)) is not a URL", leavesOpen: false)
        }
        var message = URLRequest(url: url)
        message.httpMethod = request.method
        // All at once: a value that is set alone is searched for line breaks at a cost of ten microseconds, and left out
        // without a word if it has one.
        guard !request.headers.contains(where: { $0.value.hasControlCharacters }) else {
            throw Failure(
                .unreachable,
                "a header of the request would have control characters",
                leavesOpen: false
            )
        }
        message.allHTTPHeaderFields = request.headers.reduce(into: [:]) { fields, header in
            // URLSession has room for one value per name; curl_lines.c makes lines of it again.
            let before = fields[header.name].map { "\($0)\n\(header.name): " } ?? ""
            fields[header.name] = before + header.value
        }
        message.httpBody = request.body.map { Data($0) }
        let exchange = Exchange(limit: request.answerLimit ?? limits.bytes)
        // URLSession ends the process when an invalidated session is asked for a task. It is asked outside of the lock,
        // since it makes one task after the other.
        let isOpen = door.withLock { door in
            if !door.isClosed { door.inside += 1 }
            return !door.isClosed
        }
        guard isOpen else { throw .ending }
        let task = session.dataTask(with: message)
        delegate.add(exchange, for: task.taskIdentifier)
        task.resume()
        let isLast = door.withLock { door in
            door.inside -= 1
            return door.isClosed && door.inside == 0
        }
        if isLast { session.invalidateAndCancel() }
        return (exchange, task)
    }

    /// Lets URLSession know that a task's result is no longer wanted, unless it has ended: that costs a wait for
    /// URLSession's queue.
    private func giveUp(_ task: URLSessionDataTask) {
        if delegate.isUnderWay(task.taskIdentifier) { task.cancel() }
    }
}

/// Runs `body`, and ends the exchange that it waits for when its task is cancelled.
private func cancelling<Value>(
    _ exchange: Exchange,
    _ body: () async throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result = await withTaskCancellationHandler {
        do throws(Failure) {
            return Result<Value, Failure>.success(try await body())
        } catch {
            return .failure(error)
        }
    } onCancel: {
        exchange.finish(.failure(.givenUp))
    }
    return try result.get()
}
