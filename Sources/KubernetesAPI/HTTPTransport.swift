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

    /// Files that a session keeps open besides its connections: the epoll file and the timer file of `curl_sockets.c`, and
    /// the two sockets with which libcurl can be woken (`curl_multi_wakeup`).
    public static let filesOfSession = 4
    /// A timeout of URLSession that never comes.
    public static let never = TransportSession.never

    /// Each request has a home among them, so that what belongs together shares its connections.
    private let sessions: [TransportSession]
    /// What an HTTP proxy could repeat in an error page of its own. A short name would be found in all sorts of texts.
    private let echoed: Confidences
    private let limits: Limits
    private let clock: MonotonicClock

    /// A transport of its own connections.
    ///
    /// - Parameters:
    ///   - connections: Connections at most, those that are kept included. A request that waits for one uses up its time, so this
    ///     has to be more than are ever in flight.
    ///   - sessions: URLSessions among which connections and requests are divided. Each does all of its work on one queue, so
    ///     as many processors can be used as there are sessions.
    ///   - hiding: Secrets of the environment that libcurl knows and may repeat in its error texts: users and passwords
    ///     of HTTP proxies.
    public init(
        limits: Limits,
        connections: Int,
        sessions: Int = 1,
        clock: MonotonicClock,
        hiding: [Secret] = []
    ) {
        self.limits = limits
        self.clock = clock
        echoed = Confidences(hiding.filter { $0.reveal().utf8.count >= 8 })
        let hidden = Confidences(hiding)
        let count = max(1, min(sessions, connections))
        self.sessions = (0..<count).map { index in
            let share = connections / count + (index < connections % count ? 1 : 0)
            return TransportSession(connections: share, hiding: hidden)
        }
    }

    /// Ends all exchanges and connections; requests from now on fail as cancelled. The program ends without it, tests go
    /// on.
    public func close() {
        for session in sessions { session.close() }
    }

    /// Exchanges that have not ended, those that were given up included until URLSession has let go of them.
    var exchangesInFlight: Int { exchangesBySession.reduce(0, +) }

    /// The same for each session.
    var exchangesBySession: [Int] { sessions.map(\.exchangesInFlight) }

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
        let (exchange, giveUp) = try begin(request)
        defer { giveUp() }
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
        let (exchange, giveUp) = try begin(request)
        defer { giveUp() }
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

    private func begin(_ request: HTTPRequest) throws(Failure) -> (Exchange, giveUp: () -> Void) {
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
        var fields = [String: String](minimumCapacity: request.headers.count)
        for (name, value) in request.headers {
            // URLSession has room for one value per name; curl_lines.c makes lines of it again.
            fields[name] = fields[name].map { "\($0)\n\(name): \(value)" } ?? value
        }
        message.allHTTPHeaderFields = fields
        message.httpBody = request.body.map { Data($0) }
        let exchange = Exchange(limit: request.answerLimit ?? limits.bytes)
        let (session, task) = try begin(
            message,
            exchange,
            home: Int(request.affinity % UInt64(sessions.count))
        )
        return (exchange, { session.giveUp(task) })
    }

    /// Sends the request by its home session, or by the next one that has a connection left: together they have more than
    /// requests are in flight, but clusters that hang may have the same home.
    private func begin(
        _ message: URLRequest,
        _ exchange: Exchange,
        home: Int
    ) throws(Failure) -> (TransportSession, URLSessionDataTask) {
        for attempt in 0...sessions.count {
            let session = sessions[(home + attempt) % sessions.count]
            // Where none has one left, the home session has the request wait.
            switch session.begin(message, exchange, waits: attempt == sessions.count) {
            case .begun(let task): return (session, task)
            case .full: continue
            case .closed: throw .ending
            }
        }
        throw .ending
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
