import Foundation
import TestSupport
import Testing

/// Signals at moments that ``EndTests`` does not have: before the work, and SIGHUP.
@Suite("Signals", .serialized)
struct SignalTests {
    private static let puller = "kubernetes-image-puller"

    /// An environment that takes seconds to read: a file of very many users.
    private func slowEnvironment(_ fleet: MockFleetProcess, in folder: URL) throws -> [String: String] {
        let file = folder.appendingPathComponent("users")
        let users = (1...200_000).map { "someone-with-a-long-name-\($0)" }
        try users.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        return fleet.environment(users: [], ["IMPERSONATE_USERS": "", "IMPERSONATE_USERS_FILE": file.path])
    }

    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    /// Whether a signal is in one of the sets of a process: `SigBlk:` of blocked ones, `SigCgt:` of those with a handler.
    private func has(_ signal: Int32, in set: String, _ pid: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(set) }
        let mask = line.flatMap { UInt64($0.dropFirst(set.count).drop { $0 == "\t" }, radix: 16) } ?? 0
        return mask & (1 << UInt64(signal - 1)) != 0
    }

    private func waitUntilHandled(_ signal: Int32, _ pid: Int32) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: .seconds(30))
        while !has(signal, in: "SigCgt:", pid) {
            guard clock.now < deadline else {
                throw RunningProcess.Problem("\(pid) has no handler for signal \(signal)")
            }
            try await clock.sleep(for: .milliseconds(1))
        }
    }

    @Test(
        "A signal that arrives while the configuration is read ends the puller cleanly",
        arguments: [SIGTERM, SIGINT, SIGHUP]
    )
    func early(signal: Int32) async throws {
        let fleet = try await MockFleetProcess(["--users", "1"])
        try await withFolder { folder in
            let process = try RunningProcess(
                Self.puller,
                environment: try slowEnvironment(fleet, in: folder).merging(["LOG_FORMAT": "json"]) { $1 }
            )
            defer { process.end() }
            try await waitUntilHandled(signal, process.pid)
            process.signal(signal)
            #expect(try await process.exitCode() == 0)
            #expect(process.lines.count == 1, "\(process.text)")
            #expect(process.text.contains(#""level":"info","event":"stopped","reason":"SIG"#))
            #expect(process.text.contains("before anything was begun"))
        }
    }

    @Test(
        "A signal ends `validate` in the same way as any other program",
        arguments: [SIGTERM, SIGINT]
    )
    func duringCheck(signal: Int32) async throws {
        let fleet = try await MockFleetProcess(["--users", "1"])
        try await withFolder { folder in
            let process = try RunningProcess(
                Self.puller,
                ["validate"],
                environment: try slowEnvironment(fleet, in: folder)
            )
            defer { process.end() }
            try await waitUntilHandled(signal, process.pid)
            process.signal(signal)
            #expect(try await process.exitCode() == 128 + signal)
            #expect(process.text == "")
        }
    }

    /// Whether this machine lets a process be the first one of a PID namespace, as in a container.
    private static let hasNamespaces: Bool = {
        let trial = Process()
        trial.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        trial.arguments = ["--pid", "--fork", "true"]
        guard (try? trial.run()) != nil else { return false }
        trial.waitUntilExit()
        return trial.terminationStatus == 0
    }()

    @Test(
        "SIGTERM is not lost when the puller is process 1, even if it comes before the puller's main",
        .enabled(if: hasNamespaces, "unshare --pid needs root")
    )
    func process1() async throws {
        let fleet = try await MockFleetProcess(["--users", "3"])
        let environment = fleet.environment(users: ["user-1", "user-2", "user-3"])
        var earlier = 0
        for turn in 0..<20 {
            let outer = try RunningProcess(
                at: "/usr/bin/unshare",
                ["--pid", "--fork", "--kill-child", RunningProcess.path(of: Self.puller)],
                environment: environment
            )
            defer { outer.end() }
            let inner = try child(of: outer.pid)
            while !isPuller(inner), outer.isRunning {}
            // It is blocked once the dynamic linker has done its work, and has a handler ten milliseconds later.
            while !has(SIGTERM, in: "SigBlk:", inner), !has(SIGTERM, in: "SigCgt:", inner), outer.isRunning {}
            if !has(SIGTERM, in: "SigCgt:", inner) { earlier += 1 }
            try await Task.sleep(for: .milliseconds(turn * turn / 4))
            kill(inner, SIGTERM)
            #expect(try await outer.exitCode(within: .seconds(20)) == 0, "turn \(turn): \(outer.text)")
        }
        #expect(earlier > 0)
    }

    /// Whether a process has become the puller: before that it is a copy of its parent.
    private func isPuller(_ pid: Int32) -> Bool {
        let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
        return name?.hasPrefix("kubernetes-imag") == true
    }

    /// Waits for the one child of a process.
    private func child(of pid: Int32) throws -> Int32 {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while ContinuousClock.now < deadline {
            let list = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
            if let child = list.flatMap({ Int32($0.prefix { $0 != " " }) }) { return child }
        }
        throw RunningProcess.Problem("\(pid) has no child")
    }

    @Test("A signal that a parent sends twice, to the puller and to its group, is one signal")
    func twice() async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        let process = try RunningProcess(
            Self.puller,
            environment: fleet.environment(users: ["user-1", "user-2", "user-3"], ["ON_EXIT": "delete"])
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "3 ready clusters") { try await fleet.readyClusters() == 3 }
        // The kernel keeps one of each kind, so that two of one kind would be two only now and then.
        // Stopped, it handles neither before both are pending.
        process.signal(SIGSTOP)
        try await poll(within: .seconds(180), "a stopped process") {
            let status = try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
            return status.contains("\nState:\tT")
        }
        process.signal(SIGTERM)
        process.signal(SIGINT)
        process.signal(SIGCONT)
        #expect(try await process.exitCode() == 0, "\(process.text)")
        #expect(try await fleet.presentClusters() == 0)
    }

    @Test("SIGHUP ends the puller cleanly, like SIGINT")
    func hangUp() async throws {
        let fleet = try await MockFleetProcess(["--users", "3", "--pull-ms", "10"])
        let users = ["user-1", "user-2", "user-3"]
        let process = try RunningProcess(
            Self.puller,
            environment: fleet.environment(users: users, ["ON_EXIT": "delete"])
        )
        defer { process.end() }
        try await poll(within: .seconds(180), "3 ready clusters") { try await fleet.readyClusters() == 3 }
        process.signal(SIGHUP)
        #expect(try await process.exitCode() == 0)
        #expect(process.text.contains("event=stopping reason=SIGHUP"))
        #expect(try await fleet.presentClusters() == 0)
    }

    @Test("SIGHUP is ignored under nohup, and SIGTERM still ends the puller")
    func noHangUp() async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        let process = try RunningProcess(
            at: "/bin/sh",
            ["-c", #"trap "" HUP; exec "$0""#, RunningProcess.path(of: Self.puller)],
            environment: fleet.environment(users: ["user-1"])
        )
        defer { process.end() }
        try await process.line(with: "event=ready")
        process.signal(SIGHUP)
        try await Task.sleep(for: .milliseconds(500))
        #expect(process.isRunning)
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        #expect(process.text.contains("event=stopping reason=SIGTERM"))
    }
}
