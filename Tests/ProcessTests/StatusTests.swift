import Foundation
import SocketHTTP
import TestSupport
import Testing

@Suite("The command status as a process")
struct StatusTests {
    /// A console with one cluster, which answers by the contract of the API.
    private final class Console: Sendable {
        private let server: HTTPServer
        private let state: Guarded<String>
        private let requests = Guarded(0)
        var url: String { "http://127.0.0.1:\(server.port)" }
        var port: String { "\(server.port)" }

        init(port: UInt16 = 0, token: String? = nil, state first: String) throws {
            let state = Guarded(first)
            self.state = state
            let requests = requests
            server = try HTTPServer(addresses: [HTTPAddress(port: port)]) { request, responder in
                requests.with { $0 += 1 }
                guard token == nil || request.headers["authorization"] == token.map({ "Bearer " + $0 }) else {
                    responder.respond(.json(401, #"{"error":"a token is needed"}"#))
                    return
                }
                let cluster =
                    #"{"name":"jane","state":"\#(state.with { $0 })","message":"it is","ready":1,"desired":2}"#
                let body =
                    request.path == "/api/v1/summary"
                    ? #"{"time":"2026-11-22T21:29:00.000Z","started":"2026-11-22T20:00:00.000Z","faults":[]}"#
                    : #"{"revision":1,"total":1,"matching":1,"reset":true,"clusters":[\#(cluster)]}"#
                responder.respond(.json(200, body))
            }
        }

        deinit { server.stop() }

        var requestCount: Int { requests.with { $0 } }

        func set(_ text: String) { state.with { $0 = text } }
    }

    private func start(_ arguments: [String], _ environment: [String: String] = [:]) throws -> RunningProcess
    {
        try RunningProcess("kubernetes-image-puller", ["status"] + arguments, environment: environment)
    }

    @Test(
        "Its exit code says whether the clusters of the environment's puller are ready, past any HTTP proxy"
    )
    func exitCodes() async throws {
        let console = try Console(state: "failing")
        let environment = [
            "CONSOLE_PORT": console.port, "http_proxy": "http://127.0.0.1:1",
            "ALL_PROXY": "http://127.0.0.1:1",
            "NO_PROXY": "example.com", "MULTICLUSTER": "maybe",
        ]
        let failing = try start([], environment)
        #expect(try await failing.exitCode() == 1)
        #expect(failing.text.contains("\njane   failing   1/2"), "\(failing.text)")
        #expect(failing.text.hasSuffix("0 of 1 cluster is ready; 1 failing\n"))
        console.set("ready")
        #expect(try await start([], environment).exitCode() == 0)
        let unknown = try start(["--url", console.url, "jan"])
        #expect(try await unknown.exitCode() == 1)
        #expect(unknown.text == "there is no cluster \"jan\"; did you mean jane?\n")
    }

    @Test("It ends with 69 when nothing listens, or what answers is no console")
    func unavailable() async throws {
        let none = try start(["--url", "http://127.0.0.1:1"], ["LOG_FORMAT": "json"])
        #expect(try await none.exitCode() == 69)
        #expect(
            none.text.contains(#""event":"status","reason":"Unavailable","message":"http://127.0.0.1:1: "#)
        )
        let page = try HTTPServer { _, responder in responder.respond(.html(200, "<html>\u{1B}[2J")) }
        defer { page.stop() }
        let wrong = try start(["--wait", "--url", "http://127.0.0.1:\(page.port)"])
        #expect(try await wrong.exitCode() == 69)
        #expect(wrong.text == "the answer is not that of a puller's console: <html>\\u{1b}[2J\n")
    }

    @Test("It sends the console's token, and never prints it")
    func token() async throws {
        let token = "a-console-token-of-the-test"
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try token.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let console = try Console(token: token, state: "ready")
        let environment = ["CONSOLE_PORT": console.port, "CONSOLE_TOKEN_FILE": file.path]
        #expect(try await start([], environment).exitCode() == 0)
        let without = try start(["--wait"], ["CONSOLE_PORT": console.port])
        #expect(try await without.exitCode() == 69)
        #expect(without.text.contains("asks for a token: CONSOLE_TOKEN_FILE must name its file (401)"))
        // What repeats the token does not get it printed.
        let echo = try HTTPServer { request, responder in
            let said = request.headers["authorization"] ?? ""
            responder.respond(.json(400, #"{"error":"what is \#(said)?"}"#))
        }
        defer { echo.stop() }
        let echoed = try start(["--url", "http://127.0.0.1:\(echo.port)"], environment)
        #expect(try await echoed.exitCode() == 69)
        #expect(echoed.text == "http://127.0.0.1:\(echo.port) answered 400: what is Bearer <redacted>?\n")
    }

    @Test("With --wait it waits for a puller that is not there yet, and ends when all are ready")
    func wait() async throws {
        let port = freePorts().0
        let waiting = try start(["--wait", "--url", "http://127.0.0.1:\(port)"])
        defer { waiting.end() }
        try await waiting.line(with: "waiting (", "s of 10m): no answer: http://127.0.0.1:\(port)")
        let console = try Console(port: port, state: "unready")
        try await poll(within: .seconds(180), "a second look") { console.requestCount > 2 }
        #expect(waiting.isRunning)
        console.set("ready")
        #expect(try await waiting.exitCode() == 0)
        #expect(waiting.text.contains("\n1 of 1 cluster is ready, after "))
    }

    @Test("Of a running puller it prints the failing cluster first, and --wait ends when that has recovered")
    func fleet() async throws {
        let users = ["user-1", "user-2", "user-3"]
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        try await fleet.addFault(.init(status: 403), user: "user-2")
        let port = "\(freePorts().0)"
        let waiting = try start(["--wait"], ["CONSOLE_PORT": port])
        defer { waiting.end() }
        let puller = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: users, ["CONSOLE_PORT": port])
        )
        defer { puller.end() }
        for user in ["user-1", "user-3"] { try await puller.line(with: "event=ready user=\(user) ") }
        try await puller.line(with: "event=failed user=user-2 ")
        let failing = try start([], ["CONSOLE_PORT": port])
        #expect(try await failing.exitCode() == 1)
        let rows = failing.lines.map { $0.split(separator: " ").map { String($0) } }
        #expect(rows.first == ["NAME", "STATE", "READY", "SINCE", "REASON"], "\(failing.text)")
        #expect(rows.dropFirst().map { $0[0] }.prefix(3) == ["user-2", "user-1", "user-3"])
        #expect(rows.dropFirst().first?.prefix(2) == ["user-2", "failing"])
        #expect(failing.lines.last == "2 of 3 clusters are ready; 1 failing")
        #expect(try await start(["user-1", "user-3"], ["CONSOLE_PORT": port]).exitCode() == 0)
        #expect(waiting.isRunning)
        try await fleet.clearFaults(user: "user-2")
        #expect(try await waiting.exitCode() == 0, "\(waiting.text)")
        let json = try start(["-o", "json"], ["CONSOLE_PORT": port])
        #expect(try await json.exitCode() == 0)
        #expect(json.text.contains(#""matching" : 3"#))
    }

    @Test("With --watch it prints changes, and a signal ends it")
    func watch() async throws {
        let console = try Console(state: "failing")
        let watching = try start(["--watch", "--url", console.url])
        defer { watching.end() }
        try await watching.line(with: "jane", "failing")
        console.set("ready")
        try await watching.line(with: "jane", "ready")
        watching.signal(SIGINT)
        #expect(try await watching.exitCode() == 128 + SIGINT)
    }
}
