import Foundation
import TestSupport
import Testing

/// The static sleep, built for one architecture.
private struct StaticSleep {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sleep-\(UUID().uuidString)")
        .path

    /// - Parameter architecture: As `uname -m` prints it; `nil` for this machine's.
    init(for architecture: String? = nil) async throws {
        let build = try RunningProcess(
            at: Repository.url("scripts/build-sleep").path,
            [path] + [architecture].compactMap { $0 },
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        )
        guard try await build.exitCode() == 0 else { throw RunningProcess.Problem(build.text) }
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func start(_ arguments: [String]) throws -> RunningProcess {
        try RunningProcess(at: path, arguments, environment: [:])
    }

    func start(_ arguments: String...) throws -> RunningProcess { try start(arguments) }

    /// Starts a command as process 1 of a new PID namespace.
    func startAsProcess1(_ command: [String]) throws -> RunningProcess {
        let options = ["--pid", "--fork", "--kill-child"]
        return try RunningProcess(at: "/usr/bin/unshare", options + command, environment: [:])
    }
}

/// Whether this user may make PID namespaces here.
private func canMakeNamespaces() async throws -> Bool {
    let arguments = ["--pid", "--fork", "/bin/true"]
    return try await RunningProcess(at: "/usr/bin/unshare", arguments, environment: [:]).exitCode() == 0
}

@Suite("The static sleep")
struct SleepTests {
    /// What a process waits for.
    private enum Wait: Equatable {
        /// At most as many whole seconds.
        case seconds(Int)
        case forever
    }

    /// The number of `rt_sigtimedwait`, and the word of /proc/PID/syscall that is the address of its time limit.
    #if arch(x86_64)
        private static let waitCall = "128"
    #else
        private static let waitCall = "137"
    #endif
    private static let limitWord = 3

    /// What it waits for, from its memory; `nil` as long as it does not wait.
    private func wait(of pid: Int32) throws -> Wait? {
        let call = try String(contentsOfFile: "/proc/\(pid)/syscall", encoding: .utf8).split(separator: " ")
        guard call.count > Self.limitWord, call[0] == Self.waitCall,
            let address = UInt64(call[Self.limitWord].dropFirst(2), radix: 16)
        else { return nil }
        guard address != 0 else { return .forever }
        let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(pid)/mem"))
        defer { try? memory.close() }
        try memory.seek(toOffset: address)
        let bytes = try memory.read(upToCount: 16) ?? Data()
        guard bytes.count == 16 else { return nil }
        let (seconds, nanoseconds) = bytes.withUnsafeBytes {
            ($0.loadUnaligned(as: Int.self), $0.loadUnaligned(fromByteOffset: 8, as: Int.self))
        }
        return .seconds(seconds + (nanoseconds > 0 ? 1 : 0))
    }

    /// What it waits for, as soon as it does.
    private func firstWait(of process: RunningProcess) async throws -> Wait? {
        var found: Wait?
        try await poll(within: .seconds(20), "wait of the process; it printed:\n\(process.text)") {
            found = try wait(of: process.pid)
            return found != nil
        }
        return found
    }

    @Test("The static sleep waits for the sum of its durations, which may be those of GNU sleep and of Go")
    func durations() async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        let expected: [(String, Int)] = [
            ("1000", 1000), ("1000.5", 1001), ("1000.", 1000), ("1000s", 1000), ("0.5h", 1800), (".5h", 1800),
            ("720h", 2_592_000), ("1h30m", 5400), ("1h1m1s", 3661), ("1d", 86400), ("1.5d12h", 172_800),
            ("876000h", 3_153_600_000), ("100m", 6000), ("1000000ms", 1000), ("1000000000us", 1000),
            ("1000000000\u{b5}s", 1000), ("1000000000\u{3bc}s", 1000), ("1000000000000ns", 1000),
            ("1000 1m 0.0s", 1060), ("0 0 2000", 2000),
        ]
        for (text, seconds) in expected {
            let process = try sleep.start(text.split(separator: " ").map { String($0) })
            defer { process.end() }
            guard case .seconds(let found) = try await firstWait(of: process) else {
                Issue.record("\(text) has no end")
                continue
            }
            #expect((seconds - 60...seconds).contains(found), "\(text): \(found) s")
        }
    }

