import CLinuxProcess
import Foundation
import Glibc
import Synchronization

/// A process that runs one of the project's executables, with everything that it prints.
///
/// It is started by `posix_spawn` and waited for by `waitpid`. Foundation's `Process` notices the end of a child by a
/// socket, which other children that are started at the same time inherit; when tests run in parallel, it may never
/// notice the end.
public final class RunningProcess: Sendable {
    /// Something did not happen in time, or not as expected.
    public struct Problem: Error, CustomStringConvertible {
        /// What did not happen, in one sentence.
        public let description: String

        /// Creates a problem.
        public init(_ description: String) {
            self.description = description
        }
    }

    /// The process id.
    public let pid: Int32
    /// The status that `waitpid` has returned; `nil` while the process runs.
    private let status = Mutex<Int32?>(nil)
    // A file and not a pipe, which somebody would have to read.
    private let output: URL
    // What must not be in the output.
    private let secrets: [String]
    // The mock fleet exits when its standard input is closed, so it also exits if the test run is killed.
    private let input: Int32

    /// Starts an executable of this package.
    ///
    /// - Parameter environment: The whole environment of the process; nothing is inherited.
    public convenience init(
        _ name: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        try self.init(at: Self.path(of: name), arguments, environment: environment)
    }

    /// The path of an executable of this package.
    public static func path(of name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent(name).path
    }

    /// Pullers that run at the same time would want the same ports.
    private static let withoutPorts = ["STATUS_PORT": "0", "CONSOLE_PORT": "0"]

    /// Starts any executable. A puller has no ports, unless its environment asks for them.
    public init(at path: String, _ arguments: [String], environment: [String: String]) throws {
        let folder = ProcessInfo.processInfo.environment[Self.outputFolder].map { URL(fileURLWithPath: $0) }
        output = (folder ?? FileManager.default.temporaryDirectory).appendingPathComponent(UUID().uuidString)
        secrets = Self.secrets(in: environment)
        var pipe: [Int32] = [0, 0]
        guard Glibc.pipe(&pipe) == 0 else { throw Problem("no pipe: \(String(cString: strerror(errno)))") }
        for descriptor in pipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        input = pipe[1]
        defer { close(pipe[0]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO)
        posix_spawn_file_actions_addopen(
            &actions,
            STDOUT_FILENO,
            output.path,
            O_WRONLY | O_CREAT | O_APPEND,
            0o600
        )
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // A connection of another test that the process inherits, as those of libcurl are, would stay open when that test
        // closes it, and the test's server would never notice.
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)

        // The threads of a test block most signals, which the process would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var blocked = sigset_t()
        sigemptyset(&blocked)
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let environment = Self.withoutPorts.merging(environment) { $1 }
        let texts = ([path] + arguments, environment.map { "\($0)=\($1)" })
        var argv = texts.0.map { strdup($0) } + [nil]
        var envp = texts.1.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let problem = posix_spawn(&child, path, &actions, &attributes, &argv, &envp)
        guard problem == 0 else {
            close(pipe[1])
            throw Problem("\(path) cannot be started: \(String(cString: strerror(problem)))")
        }
        pid = child
    }

    deinit {
        end()
        close(input)
        if ProcessInfo.processInfo.environment[Self.outputFolder] == nil {
            try? FileManager.default.removeItem(at: output)
        } else {
            let list = secrets.map { $0 + "\n" }.joined()
            try? list.write(to: output.appendingPathExtension("secrets"), atomically: true, encoding: .utf8)
        }
    }

    /// The variable that names a folder in which the outputs of all processes are kept, each with a list of the secrets
    /// that the process was given, so that the outputs can be searched for them afterwards.
    private static let outputFolder = "TEST_OUTPUT_FOLDER"

    private static func secrets(in environment: [String: String]) -> [String] {
        environment.filter { $0.key.contains("SECRET") || $0.key.contains("TOKEN") }.compactMap {
            name,
            value in
            let isFile = name.hasSuffix("_FILE")
            let text = isFile ? try? String(contentsOfFile: value, encoding: .utf8) : value
            return text?.trimmingCharacters(in: .whitespacesAndNewlines)
        }.filter {
            // Existing configurations of one cluster have this word in place of a secret.
            !$0.isEmpty && $0 != "ignored"
        }
    }

    /// Everything that it has printed so far to standard output and standard error.
    public var text: String {
        (try? Data(contentsOf: output)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The lines that it has printed so far.
    public var lines: [String] { text.split(separator: "\n").map { String($0) } }

    /// Its resident memory in KiB, from /proc.
    public func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let number = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw Problem("/proc has no memory figures of process \(pid)") }
        return number
    }

    /// The processor time that it has used, in seconds, from /proc.
    public func processorSeconds() throws -> Double {
        let fields = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            .split(separator: ")").last?.split(separator: " ")
        // User and system time are the 14th and 15th fields; the second one is the name in parentheses.
        guard let fields, fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else {
            throw Problem("/proc has no processor time of process \(pid)")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Whether it is still running.
    public var isRunning: Bool { ended(options: WNOHANG) == nil }

    private func ended(options: Int32) -> Int32? {
        status.withLock { status in
            var value: Int32 = 0
            if status == nil, waitpid(pid, &value, options) == pid { status = value }
            return status
        }
    }

    /// Sends it a signal.
    public func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Waits until it has ended.
    ///
    /// - Returns: Its exit code, or 128 plus the number of the signal that ended it.
    public func exitCode(within limit: Duration = .seconds(180)) async throws -> Int32 {
        try await poll(within: limit, "the end of the process; it printed:\n\(text.suffix(2000))") {
            !isRunning
        }
        let status = ended(options: WNOHANG) ?? 0
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }

    /// Waits until it has printed a line that contains all of these parts.
    @discardableResult
    public func line(with parts: String..., within limit: Duration = .seconds(180)) async throws -> String {
        var found: String?
        try await poll(within: limit, "a line with \(parts); it printed:\n\(text.suffix(2000))") {
            found = lines.first { line in parts.allSatisfy { line.contains($0) } }
            return found != nil
        }
        return found ?? ""
    }

    /// Kills it if it is still running, and waits for its end.
    public func end() {
        guard isRunning else { return }
        signal(SIGKILL)
        _ = ended(options: 0)
    }
}

/// Checks every 50 milliseconds whether a condition holds.
///
/// - Parameter what: What the condition stands for, as a noun; for the error.
/// - Throws: ``RunningProcess/Problem`` if it does not hold within the limit.
public func poll(
    within limit: Duration,
    _ what: @autoclosure () -> String,
    until condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: limit)
    while try await !condition() {
        guard clock.now < deadline else {
            throw RunningProcess.Problem("no \(what()) within \(limit)")
        }
        try await clock.sleep(for: .milliseconds(50))
    }
}
