import Foundation
import TestSupport
import Testing

@Suite("The output of the puller")
struct OutputTests {
    /// A puller whose standard output goes where a shell script leads it, and whose standard error can be read.
    private func puller(
        _ script: String,
        pipe: String = "",
        _ environment: [String: String]
    ) throws -> RunningProcess {
        let path = RunningProcess.path(of: "kubernetes-image-puller")
        return try RunningProcess(
            at: "/bin/sh",
            ["-c", script, path, pipe],
            environment: environment
        )
    }

    @Test(
        "Standard error says how many log lines are lost when the reader of the log stalls",
        arguments: [
            ("text", "log lines were not written: nothing reads the log"),
            ("json", #""level":"error","event":"log","reason":"LogLoss","message":""#),
        ]
    )
    func stalledReader(format: String, line: String) async throws {
        let users = (1...300).map { "user-\($0)" }
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        let pipe = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        #expect(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        // A reader that is there and does not read.
        let process = try puller(
            #"exec 3<>"$1"; exec "$0" >"$1""#,
            pipe: pipe,
            fleet.environment(users: users, ["LOG_FORMAT": format])
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "ready clusters") {
            try await fleet.readyClusters() == users.count
        }
        process.signal(SIGTERM)
        #expect(try await process.exitCode(within: .seconds(30)) == 0)
        #expect(process.lines.count == 1 && process.text.contains(line), "\(process.text)")
    }

    @Test("Standard error says how many log lines are lost when the disk is full")
    func fullDisk() async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        let process = try puller(#"exec "$0" >/dev/full"#, fleet.environment(users: ["user-1"]))
        defer { process.end() }
        try await poll(within: .seconds(180), "a ready cluster") { try await fleet.readyClusters() == 1 }
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        #expect(process.text.contains("log lines were not written: No space left on device"))
    }

    @Test("The start is logged with the HTTP proxies on the way, without users and passwords")
    func proxies() async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        let proxies = ["HTTPS_PROXY": "http://joe:hidden-word@proxy.invalid:3128", "no_proxy": "127.0.0.1"]
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: ["user-1"], proxies)
        )
        defer { process.end() }
        let line = try await process.line(with: "event=started")
        #expect(line.contains("HTTPS_PROXY=http://<redacted>@proxy.invalid:3128"))
        #expect(line.contains("no_proxy=127.0.0.1"))
        try await process.line(with: "event=ready")
        #expect(!process.text.contains("hidden-word") && !process.text.contains("joe"))
    }

    @Test(
        "A command whose output is lost says so, and ends with exit code 74",
        arguments: [
            "exec \"$0\" manifest >/dev/full", "exec \"$0\" --help >/dev/full", "exec \"$0\" --version >&-",
        ]
    )
    func lostOutput(script: String) async throws {
        let process = try puller(script, ["IMAGES": "a=busybox"])
        defer { process.end() }
        #expect(try await process.exitCode() == 74)
        #expect(process.lines.count == 1 && process.text.hasPrefix("the output was not written: "))
    }

    @Test("A reader that has seen enough of a command's output is no loss")
    func satisfiedReader() async throws {
        let pipe = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        #expect(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        // A reader that was there, and is gone.
        let process = try puller(#"exec 3<>"$1" 4>"$1" 3>&-; exec "$0" --help >&4"#, pipe: pipe, [:])
        defer { process.end() }
        #expect(try await process.exitCode() == 0)
        #expect(process.lines == [])
    }

    @Test("No header of a request is printed, even if URLSession is told to print them")
    func debugOutput() async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: ["user-1"], ["URLSessionDebugLibcurl": "1"])
        )
        defer { process.end() }
        try await process.line(with: "event=ready")
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        for word in ["Authorization", "Bearer", "mock-secret"] {
            #expect(!process.text.localizedCaseInsensitiveContains(word))
        }
        #expect(process.lines.allSatisfy { $0.hasPrefix("time=") })
        #expect(process.lines.contains { $0.contains("URLSessionDebugLibcurl is ignored") })
    }
}
