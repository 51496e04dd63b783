import Foundation
import KubernetesAPI
import TestSupport
import Testing

/// The real executable against the mock fleet, with faults that all users share.
@Suite("Faults that all clusters share", .serialized)
struct SharedFaultTests {
    private typealias Fault = MockFleetProcess.Fault

    private let puller = "kubernetes-image-puller"
    private let users = (1...100).map { "user-\($0)" }

    private func fleet(_ arguments: String...) async throws -> MockFleetProcess {
        try await MockFleetProcess(
            ["--users", "\(users.count)", "--pull-ms", "20", "--pull-spread-ms", "20"] + arguments
        )
    }

    private func start(_ fleet: MockFleetProcess, _ changes: [String: String] = [:]) throws -> RunningProcess
    {
        try RunningProcess(puller, environment: fleet.environment(users: users, changes))
    }

    private func waitUntilReady(_ fleet: MockFleetProcess, _ process: RunningProcess) async throws {
        try await poll(within: .seconds(180), "ready clusters; the log ends:\n\(process.text.suffix(2000))") {
            try await fleet.readyClusters() == users.count
        }
    }

    // MARK: The token service

    @Test(
        "a fault of the token service is survived, and costs it one request per backoff step",
        arguments: [
            (Fault(status: 400, body: "oauth"), "answered 400: server_error"),
            (Fault(status: 401, body: "oauth"), "answered 401: server_error"),
            (Fault(status: 500, body: "text"), "answered 500: a fault was asked for"),
            (Fault(status: 503, body: "html", retryAfter: "1"), "answered 503"),
            (Fault(status: 200, body: "html"), "answered 200 without a usable access_token"),
            (Fault(kind: "drop"), "/token"),
            (Fault(kind: "never"), "/token"),
        ]
    )
    func tokenService(fault: MockFleetProcess.Fault, said: String) async throws {
        let fleet = try await fleet()
        var fault = fault
        fault.verbs = ["token"]
        try await fleet.addFault(fault)
        let began = ContinuousClock.now
        let process = try start(
            fleet,
            ["REQUEST_TIMEOUT_SECONDS": "2", "BACKOFF_INITIAL_SECONDS": "1", "BACKOFF_MAX_SECONDS": "1"]
        )
        defer { process.end() }
        try await process.line(with: "event=failed", "reason=TokenUnavailable", said)
        try await poll(within: .seconds(180), "another request") { try await fleet.counts().token >= 2 }
        let during = try await fleet.counts()
        #expect(during.get + during.create + during.delete + during.watch == 0)
        // Steps are half a second long on average; 100 users on their own would ask 200 times a second.
        let steps = (began.duration(to: .now) / .seconds(1)) * 2
        #expect(Double(during.token) <= 10 + 3 * steps)
        try await fleet.clearFaults()
        try await waitUntilReady(fleet, process)
    }

