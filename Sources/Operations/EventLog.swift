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
    ///   - write: Writes some lines; it may wait for whoever reads them.
    public init(
        settings: LogSettings,
        wallTime: @escaping @Sendable () -> Double,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.settings = settings
        self.wallTime = wallTime
        writer = LineWriter(
            lossLine: {
                let loss = PoolEvent(.warning("\($0) log lines were dropped: nobody read them"))
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
    public func finish(within seconds: Double) {
        writer.finish(within: seconds)
    }

    private static func line(_ event: PoolEvent, _ format: LogSettings.Format, _ wallTime: Double) -> String {
        let milliseconds = Int(wallTime * 1000)
        let time = Timestamp(seconds: milliseconds / 1000).rfc3339(milliseconds: milliseconds % 1000)
        return LogLine(event, time: time, format: format).text
    }
}
