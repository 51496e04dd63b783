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
                let lines = counted($0, "log line") + ($0 == 1 ? " was" : " were")
                let loss = PoolEvent(
                    .warning("\(lines) lost here: nothing read the log, or it could not be written")
                )
                return Self.line(loss, settings.format, wallTime())
            },
            write: write
        )
    }

    /// Writes an event, if it matters enough.
    public func log(_ event: PoolEvent) {
        guard event.level >= settings.level else { return }
        writer.add(Self.line(event, settings.format, wallTime()))
    }

    /// Waits until everything has been written, but not for longer than so many seconds.
    ///
    /// - Returns: The lines that were lost and that the log does not tell of; `nil` when there are none.
    @discardableResult
    public func finish(within seconds: Double) -> LineWriter.Loss? {
        writer.finish(within: seconds)
    }

    private static func line(_ event: PoolEvent, _ format: LogSettings.Format, _ wallTime: Double) -> String {
        LogLine(event, time: Timestamp.logTime(wallTime), format: format).text
    }
}
