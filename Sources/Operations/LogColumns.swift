import PullerCore
import WorkerPool

/// A line of the log in columns: time of day, level, cluster, event and reason, message, and the figures that the message
/// does not have.
public struct LogColumns: Sendable, Equatable {
    /// Whether clusters have names, and so a column.
    var hasUsers: Bool
    /// Whether it has colour codes.
    var isColored: Bool

    private static let userWidth = 16
    private static let eventWidth = 20
    private static let longest = 2000

    /// Figures that are a line's own business or stand in its message.
    private static let untold: Set<String> = ["ready", "desired", "state", "clusters", "of"]

    /// - Parameter wallTime: Seconds since 1970-01-01T00:00:00Z.
    func line(_ event: PoolEvent, wallTime: Double) -> String {
        var cells = [
            colored(String(Timestamp.logTime(wallTime).dropFirst(11).prefix(8)), .dim),
            colored(padded(Self.name(of: event.level), to: 5), Self.color(of: event.level)),
        ]
        if hasUsers { cells.append(Self.cell(event.user ?? "", Self.userWidth)) }
        let what = event.kind.rawValue + (event.reason.map { " " + $0 } ?? "")
        cells.append(colored(Self.cell(what, Self.eventWidth), Self.color(of: event)))
        cells.append(displayText(event.message, limit: Self.longest))
        let figures = event.fields.filter { !Self.untold.contains($0.name) }
            .map { "\($0.name)=\(Self.text(of: $0.value, wallTime: wallTime))" }
        if !figures.isEmpty { cells.append(colored(figures.joined(separator: " "), .dim)) }
        return cells.joined(separator: " ")
    }

    private static func cell(_ text: String, _ width: Int) -> String {
        padded(shortened(displayText(text, limit: 4 * width), to: width), to: width)
    }

    private static func text(of value: PoolEvent.FieldValue, wallTime: Double) -> String {
        switch value {
        case .text(let text): "\"\(displayText(text, limit: longest))\""
        case .count(let count): "\(count)"
        case .seconds(let duration): LogLine.seconds(duration)
        case .ago(let age): Timestamp.logTime(wallTime - age / .seconds(1))
        }
    }

    private static func name(of level: LogLevel) -> String {
        switch level {
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        }
    }

    /// Codes of ECMA-48, "select graphic rendition".
    private enum Color: String {
        case plain = ""
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    private static func color(of level: LogLevel) -> Color {
        switch level {
        case .debug: .dim
        case .info: .plain
        case .warning: .yellow
        case .error: .red
        }
    }

    private static func color(of event: PoolEvent) -> Color {
        switch event.kind {
        case .ready, .adopted: .green
        case .failed: .red
        case .created, .replacing, .replaced: .cyan
        default: color(of: event.level)
        }
    }

    private func colored(_ text: String, _ color: Color) -> String {
        isColored && color != .plain ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
