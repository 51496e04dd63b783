import CLinuxProcess
import Dispatch
import Foundation
import Synchronization

/// A program that runs beside the demo and ends with it, whatever ends the demo; and the lines that it prints.
final class ChildProcess: Sendable {
    /// Something that did not start, or ended too soon.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// What it prints to its standard output, line by line; ends when it does.
    let lines: AsyncStream<String>
    private let life: Life

    init(_ name: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let path = folder.appendingPathComponent(name).path
        guard access(path, X_OK) == 0 else { throw Problem(description: "there is no program at \(path)") }
        let output = try Self.makePipe()
        // The writing end is kept open as long as the demo lives: the mock fleet ends with its input.
        let input = try Self.makePipe()
        life = Life { Self.start(path, arguments, environment, input: input.reading, output: output.writing) }
        close(input.reading)
        close(output.writing)
        guard life.hasBegun else { throw Problem(description: "\(name) cannot be started") }
        lines = Self.lines(from: output.reading)
    }

    /// Tells it to end, and waits until it has; after ten seconds it is killed.
    func end() async {
        life.signal(SIGTERM)
        for _ in 0..<100 {
            guard life.exitCode == nil else { return }
            try? await Task.sleep(for: .milliseconds(100))
        }
        life.signal(SIGKILL)
    }

    /// Its exit code, once it has ended; 128 and the signal's number when one ended it.
    var exitCode: Int32? { life.exitCode }

    /// - Returns: Its process id; negative when it could not be started.
    private static func start(
        _ path: String,
        _ arguments: [String],
        _ environment: [String: String],
        input: Int32,
        output: Int32
    ) -> pid_t {
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        return start_bound_program(path, &argv, &envp, input, output)
    }

    /// A pipe that no other child inherits.
    private static func makePipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Problem(description: String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func lines(from descriptor: Int32) -> AsyncStream<String> {
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        Thread.detachNewThread {
            var line: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                for byte in buffer[..<count] {
                    if byte == UInt8(ascii: "\n") {
                        feed.yield(String(decoding: line, as: UTF8.self))
                        line = []
                    } else {
                        line.append(byte)
                    }
                }
            }
            close(descriptor)
            feed.finish()
        }
        return lines
    }
}

/// A child from its start to its end. The thread that started it waits for its end, as the child is told to end when that
/// thread does.
private final class Life: Sendable {
    private enum State {
        case unborn
        case running(pid_t)
        case ended(code: Int32)
    }

    private let state = Mutex(State.unborn)

    /// - Parameter start: Starts the child, and gives its process id.
    init(_ start: @escaping @Sendable () -> pid_t) {
        let hasStarted = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            let child = start()
            if child > 0 { state.withLock { $0 = .running(child) } }
            hasStarted.signal()
            if child > 0 { wait(for: child) }
        }
        hasStarted.wait()
    }

    var hasBegun: Bool { state.withLock { if case .unborn = $0 { false } else { true } } }

    var exitCode: Int32? { state.withLock { if case .ended(let code) = $0 { code } else { nil } } }

    func signal(_ number: Int32) {
        state.withLock { if case .running(let child) = $0 { kill(child, number) } }
    }

    private func wait(for child: pid_t) {
        // Its number is given away by waitpid alone, so that no signal goes to another process.
        var info = siginfo_t()
        while waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { state in
            var status: Int32 = 0
            waitpid(child, &status, 0)
            let signal = status & 0x7f
            state = .ended(code: signal == 0 ? status >> 8 & 0xff : 128 + signal)
        }
    }
}
