import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("An answer, whatever a server sends,")
struct AnyAnswerTests {
    /// Answers of all kinds that URLSession treats in a way of its own.
    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Wed, 25 Nov 2026 18:00:00 GMT\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nffffffffffffffff\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 5\r\n\r\nmoved",
        "HTTP/1.1 307 X\r\nLocation: ::\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 407 X\r\nProxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 204 X\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        "HTTP/1.0 304 Not Modified\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=\"x\\\"; a=b\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"/../x\"\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 X\r\nRetry-After: 5\r\nWarning: 299 - \"x\"\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "HTTP/2 200\r\nSet-Cookie: a=b; Domain=.\r\nAlt-Svc: h3=\":443\"\r\nRefresh: 0; url=x\r\n\r\n",
        "HTTP/1.1 200\nX:\n folded\nContent-Range: bytes 0-1/2\n\nbody",
    ].map { Array($0.utf8) }

    /// What is put into them.
    private static let pieces = [
        "\r\n", "\n", "\r", "\0", ":", " ", "\u{e9}", "A: b\r\n", "HTTP/1.1 ", "HTTP/1.1 302 ",
        "HTTP/1.1 999 X\r\n",
        "Location: /x\r\n", "Location: http://[\r\n", "Content-Length: -1\r\n", "0\r\n\r\n", "1 ", "000",
        "{}",
        "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Content-Length: 9223372036854775807\r\n", "Content-Encoding: gzip, gzip\r\n",
        "WWW-Authenticate: Negotiate\r\n", "Connection: close\r\n",
    ].map { Array($0.utf8) }

    /// One of the answers after some accidents.
    private static func answer(_ random: () -> Double) -> [UInt8] {
        func below(_ count: Int) -> Int { Int(random() * Double(count)) }
        var bytes = answers[below(answers.count)]
        for _ in 0..<below(4) {
            let place = below(bytes.count + 1)
            switch below(5) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes.insert(contentsOf: pieces[below(pieces.count)], at: place)
            case 2: bytes.insert(contentsOf: answers[below(answers.count)], at: place)
            case 3: bytes.removeSubrange(place..<min(place + 1, bytes.count))
            default: bytes.replaceSubrange(place..<min(place + 1, bytes.count), with: [UInt8(below(256))])
            }
        }
        return bytes
    }

    @Test("ends the request and never the process")
    func anything() async throws {
        let random = seededRandom(1)
        let answers = (0..<3000).map { _ in Self.answer(random) }
        let wire = try Wire(limit: .milliseconds(200), bytes: 10_000) { request, responder in
            let number = Int(request.path.dropFirst()) ?? 0
            responder.writeRaw(answers[number])
            switch number % 10 {
            case 0, 2, 4, 6, 8: responder.close()
            case 5: responder.reset()
            default: break
            }
        }
        let outcomes = Recorded<Bool>()
        await withDiscardingTaskGroup { group in
            for lane in 0..<50 {
                group.addTask {
                    for number in stride(from: lane, to: answers.count, by: 50) {
                        let answered: Received? =
                            number % 7 == 0
                            ? try? await wire.stream("/\(number)", limit: .milliseconds(200)) { _ in true }
                            : try? await wire.send("GET", "/\(number)")
                        outcomes.add(answered != nil)
                    }
                }
            }
        }
        // Those without an accident are answers, but for some kinds; many of the others are none.
        #expect(outcomes.count == answers.count)
        #expect(outcomes.all.count { $0 } > 300)
        #expect(outcomes.all.count { !$0 } > 300)
        #expect(await wire.isIdle())
    }

    @Test(
        "is not accepted before its head is complete",
        arguments: [
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
            "HTTP/1.1 302 Found\r\nLocation: /\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
        ]
    )
    func cutHead(bytes: String) async throws {
        let wire = try Wire(limit: .seconds(60)) { _, responder in
            responder.writeRaw(Array(bytes.utf8))
            responder.close()
        }
        let sent = await failure { () async throws(Failure) in try await wire.send() }
        #expect(sent?.reason == .unreachable)
        let streamed = await failure { () async throws(Failure) in try await wire.stream { _ in true } }
        #expect(streamed?.reason == .unreachable)
        #expect(await wire.isIdle())
    }

    @Test("may begin with interim responses and end with trailers", arguments: [200, 302, 401, 404])
    func interimAndTrailers(status: Int) async throws {
        let wire = try Wire(limit: .seconds(60)) { _, responder in
            responder.writeRaw(
                Array(
                    """
                    HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n\
                    HTTP/1.1 \(status) X\r\nLocation: /\r\nWWW-Authenticate: Basic realm="x"\r\n\
                    Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nLink: <y>\r\nX-Trailer: 1\r\n\r\n
                    """.utf8
                )
            )
            responder.close()
        }
        let pieces = Recorded<[UInt8]>()
        let answer = try await wire.send()
        let streamed = try await wire.stream { piece in
            pieces.add(piece)
            return true
        }
        for head in [answer.head, streamed.head] {
            #expect(head.status == status)
            #expect(head.headers["link"] == nil)
            #expect(head.headers["x-trailer"] == nil)
        }
        #expect(text(answer.body) == "{}")
        // The body of a stream that is none is in the answer.
        #expect(text(status == 200 ? pieces.all.flatMap { $0 } : streamed.body) == "{}")
        #expect(await wire.isIdle())
    }

    @Test("is bounded, whatever its status", arguments: [200, 301, 302, 307, 308, 401, 404, 503])
    func bounded(status: Int) async throws {
        let wire = try Wire(limit: .seconds(60), bytes: 100_000) { _, responder in
            responder.start(Answer(status: status, headers: ["Location": "/"]), framing: .untilClose)
            responder.produce { [UInt8](repeating: 120, count: 10_000) }
        }
        let endless = await failure { () async throws(Failure) in try await wire.send() }
        #expect(endless?.reason == .responseTooLarge)
        let announcing = try Wire(limit: .seconds(60), bytes: 1000) { _, responder in
            responder.start(Answer(status: status, headers: ["Location": "/"]), framing: .length(1001))
        }
        let announced = await failure { () async throws(Failure) in try await announcing.send() }
        #expect(announced?.reason == .responseTooLarge)
        #expect(await wire.isIdle())
    }

    @Test(
        "may announce any number of bytes",
        arguments: ["9223372036854775807", "9223372036854774784", "9007199254740993"]
    )
    func announced(bytes: String) async throws {
        let wire = try Wire(limit: .seconds(60)) { _, responder in
            responder.writeRaw(Array("HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\n\r\n{}".utf8))
            responder.close()
        }
        let failure = await failure { () async throws(Failure) in try await wire.send() }
        #expect([.unreachable, .responseTooLarge].contains(failure?.reason))
    }

    @Test(
        "delays no other request, even if it has an endless head, trailer or chunk extension",
        arguments: [("0\r\n", "X: y\r\n"), ("1;", "x=y;")]
    )
    func endless(start: String, piece: String) async throws {
        let wire = try Wire(limit: .seconds(60), answer: .text(200, ""))
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        let flood = try FloodServer(start: head + start, piece: piece)
        let began = ContinuousClock.now
        let failure = await failure { () async throws(Failure) in
            try await wire.transport.send(.init("GET", "http://127.0.0.1:\(flood.port)/"))
        }
        // Its time would be up later, and could not be heard.
        #expect(failure?.reason == .unreachable)
        #expect(ContinuousClock.now - began < .seconds(50))
        #expect(try await wire.send().head.status == 200)
        #expect(await wire.isIdle())
    }

    @Test("is requested without compression, and not decompressed")
    func compressed() async throws {
        for header in ["Content-Encoding", "Transfer-Encoding"] {
            let wire = try Wire(limit: .seconds(60)) { _, responder in
                responder.writeRaw(
                    Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\(header): gzip\r\n\r\n".utf8) + Gzip.zeros
                )
                responder.close()
            }
            if header == "Content-Encoding" {
                #expect(try await wire.send().body == Gzip.zeros)
            } else {
                let failure = await failure { () async throws(Failure) in try await wire.send() }
                #expect(failure?.reason == .unreachable)
            }
            #expect(wire.requests.first?.headers["accept-encoding"] == nil)
        }
    }

    @Test("has a valid status, or counts as a server error")
    func status() async throws {
        for (sent, taken) in [(599, 599), (600, 599), (801, 599), (901, 599), (999, 599)] {
            let wire = try Wire(limit: .seconds(60)) { _, responder in
                responder.writeRaw(Array("HTTP/1.1 \(sent) X\r\nContent-Length: 0\r\n\r\n".utf8))
            }
            #expect(try await wire.send().head.status == taken)
        }
    }
}
