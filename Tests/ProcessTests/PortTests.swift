import Foundation
import TestSupport
import Testing

/// A puller whose ports are asked by `curl`, as an operator would.
@Suite("The ports of the puller")
struct PortTests {
    private static let puller = "kubernetes-image-puller"

    /// An answer as curl shows it.
    private struct Answer {
        var status: Int
        var text: String

        var object: NSDictionary? {
            try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary
        }
    }

    /// Asks with curl; status 0 when nothing was answered.
    private static func ask(_ url: String, _ arguments: [String] = []) async throws -> Answer {
        let mark = "\n=> "
        let process = try RunningProcess(
            at: "/usr/bin/curl",
            ["-gsS", "-m", "20", "-w", mark + "%{http_code}\n", url] + arguments,
            environment: [:]
        )
        _ = try await process.exitCode()
        let parts = process.text.split(separator: mark, omittingEmptySubsequences: false)
        let status = parts.last.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        return Answer(status: status ?? 0, text: parts.dropLast().joined(separator: mark))
    }

    /// Runs `body` with a puller of ten users, once its ports are open.
    private func running(
        users count: Int = 10,
        _ changes: [String: String] = [:],
        _ body: (_ process: RunningProcess, _ status: String, _ console: String) async throws -> Void
    ) async throws {
        let users = (1...count).map { "user-\($0)" }
        let fleet = try await MockFleetProcess(["--users", "\(count)", "--pull-ms", "10"])
        let (status, console) = freePorts()
        let own = ["STATUS_PORT": "\(status)", "CONSOLE_PORT": "\(console)", "LOG_LEVEL": "info"]
        let process = try RunningProcess(
            Self.puller,
            environment: fleet.environment(users: users, own.merging(changes) { $1 })
        )
        defer { process.end() }
        try await process.line(with: "event=started")
        try await body(process, "http://127.0.0.1:\(status)", "http://127.0.0.1:\(console)")
    }

    @Test("answer probes, metrics, the page and the API while the fleet becomes ready")
    func answers() async throws {
        try await running { _, status, console in
            #expect(try await Self.ask(status + "/livez").text == "ok")
            try await poll(within: .seconds(180), "readiness") {
                try await Self.ask(status + "/readyz").status == 200
            }
            let verbose = try await Self.ask(status + "/readyz?verbose").text
            #expect(verbose.contains("[+]token ok\n"))
            #expect(try await Self.ask(status + "/metrics").text.contains("image_puller_build_info{"))
            #expect(try await Self.ask(status + "/api/v1/summary").status == 404)
            #expect(try await Self.ask(console + "/metrics").status == 404)
            #expect(try await Self.ask(console + "/").text.hasPrefix("<!doctype html>"))
            try await poll(within: .seconds(180), "ready clusters") {
                let summary = try await Self.ask(console + "/api/v1/summary").object
                return (summary?["clusters"] as? NSDictionary)?["ready"] as? Int == 10
            }
            let cluster = try await Self.ask(console + "/api/v1/clusters/user-7").object
            #expect(cluster?["name"] as? String == "user-7")
            #expect(cluster?["state"] as? String == "ready")
        }
    }

    @Test("give all clusters page by page, each once")
    func pages() async throws {
        try await running { _, _, console in
            try await poll(within: .seconds(180), "all clusters") {
                try await Self.ask(console + "/api/v1/clusters?limit=3").object?["total"] as? Int == 10
            }
            var names: [String] = []
            var rest = ""
            repeat {
                let answer = try await Self.ask(console + "/api/v1/clusters?limit=3" + rest).object
                let clusters = try #require(answer?["clusters"] as? [NSDictionary])
                #expect(answer?["total"] as? Int == 10)
                #expect(clusters.count <= 3)
                names += clusters.compactMap { $0["name"] as? String }
                rest = (answer?["continue"] as? String).map { "&continue=\($0)" } ?? ""
            } while !rest.isEmpty && names.count <= 20
            // A cluster that changes its state meanwhile may be met twice, or be missed.
            #expect(Set(names).count >= 7)
        }
    }

