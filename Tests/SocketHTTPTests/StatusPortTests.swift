import Dispatch
import Glibc
import Synchronization
import Testing

@testable import SocketHTTP

private let asking = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"

@Sendable private func echo(_ request: HTTPRequest, _ responder: HTTPResponder) {
    responder.respond(.text(200, "\(request.method) \(request.target)"))
}

@Suite("The limits of a status port", .serialized)
struct StatusPortTests {
    /// Runs `body` with a server.
    private func serving(
        limits: HTTPLimits = .statusPort,
        _ handler: @escaping HTTPServer.Handler,
        _ body: (HTTPServer) throws -> Void
    ) throws {
        let server = try HTTPServer(limits: limits, handler: handler)
        defer { server.stop() }
        try body(server)
    }

    /// The first line of the answer to some bytes.
    private func status(of text: String, _ server: HTTPServer) -> String {
        let client = RawClient(port: server.port)
        client.send(text)
        return String(client.readToEnd().prefix { $0 != "\r\n" })
    }

    @Test("requests that are too long, have a body or are malformed are refused, and each answer arrives")
    func refusals() throws {
        let long = String(repeating: "a", count: 5000)
        let many = (0..<70).map { "h\($0): x\r\n" }.joined()
        try serving(echo) { server in
            #expect(status(of: "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", server).contains(" 414 "))
            #expect(status(of: "GET / HTTP/1.1\r\nHost: x\r\na: \(long)\r\n\r\n", server).contains(" 431 "))
            #expect(status(of: "GET / HTTP/1.1\r\nHost: x\r\n\(many)\r\n", server).contains(" 431 "))
            let body = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
            #expect(status(of: body, server).contains(" 413 "))
            let chunks = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
            #expect(status(of: chunks, server).contains(" 411 "))
            #expect(status(of: "GET / HTTP/2.0\r\nHost: x\r\n\r\n", server).contains(" 505 "))
            #expect(status(of: "\u{16}\u{3}\u{1} TLS\r\n\r\n", server).contains(" 400 "))
        }
    }

