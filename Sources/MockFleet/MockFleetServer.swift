import SocketHTTP
import Synchronization

/// A fleet behind real sockets: one port for the proxy and the token service, one for control.
public final class MockFleetServer: Sendable {
    private let rim: Rim
    private let server: HTTPServer
    private let host: String

    /// Starts to serve. Throws when a port cannot be had.
    public init(
        settings: FleetSettings,
        host: String = "127.0.0.1",
        port: UInt16 = 0,
        controlPort: UInt16 = 0,
        limits: HTTPLimits = HTTPLimits()
    ) throws(HTTPServerError) {
        let rim = Rim(Fleet(settings: settings))
        self.rim = rim
        self.host = host
        server = try HTTPServer(
            addresses: [HTTPAddress(host: host, port: port), HTTPAddress(host: host, port: controlPort)],
            limits: limits,
            tick: { rim.tick() },
            handler: { request, responder in rim.handle(request, responder) }
        )
    }

    /// The port of the proxy and the token service.
    public var port: UInt16 { server.ports[0] }
    /// The port of the control endpoints.
    public var controlPort: UInt16 { server.ports[1] }
    /// Base URL of the proxy, without a trailing slash.
    public var proxyURL: String { "http://\(host):\(port)" }
    /// What `OIDC_PROVIDER` has to be: the token endpoint is `/token` below it.
    public var providerURL: String { "\(proxyURL)/api" }
    /// The proxy's URL for path mode, with `{user}` in it.
    public var pathURL: String { "\(proxyURL)/clusters/{user}" }
    /// Base URL of the control endpoints.
    public var controlURL: String { "http://\(host):\(controlPort)/control" }

    /// Reads or changes the fleet, at its present time.
    public func withFleet<Result: Sendable>(_ body: (inout Fleet) -> Result) -> Result {
        defer { server.wake() }
        return rim.withFleet(body)
    }

    /// Does what the control endpoint would: `control("POST", "/control/users/*/faults", ["kind": "drop"])`.
    @discardableResult
    public func control(_ method: String, _ path: String, _ body: JSON? = nil) -> HTTPResponse {
        let request = HTTPRequest(method: method, target: path, body: body?.text ?? [])
        return withFleet { $0.control(request, at: $0.time) }
    }

    /// Ends all connections and the server's thread.
    public func stop() {
        server.stop()
    }
}

extension Fleet {
    /// The time that it has got to.
    public var time: Duration { now }
}

/// Between the engine and the sockets: gives the engine the time, and its effects to the connections.
private final class Rim: Sendable {
    private struct State {
        var fleet: Fleet
        var responders: [Int: HTTPResponder] = [:]
        var exchanges = 0

        mutating func carryOut() {
            for effect in fleet.takeEffects() {
                switch effect {
                case .answer(let exchange, let response):
                    responders.removeValue(forKey: exchange)?.respond(response)
                case .start(let exchange, let head, let framing):
                    responders[exchange]?.start(head, framing: framing)
                case .write(let exchange, let bytes): responders[exchange]?.write(bytes)
                case .last(let exchange, let bytes):
                    responders[exchange]?.writeRaw(bytes)
                    responders.removeValue(forKey: exchange)?.close()
                case .finish(let exchange): responders.removeValue(forKey: exchange)?.finish()
                case .reset(let exchange): responders.removeValue(forKey: exchange)?.reset()
                case .fill(let exchange, let bytes):
                    let filler = Filler(bytes: bytes)
                    responders[exchange]?.produce { filler.next() }
                }
            }
        }
    }

    private let start = ContinuousClock.now
    private let state: Mutex<State>

    init(_ fleet: Fleet) {
        state = Mutex(State(fleet: fleet))
    }

    private var now: Duration { start.duration(to: .now) }

    func handle(_ request: HTTPRequest, _ responder: HTTPResponder) {
        let time = now
        if request.listener == 1 {
            let response = state.withLock { state in
                defer { state.carryOut() }
                return state.fleet.control(request, at: time)
            }
            return responder.respond(response)
        }
        let pending = state.withLock { state -> Int? in
            state.exchanges += 1
            let exchange = state.exchanges
            state.responders[exchange] = responder
            state.fleet.receive(request, exchange: exchange, at: time)
            state.carryOut()
            return state.responders[exchange] == nil ? nil : exchange
        }
        if let pending { responder.onDisconnect { [self] in disconnect(pending) } }
    }

    private func disconnect(_ exchange: Int) {
        state.withLock { state in
            state.responders[exchange] = nil
            state.fleet.disconnect(exchange)
        }
    }

    func tick() -> Duration? {
        let time = now
        return state.withLock { state in
            state.fleet.advance(to: time)
            state.carryOut()
            return state.fleet.nextDeadline.map { max($0 - time, .zero) }
        }
    }

    func withFleet<Result: Sendable>(_ body: (inout Fleet) -> Result) -> Result {
        let time = now
        return state.withLock { state in
            state.fleet.advance(to: time)
            defer { state.carryOut() }
            return body(&state.fleet)
        }
    }
}

/// The body of an endless or huge answer: the beginning of a JSON string that goes on.
private final class Filler: Sendable {
    private let remaining: Mutex<Int?>

    init(bytes: Int?) {
        remaining = Mutex(bytes)
    }

    func next() -> [UInt8]? {
        remaining.withLock { remaining in
            guard let left = remaining else { return [UInt8](repeating: UInt8(ascii: "x"), count: 32 * 1024) }
            guard left > 0 else { return nil }
            let count = min(left, 32 * 1024)
            remaining = left - count
            return [UInt8](repeating: UInt8(ascii: "x"), count: count)
        }
    }
}