    @Test("answer HEAD, requests of other programs and wrong ones as they should")
    func oddRequests() async throws {
        try await running { _, status, console in
            let head = try await Self.ask(console + "/api/v1/summary", ["-I"])
            #expect(head.status == 200)
            #expect(head.text.lowercased().contains("content-type: application/json"))
            #expect(try await Self.ask(status + "/livez", ["--http1.0"]).text == "ok")
            #expect(try await Self.ask(status + "/livez", ["-X", "POST"]).status == 405)
            #expect(try await Self.ask(status + "/livez", ["-d", "x"]).status == 413)
            #expect(try await Self.ask(console + "/", ["-H", "Host: evil.example.com"]).status == 403)
            #expect(
                try await Self.ask(console + "/api/v1/summary", ["-H", "Origin: http://evil.example.com"])
                    .status == 403
            )
            let wrong = try await Self.ask(console + "/api/v1/clusters?limit=0").object
            #expect(wrong?["error"] as? String == #"limit="0": must be a whole number from 1 to 10000"#)
            let long = String(repeating: "a", count: 5000)
            #expect(try await Self.ask(status + "/" + long).status == 414)
            #expect(try await Self.ask(status + "/livez", ["-H", "a: " + long]).status == 431)
        }
    }

    @Test("answer on the console only with the token where one is required, and never log it")
    func token() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let token = "console-token-of-the-test"
        try (token + "\n").write(to: file, atomically: true, encoding: .utf8)
        let settings = ["CONSOLE_ADDRESS": "0.0.0.0", "CONSOLE_TOKEN_FILE": file.path, "LOG_LEVEL": "debug"]
        try await running(settings) { process, _, console in
            let url = console + "/api/v1/summary"
            #expect(try await Self.ask(url).status == 401)
            #expect(try await Self.ask(url, ["-H", "Authorization: Bearer \(token)x"]).status == 401)
            #expect(try await Self.ask(url, ["-H", "Authorization: Bearer \(token)"]).status == 200)
            #expect(
                try await Self.ask(url, ["-u", "any:\(token)", "-H", "Host: puller.example.com"]).status
                    == 200
            )
            try ("another-" + token).write(to: file, atomically: true, encoding: .utf8)
            try await poll(within: .seconds(180), "rotation") {
                try await Self.ask(url, ["-u", ":another-\(token)"]).status == 200
            }
            #expect(try await Self.ask(url, ["-u", "any:\(token)"]).status == 401)
            #expect(!process.text.contains(token))
        }
    }

    @Test("are not opened by commands")
    func commands() async throws {
        let fleet = try await MockFleetProcess(["--users", "1"])
        // The mock fleet's own port: a command that listened there would fail.
        let port = fleet.proxyURL.split(separator: ":").last.map { String($0) } ?? ""
        let environment = fleet.environment(users: ["user-1"], ["STATUS_PORT": port])
        for (command, code) in [("plan", 2), ("validate", 0), ("manifest", 0), ("cleanup", 0)]
            as [(String, Int32)]
        {
            let process = try RunningProcess(Self.puller, [command], environment: environment)
            #expect(try await process.exitCode() == code, "\(command)")
        }
        let process = try RunningProcess(Self.puller, environment: environment)
        #expect(try await process.exitCode() == 78)
    }

    @Test(
        "answer a load of requests while the fleet becomes ready all the same",
        .enabled(if: installedProgram("wrk") != nil, "wrk is not installed")
    )
    func load() async throws {
        try await running(users: 300) { _, status, console in
            let load = try RunningProcess(
                at: #require(installedProgram("wrk")),
                ["-t1", "-c24", "-d5", status + "/metrics"],
                environment: [:]
            )
            try await poll(within: .seconds(120), "ready clusters") {
                let summary = try await Self.ask(console + "/api/v1/summary").object
                return (summary?["clusters"] as? NSDictionary)?["ready"] as? Int == 300
            }
            #expect(try await load.exitCode() == 0)
            #expect(!load.text.contains("Non-2xx"))
            // On a busy machine, an answer may take longer than the two seconds that wrk waits; none is refused or cut off.
            let errors = load.text.firstMatch(of: /Socket errors: (.*), timeout/)?.output.1
            #expect(errors ?? "connect 0, read 0, write 0" == "connect 0, read 0, write 0")
            #expect(load.text.contains("requests in"))
            #expect(try await Self.ask(status + "/livez").text == "ok")
        }
    }
}
