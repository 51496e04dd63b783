import PullerCore
import SocketHTTP
import Synchronization
import TestSupport
import Timing

@testable import KubernetesAPI

/// What the scripted server got.
typealias Seen = SocketHTTP.HTTPRequest
/// What it answers.
typealias Answer = SocketHTTP.HTTPResponse
/// With what it answers.
typealias Responder = SocketHTTP.HTTPResponder
/// What the client makes of that.
typealias Received = KubernetesAPI.HTTPResponse

extension SocketHTTP.HTTPResponse {
    static func json(_ status: Int, _ text: String, headers: [(String, String)] = []) -> Answer {
        Answer(
            status: status,
            headers: HTTPHeaders([("Content-Type", "application/json")] + headers),
            body: Array(text.utf8)
        )
    }
}

/// A server that does what a test says, and a transport that talks to it.
final class Wire: Sendable {
    let transport: HTTPTransport
    private let server: HTTPServer
    private let seen: Recorded<Seen>

    init(
        limit: Duration = .seconds(30),
        bytes: Int = 1 << 20,
        connections: Int = 100,
        sessions: Int = 1,
        clock: MonotonicClock = .system(),
        script: @escaping @Sendable (Seen, Responder) -> Void
    ) throws {
        let seen = Recorded<Seen>()
        self.seen = seen
        server = try HTTPServer { request, responder in
            seen.add(request)
            script(request, responder)
        }
        var limits = HTTPTransport.Limits(time: limit)
        limits.bytes = bytes
        transport = HTTPTransport(limits: limits, connections: connections, sessions: sessions, clock: clock)
    }

    /// A server with one answer to everything.
    convenience init(limit: Duration = .seconds(30), bytes: Int = 1 << 20, answer: Answer) throws {
        try self.init(limit: limit, bytes: bytes) { $1.respond(answer) }
    }

    deinit {
        transport.close()
        server.stop()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    var port: UInt16 { server.port }

    /// Requests so far, in the order of their arrival.
    var requests: [Seen] { seen.all }

    func send(
        _ method: String = "GET",
        _ path: String = "/",
        headers: [(String, String)] = [],
        body: String? = nil
    ) async throws(Failure) -> Received {
        try await transport.send(
            .init(method, url + path, headers: headers, body: body.map { Array($0.utf8) })
        )
    }

    func stream(
        _ path: String = "/",
        limit: Duration = .seconds(30),
        receive: @escaping @Sendable ([UInt8]) async throws(Failure) -> Bool
    ) async throws(Failure) -> Received {
        try await transport.stream(.init("GET", url + path), limit: limit, receive: receive)
    }

    /// Ends the server; its port refuses from here on.
    func stopServer() { server.stop() }

    /// Waits until the transport has nothing in flight any more.
    func isIdle(within limit: Duration = .seconds(120)) async -> Bool {
        await eventually(within: limit) { self.transport.exchangesInFlight == 0 }
    }
}

/// Waits for something that another thread does.
func eventually(within limit: Duration = .seconds(60), _ condition: () -> Bool) async -> Bool {
    let end = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > end { return false }
        try? await ContinuousClock().sleep(for: .milliseconds(2))
    }
    return true
}

/// How `body` failed, or `nil`.
func failure<Value>(of body: () async throws(Failure) -> Value) async -> Failure? {
    do throws(Failure) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// Text of a body.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