    @Test("a client of HTTP/1.0 gets its answer, and the connection is closed")
    func oldVersion() throws {
        try serving(echo) { server in
            let client = RawClient(port: server.port)
            client.send("GET /old HTTP/1.0\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("\r\n\r\nGET /old"))
            #expect(client.end == .closed)
        }
    }

    @Test("a connection is closed after so many requests, and the last answer says so")
    func requestsPerConnection() throws {
        var limits = HTTPLimits.statusPort
        limits.requestsPerConnection = 3
        try serving(limits: limits, echo) { server in
            let client = RawClient(port: server.port)
            client.send(String(repeating: asking, count: 5))
            let answers = client.readToEnd()
            #expect(answers.split(separator: "HTTP/1.1 200 OK").count == 3)
            #expect(answers.split(separator: "connection: close").count == 2)
        }
    }

    @Test("a new connection takes the place of the one that has asked nothing for longest")
    func quietConnections() throws {
        try serving(echo) { server in
            // Each of them is half-way through a request.
            let held = (0..<HTTPLimits.statusPort.connections).map { _ in
                let client = RawClient(port: server.port)
                client.send("GET / HTTP/1.1\r\nHo")
                return client
            }
            let other = RawClient(port: server.port)
            other.send(asking)
            #expect(other.read(until: "GET /x").hasPrefix("HTTP/1.1 200 OK"))
            let first = try #require(held.first)
            _ = first.readToEnd()
            #expect(first.end != .silence)
            let last = try #require(held.last)
            last.send("st: x\r\n\r\n")
            #expect(last.read(until: "GET /").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test("a client is heard before others that come at the same time, and ask nothing, can take its place")
    func crowd() throws {
        let isHeld = Mutex(true)
        try serving { request, responder in
            // The server has one thread, so that the others all wait to be accepted.
            while request.path == "/hold", isHeld.withLock({ $0 }) { usleep(1000) }
            echo(request, responder)
        } _: { server in
            let holder = RawClient(port: server.port)
            holder.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n")
            let asker = RawClient(port: server.port)
            asker.send(asking)
            let crowd = (0..<100).map { _ in RawClient(port: server.port) }
            isHeld.withLock { $0 = false }
            #expect(asker.read(until: "GET /x").hasPrefix("HTTP/1.1 200 OK"))
            #expect(crowd.count == 100)
        }
    }

    @Test("a further connection is refused while all others are being answered")
    func busyConnections() throws {
        let waiting = Mutex<[HTTPResponder]>([])
        let arrived = DispatchSemaphore(value: 0)
        try serving { _, responder in
            waiting.withLock { $0.append(responder) }
            arrived.signal()
        } _: { server in
            let held = (0..<HTTPLimits.statusPort.connections).map { _ in
                let client = RawClient(port: server.port)
                client.send(asking)
                return client
            }
            for _ in held { #expect(arrived.wait(timeout: .now() + .seconds(60)) == .success) }
            #expect(RawClient(port: server.port).readToEnd().hasPrefix("HTTP/1.1 503 "))
            for responder in waiting.withLock({ $0 }) { responder.respond(.text(200, "done")) }
            for client in held { #expect(client.read(until: "done").hasPrefix("HTTP/1.1 200 OK")) }
        }
    }

    @Test("a client that goes on reading an answer without end is cut off in the end")
    func steadyReader() throws {
        let piece = [UInt8](repeating: 0x78, count: 1 << 16)
        var limits = HTTPLimits.statusPort
        limits.answerTimeout = .milliseconds(300)
        try serving(limits: limits) { _, responder in
            responder.start(HTTPResponse(status: 200))
            responder.produce { piece }
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(asking)
            while client.end == nil { _ = client.read(bytes: 1) }
            #expect(client.end != .silence)
        }
    }

    @Test(
        "a client that asks again and again without reading is answered no further, and keeps no other from its answer"
    )
    func unreadAnswers() throws {
        let asked = Atomic(0)
        let answer = [UInt8](repeating: 0x78, count: 32 << 20)
        try serving(limits: patient) { request, responder in
            guard request.target == "/x" else { return responder.respond(.text(200, "other")) }
            asked.add(1, ordering: .relaxed)
            responder.respond(HTTPResponse(status: 200, body: answer))
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(String(repeating: asking, count: 20))
            _ = client.read(until: "\r\n\r\n")
            // While this answer waits, the bytes of all connections are too many. It had time to be read in a moment.
            try expectAnswer(server, "the moment is over")
            #expect(asked.load(ordering: .relaxed) == 1)
        }
    }

    @Test("clients that read no answer make room for one that asks")
    func unreadConnections() throws {
        // More than the sockets' buffers hold.
        let answer = [UInt8](repeating: 0x78, count: 8 << 20)
        var limits = patient
        limits.totalQueuedBytes = .max
        try serving(limits: limits) { request, responder in
            let isBig = request.target == "/x"
            responder.respond(isBig ? HTTPResponse(status: 200, body: answer) : .text(200, "other"))
        } _: { server in
            let held = (0..<limits.connections).map { _ in
                let client = RawClient(port: server.port)
                client.send(asking)
                return client
            }
            for client in held { _ = client.read(until: "\r\n\r\n") }
            try expectAnswer(server, "a client has been cut off")
            withExtendedLifetime(held) {}
        }
    }

    /// The limits, but for how long a client that reads nothing is left alone while there is room.
    private var patient: HTTPLimits {
        var limits = HTTPLimits.statusPort
        limits.writeTimeout = .seconds(600)
        limits.answerTimeout = .seconds(600)
        return limits
    }

    /// Asks until the answer is no refusal.
    private func expectAnswer(_ server: HTTPServer, _ what: String) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        var answer = ""
        while !answer.hasPrefix("HTTP/1.1 200 ") {
            try #require(ContinuousClock.now < deadline, "not within 20 s: \(what); \(answer)")
            let other = RawClient(port: server.port)
            other.send("GET /other HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = other.readToEnd()
        }
        #expect(answer.hasSuffix("other"))
    }
}
