import SocketHTTP
import Synchronization
import Testing

/// Runs `body` with a server that uses the handler, and then stops the server.
private func serving<Result>(
    limits: HTTPLimits = HTTPLimits(),
    _ handler: @escaping HTTPServer.Handler,
    _ body: (HTTPServer) throws -> Result
) throws -> Result {
    let server = try HTTPServer(limits: limits, handler: handler)
    defer { server.stop() }
    return try body(server)
}

private let closing = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
private let keeping = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"

@Sendable private func echo(_ request: HTTPRequest, _ responder: HTTPResponder) {
    let description = "\(request.method) \(request.target) \(request.body.count) \(request.isChunked)"
    responder.respond(.text(200, description))
}

@Suite(.serialized)
struct HTTPServerTests {
    @Test("an answer has a date, a content length and its body")
    func answers() throws {
        let answer = try serving(echo) { server in
            let client = RawClient(port: server.port)
            client.send(closing)
            return client.readToEnd()
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("date: "))
        #expect(answer.contains("content-length: 14\r\nconnection: close\r\n\r\n"))
        #expect(answer.hasSuffix("GET /x 0 false"))
    }

    @Test("requests sent in one go are answered in order on one connection")
    func pipelining() throws {
        let answer = try serving(echo) { server in
            let client = RawClient(port: server.port)
            let requests = (0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }
            client.send(requests.joined() + closing)
            return client.readToEnd()
        }
        let targets = answer.split(separator: "GET ").dropFirst().map { $0.prefix { $0 != " " } }
        #expect(targets == (0..<50).map { "/\($0)" } + ["/x"])
    }

    @Test("the answer to HEAD has the content length of the body, but no body")
    func head() throws {
        let answer = try serving(echo) { server in
            let client = RawClient(port: server.port)
            client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\n" + closing)
            return client.readToEnd()
        }
        #expect(answer.contains("content-length: 15\r\n\r\nHTTP/1.1 200 OK"))
    }

    @Test("a client that expects 100 Continue receives it before it sends the body")
    func expectContinue() throws {
        try serving(echo) { server in
            let client = RawClient(port: server.port)
            client.send(
                "POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
            )
            #expect(client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("hi")
            #expect(client.readToEnd().hasSuffix("POST /x 2 false"))
        }
    }

    @Test("a malformed request is answered 400, and closing the connection does not destroy the answer")
    func badRequest() throws {
        try serving(echo) { server in
            let client = RawClient(port: server.port)
            let more = String(repeating: "more", count: 1_000_000)
            #expect(client.send("GET / HTTP/1.1\r\nbad header\r\n\r\n" + more))
            #expect(client.readToEnd().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            client.finishSending()
            #expect(client.end == .closed)
        }
    }

