import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("The transport")
struct HTTPTransportTests {
    @Test("returns status, header fields with lower-case names, and body")
    func answer() async throws {
        let wire = try Wire(answer: .json(418, "{\"a\":1}", headers: [("X-Some-THING", "Value")]))
        let response = try await wire.send()
        #expect(response.head.status == 418)
        #expect(response.head.headers["x-some-thing"] == "Value")
        #expect(response.head.headers["content-type"] == "application/json")
        #expect(text(response.body) == "{\"a\":1}")
    }

    @Test(
        "returns any status as an answer, also with an empty body",
        arguments: [200, 201, 202, 204, 400, 403, 404, 409, 422, 429, 500, 599]
    )
    func statuses(status: Int) async throws {
        let wire = try Wire(answer: Answer(status: status))
        let response = try await wire.send()
        #expect(response.head.status == status)
        #expect(response.body == [])
    }

    @Test("sends method, path, query, fields and body as they are given, with a Content-Length")
    func request() async throws {
        let wire = try Wire(answer: .text(200, ""))
        let headers = [("Content-Type", "application/json"), ("Impersonate-User", "Jane D. <j@x>; \"q\"")]
        for method in ["POST", "DELETE"] {
            _ = try await wire.send(method, "/a%2Fb?x=%3D1&y=", headers: headers, body: "{\"ü\":1}")
        }
        #expect(wire.requests.map(\.method) == ["POST", "DELETE"])
        for seen in wire.requests {
            #expect(seen.target == "/a%2Fb?x=%3D1&y=")
            #expect(seen.headers.values("impersonate-user") == ["Jane D. <j@x>; \"q\""])
            #expect(seen.headers.values("content-type") == ["application/json"])
            #expect(seen.headers.values("content-length") == ["8"])
            #expect(!seen.isChunked)
            #expect(text(seen.body) == "{\"ü\":1}")
        }
    }

    @Test("sends a large body with its length, and without asking first")
    func largeRequest() async throws {
        let wire = try Wire(answer: .text(200, ""))
        let body = String(repeating: "0123456789", count: 90_000)
        _ = try await wire.send("POST", headers: [("Content-Type", "application/json")], body: body)
        #expect(wire.requests.first.map { text($0.body) } == body)
        #expect(wire.requests.first?.headers["content-length"] == "900000")
        #expect(wire.requests.first?.headers["expect"] == nil)
        #expect(wire.requests.first?.isChunked == false)
    }

    /// libcurl waits a second for the server's word, and only its own timeout, in curl_sockets.c, ends that.
    @Test("goes on when a timeout of libcurl is over")
    func ownTimeout() async throws {
        let server = try FloodServer(start: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", after: 4000)
        let transport = HTTPTransport(
            limits: .init(time: .seconds(20)),
            connections: 1,
            clock: .system()
        )
        defer { transport.close() }
        let began = ContinuousClock.now
        let answer = try await transport.send(
            HTTPRequest(
                "POST",
                "http://127.0.0.1:\(server.port)/",
                headers: [("Expect", "100-continue")],
                body: [UInt8](repeating: 0x20, count: 4000)
            )
        )
        #expect(answer.head.status == 200)
        // Otherwise, it did not wait at all.
        #expect(ContinuousClock.now - began > .milliseconds(900))
    }

    @Test("adds no header fields but those of a plain client")
    func ownFields() async throws {
        let wire = try Wire(answer: .text(200, ""))
        _ = try await wire.send("GET", headers: [("Accept", "application/json")])
        let names = Set(wire.requests.first?.headers.fields.map(\.name) ?? [])
        let plain = ["host", "accept", "accept-language", "user-agent", "connection"]
        #expect(names.subtracting(plain) == [])
        #expect(wire.requests.first?.headers.values("accept") == ["application/json"])
    }

    @Test("keeps no cookies")
    func cookies() async throws {
        // In the spelling that URLSession looks for.
        let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"
        let wire = try Wire { _, responder in
            responder.writeRaw(Array(answer.utf8))
            responder.close()
        }
        for _ in 0..<3 { _ = try await wire.send() }
        #expect(wire.requests.count == 3)
        #expect(wire.requests.allSatisfy { $0.headers["cookie"] == nil })
    }

    @Test("caches no answers, whatever they say about caching")
    func cache() async throws {
        let headers: [(String, String)] = [("Cache-Control", "public, max-age=3600"), ("ETag", "\"1\"")]
        let wire = try Wire(answer: .json(200, "{}", headers: headers))
        for _ in 0..<3 { _ = try await wire.send() }
        #expect(wire.requests.count == 3)
        #expect(wire.requests.allSatisfy { $0.headers["if-none-match"] == nil })
    }

    @Test(
        "returns a redirect as the answer, and sends nothing to its target",
        arguments: [301, 302, 303, 307, 308]
    )
    func redirects(status: Int) async throws {
        let elsewhere = try Wire(answer: .text(200, "trapped"))
        let target = elsewhere.url + "/x"
        let moved = Answer(status: status, headers: ["Location": target], body: Array("moved".utf8))
        let wire = try Wire(answer: moved)
        let headers = [("Authorization", "Bearer hidden"), ("Content-Type", "application/json")]
        for method in ["GET", "POST", "DELETE"] {
            let response = try await wire.send(method, headers: headers, body: method == "GET" ? nil : "{}")
            #expect(response.head.status == status)
            #expect(response.head.headers["location"] == target)
            #expect(text(response.body) == "moved")
        }
        #expect(wire.requests.count == 3)
        #expect(elsewhere.requests.count == 0)
    }

    @Test("follows no redirect to the same host either")
    func redirectHome() async throws {
        let wire = try Wire(answer: Answer(status: 302, headers: ["Location": "/again"]))
        #expect(try await wire.send().head.status == 302)
        #expect(wire.requests.count == 1)
    }

    @Test(
        "returns a 401 as an answer, whatever it asks for, and does nothing by itself",
        arguments: [
            "Basic realm=\"x\"", "Bearer realm=\"x\", error=\"invalid_token\"", "Negotiate", "NTLM",
            "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"", "",
        ]
    )
    func challenges(challenge: String) async throws {
        for (status, field) in [(401, "WWW-Authenticate"), (407, "Proxy-Authenticate")] {
            let headers: [(String, String)] = challenge.isEmpty ? [] : [(field, challenge)]
            let answer = Answer(status: status, headers: .init(headers), body: Array("no".utf8))
            let wire = try Wire(limit: .seconds(60), answer: answer)
            let response = try await wire.send("GET", headers: [("Authorization", "Bearer mine")])
            #expect(response.head.status == status)
            #expect(text(response.body) == "no")
            #expect(wire.requests.count == 1)
            #expect(wire.requests.first?.headers.values("authorization") == ["Bearer mine"])
            #expect(await wire.isIdle())
        }
    }

    @Test("sends 200 requests at once over 100 connections, and each gets its own answer")
    func manyAtOnce() async throws {
        let wire = try Wire { $1.respond(.text(200, String($0.path))) }
        let right = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    (try? await wire.send("GET", "/\(number)")).map { text($0.body) } == "/\(number)"
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 200)
        #expect(await wire.isIdle())
    }