    @Test(
        "a fault of the token service gives a few lines for 100 users: how many, which, since when, and when it is over"
    )
    func fewLines() async throws {
        let fleet = try await fleet()
        try await fleet.addFault(Fault(verbs: ["token"], status: 503, body: "html"))
        try await fleet.configure(#"{"target":"unknown"}"#, user: "user-7")
        let process = try start(
            fleet,
            [
                "LOG_LEVEL": "info", "LOG_FORMAT": "json", "BACKOFF_INITIAL_SECONDS": "1",
                "BACKOFF_MAX_SECONDS": "2",
            ]
        )
        defer { process.end() }
        try await process.line(with: #""event":"fault""#, #""state":"began""#)
        // Each of a hundred users fails several times: there is one request for a token in each step of the backoff.
        let before = try await fleet.counts().token
        try await poll(within: .seconds(180), "further requests for a token") {
            try await fleet.counts().token >= before + 6
        }
        let during = process.lines.filter { $0.contains(#""level":"warning""#) }
        #expect(during.count == 1, "\(during)")
        let fields = try #require(
            JSONSerialization.jsonObject(with: Data((during.first ?? "").utf8)) as? [String: Any]
        )
        #expect(fields["reason"] as? String == "TokenUnavailable")
        #expect(fields["clusters"] as? Int ?? 0 >= 2)
        #expect(fields["of"] as? Int == 100)
        #expect((fields["users"] as? String)?.hasPrefix("user-") == true)
        #expect((fields["failing_since"] as? String)?.hasSuffix("Z") == true)
        #expect((fields["message"] as? String)?.contains("answered 503") == true)
        try await process.line(
            with: #""event":"summary""#,
            #""clusters":100,"ready":0,"unready":0,"failing":"#
        )

        try await fleet.clearFaults()
        try await process.line(with: #""event":"fault""#, #""state":"over""#, #""level":"info""#)
        try await poll(within: .seconds(180), "99 ready clusters") { try await fleet.readyClusters() == 99 }
        // What one cluster has besides is a line of its own.
        let own = try await process.line(with: #""event":"failed""#, #""level":"warning""#)
        #expect(
            own.contains(#""user":"user-7""#) && own.contains(#""failures":"#)
                && own.contains(#""failing_since":"#)
        )
        let warnings = process.lines.filter { $0.contains(#""level":"warning""#) }
        #expect(warnings.allSatisfy { $0.contains("user-7") || $0.contains("fault") })
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
    }

    @Test("a slow token service delays all clusters, and gets one request")
    func slowTokenService() async throws {
        let fleet = try await fleet()
        try await fleet.addFault(Fault(kind: "delay", verbs: ["token"], delayMs: 1500))
        let process = try start(fleet)
        defer { process.end() }
        try await waitUntilReady(fleet, process)
        #expect(try await fleet.counts().token == 1)
        #expect(!process.text.contains("event=failed"))
    }

    @Test(
        "whatever lifetime the token service gives a token, no cluster fails and the token is fetched once",
        arguments: ["300", #""300""#, "null", "0", "-5", "99999999999999999999", "1e300", #""soon""#, "0.1"]
    )
    func expiresIn(text: String) async throws {
        let fleet = try await fleet("--profile", "oidc")
        try await fleet.configureTokens(#"{"expiresInSent":\#(text)}"#)
        let process = try start(fleet)
        defer { process.end() }
        try await waitUntilReady(fleet, process)
        // Nothing that was said makes each request fetch another.
        #expect(try await fleet.counts().token == 1)
        #expect(!process.text.contains("event=failed"))
    }

    @Test("a token that is refused once, right after it was issued, is tried again")
    func refusedOnce() async throws {
        let fleet = try await fleet()
        try await fleet.configureTokens(#"{"refuseFirst":1}"#)
        let process = try start(fleet)
        defer { process.end() }
        try await waitUntilReady(fleet, process)
        #expect(try await fleet.counts().token <= 2)
    }

    @Test(
        "a token that expires while the puller runs is replaced once for all clusters, and no cluster fails"
    )
    func expiresWhileRunning() async throws {
        let fleet = try await fleet()
        let process = try start(fleet, ["CACHING_INTERVAL_HOURS": "0.0008"])
        defer { process.end() }
        try await waitUntilReady(fleet, process)
        try await fleet.resetCounts()
        try await fleet.configureTokens(#"{"action":"expireAll"}"#)
        try await poll(within: .seconds(180), "two more rounds of everybody") {
            try await fleet.users().allSatisfy { $0.counts.get >= 3 }
        }
        #expect(try await fleet.counts().token == 1)
        #expect(!process.text.contains("event=failed"))
    }

    @Test("a rotated secret is read again from its file, and all clusters become ready")
    func rotatedSecret() async throws {
        let fleet = try await fleet()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "secret-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: file) }
        try "mock-secret\n".write(to: file, atomically: true, encoding: .utf8)
        let process = try start(
            fleet,
            [
                "SERVICE_ACCOUNT_SECRET": "", "SERVICE_ACCOUNT_SECRET_FILE": file.path,
                "CACHING_INTERVAL_HOURS": "0.0008",
            ]
        )
        defer { process.end() }
        try await waitUntilReady(fleet, process)
        try await fleet.configureTokens(#"{"clientSecret":"another-secret","action":"revokeAll"}"#)
        // The renewal's failure is what is wrong, and not the users.
        try await process.line(
            with: "event=failed",
            "reason=TokenUnavailable",
            "the token was refused (401)",
            "/token answered 401: unauthorized_error"
        )
        #expect(!process.text.contains("reason=Unauthorized"))
        try "another-secret\n".write(to: file, atomically: true, encoding: .utf8)
        // The DaemonSets are there all the time: what counts is that each user is seen to be ready again.
        let said = process.lines.count
        try await poll(within: .seconds(180), "users who are ready again") {
            let lines = process.lines.dropFirst(said).filter { $0.contains("event=ready") }
            return users.allSatisfy { user in lines.contains { $0.contains("user=\(user) ") } }
        }
        #expect(process.isRunning)
    }

    // MARK: The road

    @Test("the puller waits for a proxy and a token service that are down when it starts")
    func notThere() async throws {
        let first = try await fleet()
        let port = try #require(URL(string: first.proxyURL)?.port)
        first.process.end()
        let process = try start(first)
        defer { process.end() }
        try await process.line(with: "event=failed", "reason=TokenUnavailable")

        let second = try await fleet("--port", "\(port)")
        try await waitUntilReady(second, process)
    }

    @Test("a host name that does not resolve is named in the failures, and retried")
    func noAddress() async throws {
        let fleet = try await fleet()
        let process = try start(fleet, ["OPENSHIFT_PROXY_URL": "http://no-such-proxy.invalid"])
        defer { process.end() }
        for user in ["user-1", "user-100"] {
            let failed = ["event=failed", "user=\(user) ", "reason=Unreachable", "no-such-proxy.invalid"]
            try await poll(within: .seconds(180), "three tries of \(user)") {
                process.lines.count { line in failed.allSatisfy { line.contains($0) } } >= 3
            }
        }
        #expect(process.isRunning)
    }

    // MARK: Files

    @Test("a session keeps no more files open than the connections leave to it")
    func filesOfSessions() async throws {
        let fleet = try await MockFleetProcess(["--users", "1"])
        let (few, many) = (1, 11)
        let processes = try [few, many].map { sessions in
            try RunningProcess(
                puller,
                environment: fleet.environment(
                    users: ["user-1"],
                    ["TRANSPORT_SESSIONS": "\(sessions)", "WATCH_CLUSTERS": "0", "LOG_LEVEL": "info"]
                )
            )
        }
        defer { for process in processes { process.end() } }
        for process in processes { try await process.line(with: "event=ready") }
        // Connections that are kept, to the cluster and to the token service, may be in two sessions. That
        // hides less than one file a session.
        let kept = 2
        try await poll(within: .seconds(30), "the files of \(many - few) sessions") {
            let files = try processes.map {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/\($0.pid)/fd").count
            }
            return files[1] - files[0] <= (many - few) * HTTPTransport.filesOfSession + kept
        }
    }

    @Test(
        "1,024 open files for 5,000 users are reported at the start, and are enough",
        arguments: [
            (200, 100, 128, "level=info event=started"), (5000, 5000, 5000, "only 1024 files may be open"),
        ]
    )
    func fewOpenFiles(users: Int, rollouts: Int, requests: Int, said: String) async throws {
        let many = (1...users).map { "user-\($0)" }
        // Slow enough that everybody whom the puller lets roll out does so at once.
        let fleet = try await MockFleetProcess([
            "--users", "\(many.count)", "--nodes", "1", "--pull-ms", rollouts < 1000 ? "200" : "1000",
        ])
        let process = try RunningProcess(
            at: "/bin/sh",
            ["-c", #"ulimit -n 1024; exec "$0""#, RunningProcess.path(of: puller)],
            environment: fleet.environment(
                users: many,
                [
                    "MAX_CONCURRENT_ROLLOUTS": "\(rollouts)", "MAX_CONCURRENT_REQUESTS": "\(requests)",
                    "TRANSPORT_SESSIONS": "2", "LOG_LEVEL": "info",
                ]
            )
        )
        defer { process.end() }
        try await process.line(with: said)
        let connections = 992 - 2 * HTTPTransport.filesOfSession
        try await process.line(
            with: "event=started",
            "at most \(connections) connections, as 1024 files may be open, in 2 sessions"
        )
        try await poll(within: .seconds(180), "ready clusters; the log ends:\n\(process.text.suffix(1000))") {
            try await fleet.readyClusters() == many.count
        }
        #expect(!process.text.contains("event=failed"))
    }
}