    @Test("The static sleep never ends for infinity, and for what is longer than it can count")
    func infinity() async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        for arguments in [
            ["infinity"], ["inf"], ["1", "infinity"], ["99999999999999999999999999h"], ["18446744073710"],
            ["500000000000ms", "5000000h", "5000000h"], ["0.1", "213504d", "213504d"],
        ] {
            let process = try sleep.start(arguments)
            defer { process.end() }
            #expect(try await firstWait(of: process) == .forever, "\(arguments)")
        }
    }

    @Test("The static sleep ends with 0 when its time is over, and not before")
    func end() async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        let clock = ContinuousClock()
        for (arguments, milliseconds) in [
            (["0"], 0), (["0.2"], 200), (["100ms", "0.1"], 200), (["0s200000us"], 200), (["1ns"], 0),
        ] {
            let begin = clock.now
            let process = try sleep.start(arguments)
            #expect(try await process.exitCode(within: .seconds(20)) == 0, "\(arguments)")
            #expect(clock.now - begin >= .milliseconds(milliseconds), "\(arguments)")
            #expect(process.text.isEmpty)
        }
    }

    @Test("The static sleep names each argument that is not a duration, and ends with 1")
    func wrongArguments() async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        for argument in [
            "", ".", "s", "ms", "1x", "1sm", "1h30", "30 ", " 30", "1e3", "0x10", "-1", "+1", "0.5.5", "1..5",
            "1,5", "--", "--help", "nan", "infinity1", "infinit", "1infinity", "Infinity", "\u{0661}",
        ] {
            let process = try sleep.start("0", argument, "1", "?")
            #expect(try await process.exitCode(within: .seconds(20)) == 1, "\(argument)")
            #expect(
                process.text == """
                    sleep: "\(argument)" is not a duration
                    sleep: "?" is not a duration
                    A duration must be infinity, or a number of seconds such as 10 or 0.5, or numbers with units
                    (ns, us, ms, s, m, h, d) such as 720h or 1h30m. Several durations add up.

                    """
            )
        }
        let process = try sleep.start()
        #expect(try await process.exitCode(within: .seconds(20)) == 1)
        #expect(process.lines.first == "sleep: a duration is missing")
    }

    @Test("The static sleep ends with 0 at once when it is told to", arguments: [SIGTERM, SIGINT, SIGHUP])
    func signals(signal: Int32) async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        let process = try sleep.start("infinity")
        defer { process.end() }
        _ = try await firstWait(of: process)
        process.signal(signal)
        #expect(try await process.exitCode(within: .seconds(20)) == 0)
        #expect(process.text.isEmpty)
    }

    @Test("The static sleep goes on with the rest of its time after it was stopped")
    func stopped() async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        let process = try sleep.start("3000")
        defer { process.end() }
        _ = try await firstWait(of: process)
        process.signal(SIGSTOP)
        try await poll(within: .seconds(20), "stop") {
            try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8).contains("State:\tT")
        }
        process.signal(SIGCONT)
        guard case .seconds(let rest) = try await firstWait(of: process) else {
            Issue.record("it waits for ever")
            return
        }
        #expect((2940...3000).contains(rest))
    }

    /// The processes that a process has started, those included that have ended and that it has not taken notice of.
    private func children(of pid: Int32) -> [Int32] {
        let list = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return (list ?? "").split(separator: " ").compactMap { Int32($0) }
    }

    /// The static sleep that `unshare` has started, as soon as it waits.
    private func process1(of unshare: RunningProcess) async throws -> Int32 {
        var found: Int32?
        try await poll(within: .seconds(20), "process 1; unshare printed:\n\(unshare.text)") {
            found = try children(of: unshare.pid).first { try wait(of: $0) != nil }
            return found != nil
        }
        return found ?? 0
    }

    @Test(
        "As process 1 of a container, the static sleep ends with 0 at once when it is told to",
        .enabled("this user may not make PID namespaces here") { try await canMakeNamespaces() },
        arguments: [SIGTERM, SIGINT]
    )
    func process1(signal: Int32) async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        let unshare = try sleep.startAsProcess1([sleep.path, "infinity"])
        defer { unshare.end() }
        kill(try await process1(of: unshare), signal)
        #expect(try await unshare.exitCode(within: .seconds(20)) == 0)
    }

    /// A program that becomes the static sleep, with two children that have ended, one that runs, and one that it has
    /// inherited.
    private static let parent = """
        import os, sys
        sleep = sys.argv[1]
        def start(duration):
            return os.spawnv(os.P_NOWAIT, sleep, [sleep, duration])
        def wait(child):
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        wait(start("0"))
        start("infinity")
        child = os.fork()
        if child == 0:
            start("infinity")
            os._exit(0)
        wait(child)
        os.execv(sleep, [sleep, "infinity"])
        """

    @Test(
        "As process 1 of a container, the static sleep leaves no ended processes behind",
        .enabled("this user may not make PID namespaces here") { try await canMakeNamespaces() }
    )
    func endedChildren() async throws {
        let sleep = try await StaticSleep()
        defer { sleep.remove() }
        let unshare = try sleep.startAsProcess1(["/usr/bin/python3", "-c", Self.parent, sleep.path])
        defer { unshare.end() }
        let process1 = try await process1(of: unshare)
        try await poll(within: .seconds(20), "two children of process 1") {
            children(of: process1).filter { (try? wait(of: $0)) != nil }.count == 2
        }
        for child in children(of: process1) { kill(child, SIGTERM) }
        try await poll(within: .seconds(20), "end of the children") { children(of: process1).isEmpty }
        #expect(unshare.isRunning)
    }

    @Test(
        "The static sleep is a small executable that needs no other file, for each architecture",
        arguments: [("x86_64", UInt16(62)), ("aarch64", 183)]
    )
    func file(architecture: String, machine: UInt16) async throws {
        let sleep = try await StaticSleep(for: architecture)
        defer { sleep.remove() }
        let file = try Data(contentsOf: URL(fileURLWithPath: sleep.path))
        #expect(file.count < 20 << 10)
        // The layout of ELF files with 64 bits: elf(5).
        func read<Number: FixedWidthInteger>(_ offset: Int, _ type: Number.Type) -> Number {
            file.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
        }
        let executable = UInt16(2), interpreter = UInt32(3), dynamic = UInt32(2), stack = UInt32(0x6474_e551)
        #expect(file.prefix(6) == Data([0x7f, 0x45, 0x4c, 0x46, 2, 1]))
        #expect(read(16, UInt16.self) == executable)
        #expect(read(18, UInt16.self) == machine)
        let table = Int(read(32, UInt64.self)), size = Int(read(54, UInt16.self))
        let headers = (0..<Int(read(56, UInt16.self))).map { table + $0 * size }.map {
            (type: read($0, UInt32.self), flags: read($0 + 4, UInt32.self))
        }
        #expect(!headers.contains { $0.type == interpreter || $0.type == dynamic })
        let isExecutable = UInt32(1), isWritable = UInt32(2)
        #expect(headers.contains { $0.type == stack && $0.flags & isExecutable == 0 })
        #expect(!headers.contains { $0.flags & isExecutable != 0 && $0.flags & isWritable != 0 })
    }
}
