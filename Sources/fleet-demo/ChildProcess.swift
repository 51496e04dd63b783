import Foundation
import Synchronization

/// A program that runs beside the demo, and the lines that it prints.
final class ChildProcess: Sendable {
    /// Something that did not start, or ended too soon.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// What it prints to its standard output, line by line; ends when it does.
    let lines: AsyncStream<String>
    private let process: Mutex<Process>
    // Kept open: the mock fleet ends when its standard input does, also when the demo is killed.
    private let input: Pipe

    init(_ name: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = folder.appendingPathComponent(name)
        process.arguments = arguments
        process.environment = environment
        let output = Pipe()
        input = Pipe()
        process.standardOutput = output
        process.standardInput = input
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        let rest = Mutex("")
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                feed.finish()
                return
            }
            let complete = rest.withLock { rest in
                rest += String(decoding: data, as: UTF8.self)
                var pieces = rest.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
                rest = pieces.removeLast()
                return pieces
            }
            for line in complete { feed.yield(line) }
        }
        do {
            try process.run()
        } catch {
            throw Problem(description: "\(name) cannot be started: \(error.localizedDescription)")
        }
        self.process = Mutex(process)
    }

    /// Tells it to end, and waits until it has; after ten seconds it is killed.
    func end() async {
        process.withLock { if $0.isRunning { $0.terminate() } }
        for _ in 0..<100 {
            guard process.withLock({ $0.isRunning }) else { return }
            try? await Task.sleep(for: .milliseconds(100))
        }
        let pid = process.withLock { $0.processIdentifier }
        kill(pid, SIGKILL)
    }
}
