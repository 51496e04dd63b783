import PullerCore
import WorkerPool

/// Writes events as log lines.
public struct EventLog: Sendable {
    private let settings: LogSettings
    private let wallTime: @Sendable () -> Double
    private let writer: LineWriter

    /// A log.
    ///
    /// - Parameters:
    ///   - wallTime: Seconds since 1970-01-01T00:00:00Z, for the lines' time.
    ///   - write: Writes some lines; it may wait for their reader, and throws when they cannot be written.
    public init(
        settings: LogSettings,
        wallTime: @escaping @Sendable () -> Double,
        write: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.settings = settings
        self.wallTime = wallTime
        writer = LineWriter(
            lossLine: {
                LogLine(PoolEvent(.linesDropped($0)), wallTime: wallTime(), format: settings.format).text
            },
            write: write
        )
    }

    /// How many lines were dropped so far.
    public var linesDropped: Int { writer.lost }

    /// Writes an event, if it matters enough.
    public func log(_ event: PoolEvent) {
        guard event.level >= settings.level else { return }
        writer.add(LogLine(event, wallTime: wallTime(), format: settings.format).text)
    }

    /// Waits until everything has been written, but not for longer than so many seconds.
    ///
    /// - Returns: The lines that were lost and that the log does not tell of; `nil` when there are none.
    @discardableResult
    public func finish(within seconds: Double) -> LineWriter.Loss? {
        writer.finish(within: seconds)
    }
}
