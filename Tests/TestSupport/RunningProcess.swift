import Foundation
import Synchronization

/// One of the project's executables as a process, with everything that it prints.
public final class RunningProcess: Sendable {
    /// Something did not come within its deadline, or not as it should.
    public struct Problem: Error, CustomStringConvertible {
        /// What.
        public let description: String

        /// A problem.
        public init(_ description: String) {
            self.description = description
        }
    }

    private let process: Mutex<Process>
    private let output = Mutex<[UInt8]>([])
    private let hasEnded = Mutex(false)
    // The mock fleet ends when this does, also when the test run is killed.
    private let input = Pipe()

    /// Starts an executable of this package.
    ///
    /// - Parameter environment: All that it gets; nothing is inherited.
    public init(
        _ name: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
            .resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent(name)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = input
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        self.process = Mutex(process)
        pipe.fileHandleForReading.readabilityHandler = { [self] handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                hasEnded.withLock { $0 = true }
            } else {
                output.withLock { $0.append(contentsOf: data) }
            }
        }
        try self.process.withLock { try $0.run() }
    }

    /// Everything it has printed so far, standard output and error.
    public var text: String { output.withLock { String(decoding: $0, as: UTF8.self) } }

    /// The lines it has printed so far.
    public var lines: [String] { text.split(separator: "\n").map { String($0) } }

    /// Whether it still runs.
    public var isRunning: Bool { process.withLock { $0.isRunning } }

    /// Its process id.
    public var pid: Int32 { process.withLock { $0.processIdentifier } }

    /// Sends it a signal.
    public func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Waits for its end.
    ///
    /// - Returns: Its exit code; 128 and the signal's number when one ended it.
    public func exitCode(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await poll(within: limit, "the end of the process; it printed:\n\(text.suffix(2000))") {
            !isRunning && hasEnded.withLock { $0 }
        }
        return process.withLock { process in
            process.terminationReason == .uncaughtSignal
                ? 128 + process.terminationStatus : process.terminationStatus
        }
    }

    /// Waits until it has printed a line that has all of these parts.
    @discardableResult
    public func line(with parts: String..., within limit: Duration = .seconds(60)) async throws -> String {
        var found: String?
        try await poll(within: limit, "a line with \(parts); it printed:\n\(text.suffix(2000))") {
            found = lines.first { line in parts.allSatisfy { line.contains($0) } }
            return found != nil
        }
        return found ?? ""
    }

    /// Kills it, if it still runs.
    public func end() {
        if isRunning { signal(SIGKILL) }
    }
}

/// Looks each 50 milliseconds whether something has come about.
///
/// - Throws: ``RunningProcess/Problem`` when it has not within the limit.
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