    @Test("opens no more connections than allowed to all hosts together, including those that it keeps")
    func manyHosts() async throws {
        let held = Recorded<Responder>()
        let wire = try Wire(limit: .seconds(120), connections: 20) { held.add($1) }
        for batch in 1...3 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...20 {
                    // libcurl knows that such a name is this machine's.
                    let url = "http://user-\(batch)-\(number).localhost:\(wire.port)/"
                    group.addTask { _ = try await wire.transport.send(.init("GET", url)) }
                }
                #expect(await eventually { held.count == batch * 20 })
                // One that made room is closed a moment later.
                #expect(await eventually { (try? openConnections(to: wire.port)) == 20 })
                for responder in held.all.suffix(20) { responder.respond(.text(200, "")) }
                try await group.waitForAll()
            }
        }
    }

    @Test("keeps all connections when many requests end at once, so that as many can use them again")
    func manyEndAtOnce() async throws {
        let held = Recorded<Responder>()
        let wire = try Wire(limit: .seconds(120), connections: 40) { held.add($1) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...40 { group.addTask { _ = try await wire.send() } }
            #expect(await eventually { held.count == 40 })
            for responder in held.all { responder.respond(.text(200, "")) }
            try await group.waitForAll()
        }
        #expect(try openConnections(to: wire.port) == 40)
    }

    @Test(
        "does not send a request without a valid URL",
        arguments: ["", "http://[", "no scheme", "ftp://127.0.0.1:1/"]
    )
    func noURL(url: String) async throws {
        let wire = try Wire(limit: .seconds(10), answer: .text(200, ""))
        let failure = await failure { () async throws(Failure) in
            try await wire.transport.send(.init("GET", url))
        }
        #expect(failure?.reason == .unreachable)
        // A protocol that libcurl does not speak is not distinguished from a server that it cannot reach.
        #expect(failure?.leavesOpen == url.hasPrefix("ftp"))
        #expect(await wire.isIdle())
    }

    /// If it left a Dispatch source behind, the epoll file of another one could get the same number, and would never be
    /// reported as readable (curl_sockets.c).
    @Test("leaves nothing behind that stops those that come after it")
    func successors() async throws {
        let wire = try Wire { $1.writeRaw(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na".utf8)) }
        for _ in 0..<100 {
            let transport = HTTPTransport(
                limits: .init(time: .seconds(20)),
                connections: 100,
                clock: .system()
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        _ = try await transport.stream(HTTPRequest("GET", wire.url), limit: .seconds(20)) {
                            _ in false
                        }
                    }
                }
                try await group.waitForAll()
            }
            transport.close()
        }
    }

    @Test("fails, and does not crash, once it is closed")
    func closed() async throws {
        let wire = try Wire(answer: .text(200, ""))
        _ = try await wire.send()
        wire.transport.close()
        wire.transport.close()
        #expect(await failure { () async throws(Failure) in try await wire.send() } == .ending)
    }
}
