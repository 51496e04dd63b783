import PullerCore

/// How a line of the log looks.
public enum LogShape: Sendable, Equatable {
    /// `key=value` pairs.
    case pairs
    /// One JSON object.
    case json
    /// Columns for people.
    case columns(LogColumns)

    /// The shape that a format has on a terminal or elsewhere.
    ///
    /// - Parameter hasUsers: Whether clusters have names.
    public init(_ format: LogSettings.Format, on output: TerminalTraits, hasUsers: Bool) {
        switch format {
        case .json: self = .json
        case .text where !output.isTerminal: self = .pairs
        case .text, .console:
            self = .columns(LogColumns(hasUsers: hasUsers, isColored: output.hasColors))
        }
    }
}
