import PullerCore
import WorkerPool

/// Writes events as log lines.
public struct EventLog: Sendable {
    private let settings: LogSettings
    private let wallTime: @Sendable () -> Double
    private let write: @Sendable (String) -> Void

    /// A log.
    ///
    /// - Parameters:
    ///   - wallTime: Seconds since 1970-01-01T00:00:00Z, for the lines' time.
    ///   - write: Writes one line; it is called from many threads at once.
    public init(
        settings: LogSettings,
        wallTime: @escaping @Sendable () -> Double,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.settings = settings
        self.wallTime = wallTime
        self.write = write
    }

    /// Writes an event, if it matters enough.
    public func log(_ event: PoolEvent) {
        guard event.level >= settings.level else { return }
        let milliseconds = Int(wallTime() * 1000)
        let time = Timestamp(seconds: milliseconds / 1000).rfc3339(milliseconds: milliseconds % 1000)
        write(LogLine(event, time: time, format: settings.format).text)
    }
}
