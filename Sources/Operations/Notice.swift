import PullerCore

/// Something that the program says beside its log, on standard error: what is wrong with its configuration, or why it ends.
///
/// It is one line in the format of the log: as JSON with the log's names, as text the message alone.
public struct Notice: Sendable {
    /// What it is about. The names are stable.
    public enum Event: String, Sendable, CaseIterable {
        /// The arguments of the program.
        case arguments
        /// A variable.
        case configuration
        /// The command `cleanup`.
        case cleanup
        /// The command `plan`.
        case plan
        /// The command `status`.
        case status
        /// Lines of the log.
        case log
        /// What a command prints.
        case output
        /// The end of the program.
        case stopped
    }

    private let level: LogLevel
    private let event: Event
    private let reason: String
    private var details: [(key: String, value: String)] = []
    private let message: String

    /// Something that has no details.
    ///
    /// - Parameters:
    ///   - reason: A stable name of the cause.
    ///   - message: For people.
    public init(_ event: Event, _ level: LogLevel = .error, reason: String, _ message: String) {
        self.level = level
        self.event = event
        self.reason = reason
        self.message = message
    }

    /// A variable that is wrong: `Missing` or `Invalid`.
    public init(_ problem: ConfigurationProblem) {
        self.init(
            .configuration,
            reason: problem.value == nil ? "Missing" : "Invalid",
            problem.description
        )
        details = [("variable", problem.variable)]
        if let value = problem.value { details.append(("value", value)) }
        details.append(("expected", problem.expected))
    }

    /// A variable that probably does not do what was meant.
    public init(_ warning: ConfigurationWarning) {
        self.init(.configuration, .warning, reason: "Configuration", warning.description)
        details = [("variable", warning.variable)]
    }

    /// Lines of the log that could not be written.
    public init(_ loss: LineWriter.Loss) {
        self.init(
            .log,
            reason: "LogLoss",
            counted(loss.lines, "log line") + (loss.lines == 1 ? " was" : " were") + " not written: "
                + (loss.problem ?? "nothing reads the log")
        )
    }

    /// The line, without its end.
    ///
    /// - Parameter wallTime: Seconds since 1970-01-01T00:00:00Z.
    public func line(_ format: LogSettings.Format, wallTime: Double) -> String {
        let message = displayText(message, limit: 2000)
        switch format {
        case .text, .console:
            return (level == .warning ? "warning: " : "") + message
        case .json:
            let time = Timestamp.logTime(wallTime)
            let start = [
                ("time", time), ("level", level.rawValue), ("event", event.rawValue), ("reason", reason),
            ]
            let fields = start + details + [("message", message)]
            return "{" + fields.map { "\(Self.quoted($0)):\(Self.quoted($1))" }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONValue.string(text).compactJSON(), as: UTF8.self)
    }
}

extension Timestamp {
    /// The time of a line: RFC 3339 in UTC with milliseconds.
    static func logTime(_ wallTime: Double) -> String {
        let milliseconds = max(Int(wallTime * 1000), 0)
        return Timestamp(seconds: milliseconds / 1000).rfc3339(milliseconds: milliseconds % 1000)
    }
}
