import Foundation
import TestSupport
import Testing

/// The real executable against the mock fleet, each a process of its own.
@Suite("The puller and a simulated fleet", .serialized)
struct FleetTests {
    private let puller = "kubernetes-image-puller"

    private func users(_ count: Int) -> [String] { (1...count).map { "user-\($0)" } }

    @Test("bring a thousand clusters to readiness, and one that fails does not affect the other 999")
    func aThousandUsers() async throws {
        let fleet = try await MockFleetProcess([
            "--users", "1000", "--pull-ms", "50", "--pull-spread-ms", "100",
        ])
        try await fleet.addFault(#"{"kind":"status","status":500,"body":"text"}"#, user: "user-500")
        let process = try RunningProcess(puller, environment: fleet.environment(users: users(1000)))
        defer { process.end() }
        try await poll(within: .seconds(120), "999 ready clusters") { try await fleet.readyClusters() == 999 }
        try await process.line(with: "user=user-500", "event=failed", "reason=ServerError")
        for user in try await fleet.users() where user.user != "user-500" {
            #expect(
                user.counts.get == 2 && user.counts.create == 1 && user.counts.delete == 0,
                "\(user.user)"
            )
        }
        try await fleet.clearFaults()
        try await poll(within: .seconds(120), "1,000 ready clusters") {
            try await fleet.readyClusters() == 1000
        }
        try await process.line(with: "event=summary", "1000 of 1000 clusters are ready")

        // Started again, it finds everything right: one get for each user, and no write.
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(60)) == 0)
        try await fleet.resetCounts()
        let second = try RunningProcess(puller, environment: fleet.environment(users: users(1000)))
        defer { second.end() }
        try await second.line(with: "event=summary", "1000 of 1000 clusters are ready")
        let counts = try await fleet.counts()
        #expect(counts.get == 1000)
        #expect(counts.create + counts.delete + counts.watch == 0)
        #expect(counts.token == 1)
        for user in try await fleet.users() { #expect(user.counts.get == 1, "\(user.user)") }
        #expect(!(process.text + second.text).contains("mock-secret"))
    }

    @Test("end with all DaemonSets deleted and exit code 0 if ON_EXIT=delete")
    func deletesAtExit() async throws {
        let fleet = try await MockFleetProcess(["--users", "20", "--pull-ms", "10"])
        let process = try RunningProcess(
            puller,
            environment: fleet.environment(users: users(20), ["ON_EXIT": "delete"])
        )
        defer { process.end() }
        try await poll(within: .seconds(120), "20 ready clusters") { try await fleet.readyClusters() == 20 }
        process.signal(SIGINT)
        #expect(try await process.exitCode(within: .seconds(60)) == 0)
        #expect(try await fleet.presentClusters() == 0)
    }

    @Test("end within the grace period, with exit code 1 and a line that says what is left and why")
    func saysWhatIsLeft() async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        let process = try RunningProcess(
            puller,
            environment: fleet.environment(
                users: users(3),
                ["ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "10"]
            )
        )
        defer { process.end() }
        try await poll(within: .seconds(120), "3 ready clusters") { try await fleet.readyClusters() == 3 }
        try await fleet.addFault(
            #"{"kind":"status","status":403,"body":"status","verbs":["delete"]}"#,
            user: "user-2"
        )
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(10 + 2 + 8)) == 1)
        try await process.line(with: "level=error", "user=user-2", "reason=Forbidden", "may be left")
        #expect(try await fleet.presentClusters() == 1)
    }

    @Test("end immediately on the second signal", arguments: [SIGTERM, SIGINT])
    func secondSignal(number: Int32) async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        let process = try RunningProcess(
            puller,
            environment: fleet.environment(
                users: users(1),
                ["ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "600"]
            )
        )
        defer { process.end() }
        try await poll(within: .seconds(120), "a ready cluster") { try await fleet.readyClusters() == 1 }
        try await fleet.addFault(#"{"kind":"never"}"#)
        process.signal(number)
        try await process.line(with: "event=stopping")
        // Earlier, it would be taken for the first one.
        try await Task.sleep(for: .milliseconds(100))
        process.signal(number)
        #expect(try await process.exitCode(within: .seconds(60)) == 128 + number)
    }

    @Test("keep working, and can be stopped, when the log is not read")
    func unreadLog() async throws {
        let fleet = try await MockFleetProcess(["--users", "300", "--pull-ms", "10"])
        let pipe = FileManager.default.temporaryDirectory.appendingPathComponent("pipe-\(UUID().uuidString)")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        let descriptor = open(pipe.path, O_RDWR | O_CLOEXEC)
        defer {
            close(descriptor)
            try? FileManager.default.removeItem(at: pipe)
        }
        let process = try RunningProcess(
            at: "/bin/sh",
            ["-c", #"exec "$0" >"$1""#, RunningProcess.path(of: puller), pipe.path],
            environment: fleet.environment(users: users(300), ["LOG_LEVEL": "debug", "LOG_FORMAT": "json"])
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "300 ready clusters") { try await fleet.readyClusters() == 300 }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        // It really was stuck: a pipe holds 64 KiB, not always packed, and there was more to say.
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(read(descriptor, &buffer, buffer.count) > 48 << 10)
    }

    @Test(
        "clean up nothing in a dry run, and otherwise the DaemonSets of one user or of all users, but no others"
    )
    func cleansUp() async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        let environment = fleet.environment(users: users(2))
        let process = try RunningProcess(puller, environment: environment)
        try await poll(within: .seconds(120), "2 ready clusters") { try await fleet.readyClusters() == 2 }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        try await fleet.act(
            #"{"action":"putDaemonSet","preset":"foreign","name":"kubernetes-image-puller"}"#,
            user: "user-3"
        )

        func cleanUp(_ arguments: String...) async throws -> (code: Int32, lines: [String]) {
            let process = try RunningProcess(puller, ["cleanup"] + arguments, environment: environment)
            return (try await process.exitCode(), process.lines.sorted())
        }
        #expect(
            try await cleanUp("--dry-run") == (0, ["user-1: would be deleted", "user-2: would be deleted"])
        )
        #expect(try await fleet.presentClusters() == 3)
        #expect(try await cleanUp("--user", "user-1") == (0, ["user-1: deleted"]))
        let foreign = try await cleanUp("--user", "user-3")
        #expect(foreign.code == 0 && foreign.lines.first?.hasPrefix("user-3: left alone: ") == true)
        #expect(try await cleanUp() == (0, ["user-1: nothing there", "user-2: deleted"]))
        let unknown = try await cleanUp("--user", "not-a-user")
        #expect(
            unknown.code == 1 && unknown.lines.first?.hasPrefix("not-a-user: failed: Unauthorized") == true
        )
        #expect(try await fleet.presentClusters() == 1)

        // It ends in order when it is told to, also as the first process of a container.
        try await fleet.addFault(#"{"kind":"never"}"#)
        try await fleet.resetCounts()
        let silent = try RunningProcess(puller, ["cleanup"], environment: environment)
        defer { silent.end() }
        try await poll(within: .seconds(120), "a request") { try await fleet.counts().get > 0 }
        silent.signal(SIGTERM)
        #expect(try await silent.exitCode(within: .seconds(60)) == 1)
        #expect(silent.lines.sorted().last?.hasPrefix("user-2: failed: ") == true)
    }

    @Test("follow the users' file while running")
    func followsTheUsersFile() async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("users-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        func write(_ text: String) throws { try text.write(to: file, atomically: true, encoding: .utf8) }
        try write("# two of three\nuser-1\nuser-2\n")
        let process = try RunningProcess(
            puller,
            environment: fleet.environment(users: [], ["IMPERSONATE_USERS_FILE": file.path])
        )
        defer { process.end() }
        try await poll(within: .seconds(120), "2 ready clusters") { try await fleet.readyClusters() == 2 }
        try write("user-3\nuser-1\n")
        try await process.line(with: "event=ready", "user=user-3")
        try await process.line(with: "event=removed", "user=user-2")
        #expect(try await fleet.user("user-2").daemonSets.isEmpty)
        #expect(try await fleet.readyClusters() == 2)
    }

    @Test("impersonate the groups of IMPERSONATE_GROUPS in every request, those of a clean-up included")
    func groups() async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        let groups = ["IMPERSONATE_GROUPS": #"pullers,"a, b""#]
        let environment = fleet.environment(users: users(1), groups)
        let process = try RunningProcess(puller, environment: environment)
        defer { process.end() }
        try await process.line(with: "event=ready", "user=user-1")
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(60)) == 0)
        let first = try await fleet.groups(user: "user-1")
        // Two names are read, and one is created and watched.
        #expect(first.count >= 4)

        let cleanup = try RunningProcess(puller, ["cleanup"], environment: environment)
        defer { cleanup.end() }
        #expect(try await cleanup.exitCode(within: .seconds(60)) == 0)
        let all = try await fleet.groups(user: "user-1")
        #expect(all.count > first.count)
        #expect(Set(all) == [["pullers", "a, b"]])
    }

    @Test("work with a token file and a path for each user instead of a header")
    func tokenFileAndPaths() async throws {
        let fleet = try await MockFleetProcess(["--users", "2", "--pull-ms", "10"])
        let token = try await fleet.token()
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "\(token)\n".write(to: file, atomically: true, encoding: .utf8)
        let process = try RunningProcess(
            puller,
            environment: fleet.environment(
                users: users(2),
                [
                    "OIDC_PROVIDER": "", "SERVICE_ACCOUNT_ID": "", "SERVICE_ACCOUNT_SECRET": "",
                    "BEARER_TOKEN_FILE": file.path, "OPENSHIFT_PROXY_URL": fleet.pathURL,
                    "LOG_FORMAT": "json",
                ]
            )
        )
        defer { process.end() }
        try await poll(within: .seconds(120), "2 ready clusters") { try await fleet.readyClusters() == 2 }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        for line in process.lines {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
        #expect(!process.text.contains(token))
    }
}
