import Foundation

/// A child process whose use of resources is measured. Its output goes to a file, so that it need not be read during
/// the measurement.
final class MeasuredProcess {
    /// Something that makes a measurement invalid or impossible.
    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    let pid: pid_t
    let output: URL
    private let began = ContinuousClock.now
    private var clock: clockid_t = 0
    private var hasEnded = false
    private var outputRead = 0
    private var mark = ""
    private var linesWithMark = 0
    /// The most files that were open at the same time; `nil` if it ended before they were counted.
    private(set) var peakOpenFiles: Int?
    /// Its peak memory in bytes, as last read while it was running: the figure of `wait4` may be from before the exec.
    private(set) var peakMemory: Int?
    private var lastLook = ContinuousClock.now

    /// Starts a program. It is killed when this process ends, however that happens.
    init(_ program: URL, _ arguments: [String], environment: [String: String], output: URL) throws {
        self.output = output
        let words = ["setpriv", "--pdeathsig", "KILL", program.path] + arguments
        var argv = words.map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The child would inherit the signals that the starting thread blocks.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, "setpriv", &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            throw Problem(description: "\(program.path): \(String(cString: strerror(code)))")
        }
        self.pid = pid
        clock_getcpuclockid(pid, &clock)
    }

    deinit {
        guard !hasEnded else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }

    /// Seconds since its start.
    var age: Double { began.duration(to: .now) / .seconds(1) }

    /// The CPU time so far in seconds, of all threads, including those that have ended.
    var cpuSeconds: Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Reads its current memory in bytes (`VmRSS`), and notes the peak. `nil` if it has ended.
    @discardableResult
    func lookAtMemory() -> Int? {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        func bytes(_ name: String) -> Int? {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
            return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map {
                $0 << 10
            }
        }
        peakMemory = bytes("VmHWM:") ?? peakMemory
        return bytes("VmRSS:")
    }

    /// The number of its established TCP connections.
    var connections: Int {
        let folder = "/proc/\(pid)/fd"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let established = establishedSockets
        return files.count { file in
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)")
            else { return false }
            return established.contains(target)
        }
    }

    /// All established TCP connections of this machine, as the links in a process's `fd` folder name them.
    private var establishedSockets: Set<String> {
        var sockets: Set<String> = []
        for table in ["tcp", "tcp6"] {
            // Read to the end: the size of a file in /proc is given as zero.
            let file = FileHandle(forReadingAtPath: "/proc/\(pid)/net/\(table)")
            let text = String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
            for line in text.split(separator: "\n") {
                // The fourth field is the state, the tenth the inode: proc_net_tcp.rst of the kernel.
                let fields = line.split(separator: " ")
                if fields.count > 9, fields[3] == "01" { sockets.insert("socket:[\(fields[9])]") }
            }
        }
        return sockets
    }

    /// Waits until its output, from the start, has `count` lines that contain `mark`.
    func wait(for mark: String, count: Int, within seconds: Double) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        if mark != self.mark {
            // Lines with another mark are counted from the start, too.
            (self.mark, linesWithMark, outputRead) = (mark, 0, 0)
        }
        while true {
            readOutput()
            if linesWithMark >= count { return }
            look()
            guard ContinuousClock.now < deadline else {
                throw Problem(
                    description: "\(linesWithMark) of \(count) lines \(mark) after \(Int(seconds)) s"
                )
            }
            guard waitpid(pid, nil, WNOHANG) == 0 else {
                hasEnded = true
                throw Problem(description: "ended too soon: \(lastOutput)")
            }
            usleep(5_000)
        }
    }

    /// Lets it run for this many seconds.
    func rest(seconds: Double) {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            look()
            usleep(20_000)
        }
    }

    /// Resets its peak memory: proc_pid_clear_refs(5).
    func forgetPeak() {
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/\(pid)/clear_refs"))
        peakMemory = nil
    }

    /// Sends it SIGTERM, and waits until it has ended.
    ///
    /// - Parameter diesOfSignal: Whether it may be ended by SIGTERM because it does not handle it.
    /// - Returns: The seconds until it had ended, and its total CPU time from `wait4`.
    @discardableResult
    func end(within seconds: Double = 30, diesOfSignal: Bool = false) throws -> (wall: Double, cpu: Double) {
        lookAtMemory()
        let told = ContinuousClock.now
        kill(pid, SIGTERM)
        var usage = rusage()
        var status: Int32 = 0
        var ended: pid_t = 0
        while ended == 0 {
            ended = wait4(pid, &status, WNOHANG, &usage)
            guard ContinuousClock.now < told + .seconds(seconds) else {
                throw Problem(description: "did not end within \(Int(seconds)) s")
            }
            if ended == 0 {
                look()
                usleep(2_000)
            }
        }
        hasEnded = true
        guard ended == pid, status == 0 || diesOfSignal && status == SIGTERM else {
            throw Problem(description: "ended with status \(status): \(lastOutput)")
        }
        let cpu = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
        return (told.duration(to: .now) / .seconds(1), cpu.reduce(0, +))
    }

    /// Everything that it has printed.
    var printed: Data { (try? Data(contentsOf: output)) ?? Data() }

    private var lastOutput: String { String(decoding: printed.suffix(500), as: UTF8.self) }

    private func readOutput() {
        guard let file = try? FileHandle(forReadingFrom: output) else { return }
        defer { try? file.close() }
        try? file.seek(toOffset: UInt64(outputRead))
        guard var data = try? file.readToEnd(), let end = data.lastIndex(of: UInt8(ascii: "\n")) else {
            return
        }
        data = data[data.startIndex...end]
        outputRead += data.count
        let needle = Data(mark.utf8)
        var rest = data[...]
        while let hit = rest.range(of: needle) {
            linesWithMark += 1
            rest = rest[hit.upperBound...]
        }
    }

    private func look() {
        guard lastLook.duration(to: .now) > .milliseconds(100) else { return }
        lastLook = .now
        lookAtMemory()
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []
        peakOpenFiles = max(peakOpenFiles ?? 0, files.count)
    }
}