    @Test("a stream is sent in chunks, each at once, and another request can follow its end")
    func streams() throws {
        let later = Mutex<HTTPResponder?>(nil)
        try serving { request, responder in
            guard request.target == "/x" else { return echo(request, responder) }
            responder.start(HTTPResponse(status: 200))
            later.withLock { $0 = responder }
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            #expect(client.read(until: "\r\n\r\n").contains("transfer-encoding: chunked\r\n"))
            for word in ["one", "three"] {
                later.withLock { $0 }?.write(Array(word.utf8))
                #expect(client.read(until: "\(word)\r\n") == "\(word.utf8.count)\r\n\(word)\r\n")
            }
            later.withLock { $0 }?.finish()
            #expect(client.read(until: "\r\n\r\n") == "0\r\n\r\n")
            client.send("GET /y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(client.readToEnd().hasSuffix("GET /y 0 false"))
        }
    }

    @Test("a second answer to one request is not sent as the answer to the next request")
    func answeredTwice() throws {
        let first = Mutex<HTTPResponder?>(nil)
        try serving { request, responder in
            if request.target == "/first" {
                responder.respond(.text(200, "first"))
                first.withLock { $0 = responder }
            } else {
                first.withLock { $0 }?.respond(.text(200, "again"))
                responder.respond(.text(200, "second"))
            }
        } _: { server in
            let client = RawClient(port: server.port)
            client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(client.read(until: "first").hasSuffix("first"))
            client.send(closing)
            let answer = client.readToEnd()
            #expect(answer.hasSuffix("second"))
            #expect(!answer.contains("again"))
        }
    }

    @Test("an HTTP/1.0 client gets a stream without chunks, and its end closes the connection")
    func oldClient() throws {
        try serving { _, responder in
            responder.start(HTTPResponse(status: 200))
            responder.write(Array("abc".utf8))
            responder.finish()
        } _: { server in
            let client = RawClient(port: server.port)
            client.send("GET / HTTP/1.0\r\n\r\n")
            let answer = client.readToEnd()
            #expect(answer.hasSuffix("\r\n\r\nabc"))
            #expect(!answer.contains("chunked"))
        }
    }

    @Test("a reset in the middle of a body resets the connection, after everything written before is sent")
    func resets() throws {
        try serving { _, responder in
            responder.start(HTTPResponse(status: 200), framing: .length(100))
            responder.write(Array("half".utf8))
            responder.reset()
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            #expect(client.readToEnd().hasSuffix("content-length: 100\r\n\r\nhalf"))
            #expect(client.end == .reset)
        }
    }

    @Test("a stream that ends before its announced length closes the connection")
    func shortBody() throws {
        try serving { _, responder in
            responder.start(HTTPResponse(status: 200), framing: .length(100))
            responder.write(Array("half".utf8))
            responder.finish()
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            #expect(client.readToEnd().hasSuffix("\r\n\r\nhalf"))
            #expect(client.end == .closed)
        }
    }

    @Test("raw bytes are sent as they are")
    func raw() throws {
        try serving { _, responder in
            responder.writeRaw(Array("nonsense".utf8))
            responder.close()
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            #expect(client.readToEnd() == "nonsense")
        }
    }

    @Test("an endless body is produced only as fast as the client reads it")
    func backPressure() throws {
        let made = Atomic(0)
        try serving { _, responder in
            responder.start(HTTPResponse(status: 200))
            responder.produce {
                made.add(1, ordering: .relaxed)
                return [UInt8](repeating: 0x78, count: 10_000)
            }
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            #expect(client.read(bytes: 1_000_000) >= 1_000_000)
            let pieces = made.load(ordering: .relaxed)
            #expect(pieces < 5_000)
            // The server serves another client, too, while the first one no longer reads.
            let other = RawClient(port: server.port)
            other.send(keeping)
            #expect(other.read(bytes: 1_000_000) >= 1_000_000)
        }
    }

    @Test("a connection is reset when its client reads a stream so slowly that the queue reaches its limit")
    func slowReader() throws {
        var limits = HTTPLimits()
        limits.queuedBytes = 100_000
        let gone = Atomic(false)
        let made = Mutex<HTTPResponder?>(nil)
        try serving(limits: limits) { _, responder in
            responder.start(HTTPResponse(status: 200))
            responder.onDisconnect { gone.store(true, ordering: .relaxed) }
            made.withLock { $0 = responder }
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            _ = client.read(until: "\r\n\r\n")
            let responder = try #require(made.withLock { $0 })
            let piece = [UInt8](repeating: 0x78, count: 60_000)
            var pieces = 0
            while !gone.load(ordering: .relaxed), pieces < 100_000 {
                responder.write(piece)
                pieces += 1
            }
            let isGone = gone.load(ordering: .relaxed)
            #expect(isGone)
            _ = client.readToEnd()
            #expect(client.end == .reset)
        }
    }

    @Test("the handler is told when a client goes away while it waits for the answer")
    func disconnect() throws {
        let gone = Atomic(false)
        try serving { request, responder in
            guard request.target == "/wait" else { return echo(request, responder) }
            responder.onDisconnect { gone.store(true, ordering: .releasing) }
        } _: { server in
            do {
                let client = RawClient(port: server.port)
                client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
                // An answer on another connection shows that the first request has arrived.
                let other = RawClient(port: server.port)
                other.send(closing)
                _ = other.readToEnd()
            }
            let polled = RawClient(port: server.port)
            var attempts = 0
            while !gone.load(ordering: .acquiring), attempts < 10_000 {
                polled.send(keeping)
                _ = polled.read(until: "false")
                attempts += 1
            }
            let isGone = gone.load(ordering: .acquiring)
            #expect(isGone)
        }
    }

    @Test("a client that does not complete the head of its request is answered 408")
    func slowHead() throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .milliseconds(20)
        try serving(limits: limits, echo) { server in
            let client = RawClient(port: server.port)
            client.send("GET / HTTP/1.1\r\nHo")
            #expect(client.readToEnd().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        }
    }

    @Test("a client that does not complete the body of its request is answered 408")
    func slowBody() throws {
        var limits = HTTPLimits()
        limits.bodyTimeout = .milliseconds(20)
        try serving(limits: limits, echo) { server in
            let client = RawClient(port: server.port)
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
            #expect(client.readToEnd().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        }
    }

    @Test("an idle connection is closed without an answer")
    func idle() throws {
        var limits = HTTPLimits()
        limits.idleTimeout = .milliseconds(20)
        try serving(limits: limits, echo) { server in
            let client = RawClient(port: server.port)
            #expect(client.readToEnd() == "")
            #expect(client.end == .closed)
        }
    }

    @Test("a connection above the limit is answered 503, and a new one is accepted after others have closed")
    func connectionLimit() throws {
        var limits = HTTPLimits()
        limits.connections = 2
        try serving(limits: limits, echo) { server in
            var held: [RawClient] = []
            for _ in 0..<2 {
                let client = RawClient(port: server.port)
                client.send(keeping)
                _ = client.read(until: "false")
                held.append(client)
            }
            let third = RawClient(port: server.port)
            #expect(third.readToEnd().hasPrefix("HTTP/1.1 503 "))
            held.removeAll()
            var answer = ""
            for _ in 0..<1000 where !answer.hasPrefix("HTTP/1.1 200") {
                let client = RawClient(port: server.port)
                client.send(closing)
                answer = client.readToEnd()
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test("a client that only closes its sending side still gets an answer that is given at once")
    func halfClose() throws {
        try serving(echo) { server in
            let client = RawClient(port: server.port)
            client.send(keeping)
            client.finishSending()
            #expect(client.readToEnd().hasSuffix("GET /x 0 false"))
        }
    }

    @Test("a line break in the value of a response header does not start another header")
    func headerInjection() throws {
        try serving { _, responder in
            responder.respond(HTTPResponse(status: 200, headers: ["A": "b\r\nC: d"]))
        } _: { server in
            let client = RawClient(port: server.port)
            client.send(closing)
            #expect(client.readToEnd().contains("a: b  C: d\r\n"))
        }
    }

    @Test("each listener has its own port, and requests carry the number of their listener")
    func listeners() throws {
        let addresses = [HTTPAddress(), HTTPAddress()]
        let server = try HTTPServer(addresses: addresses) { request, responder in
            responder.respond(.text(200, "listener \(request.listener)"))
        }
        defer { server.stop() }
        for (index, port) in server.ports.enumerated() {
            let client = RawClient(port: port)
            client.send(closing)
            #expect(client.readToEnd().hasSuffix("listener \(index)"))
        }
    }

    @Test("the error for a port that is in use names the address and the port")
    func portTaken() throws {
        try serving(echo) { server in
            let error = #expect(throws: HTTPServerError.self) {
                try HTTPServer(addresses: [HTTPAddress(port: server.port)], handler: echo)
            }
            #expect(error?.description.contains("127.0.0.1:\(server.port)") == true)
        }
    }

    @Test("stopping the server closes open streams and tells their handlers, and nothing listens any more")
    func stops() throws {
        let gone = Atomic(0)
        let server = try HTTPServer { request, responder in
            responder.onDisconnect { gone.add(1, ordering: .relaxed) }
            responder.start(HTTPResponse(status: 200))
        }
        let clients = (0..<3).map { _ in RawClient(port: server.port) }
        for client in clients {
            client.send(keeping)
            _ = client.read(until: "\r\n\r\n")
        }
        server.stop()
        let told = gone.load(ordering: .relaxed)
        #expect(told == 3)
        for client in clients {
            _ = client.readToEnd()
            #expect(client.end == .closed)
        }
        let late = RawClient(port: server.port)
        late.send(keeping)
        #expect(late.readToEnd() == "")
    }

    @Test("the tick is called again after the time that it returned")
    func ticks() throws {
        let ticks = Atomic(0)
        let waiting = Mutex<HTTPResponder?>(nil)
        let server = try HTTPServer(
            tick: {
                let count = ticks.add(1, ordering: .relaxed).newValue
                if count > 5 { waiting.withLock { $0 }?.respond(.text(200, "ticked")) }
                return .milliseconds(1)
            },
            handler: { _, responder in waiting.withLock { $0 = responder } }
        )
        defer { server.stop() }
        let client = RawClient(port: server.port)
        client.send(closing)
        #expect(client.readToEnd().hasSuffix("ticked"))
    }
}
