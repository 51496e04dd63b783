import Dispatch
import Operations
import PullerCore

/// Standard error, in the format that `LOG_FORMAT` asks for, whatever else the environment holds.
struct ErrorOutput: Sendable {
    private let format: LogSettings.Format

    init(environment: [String: String]) {
        format = LogSettings.format(in: environment)
    }

    /// Writes lines, and waits for their reader as long as it takes.
    func write(_ notices: [Notice]) {
        Terminal.printError(notices.map { line($0) + "\n" }.joined())
    }

    /// Writes a line at the end, which must not wait for a reader that has stopped reading.
    func writeLast(_ notice: Notice, within seconds: Double = 0.3) {
        let text = line(notice) + "\n"
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            Terminal.printError(text)
            done.signal()
        }
        _ = done.wait(timeout: .now() + seconds)
    }

    private func line(_ notice: Notice) -> String { notice.line(format, wallTime: Process.wallTime()) }
}
