/// What is known of the place that something is printed to.
public struct TerminalTraits: Sendable, Equatable {
    /// Whether it is a terminal.
    public var isTerminal: Bool
    /// Whether a line may be drawn again.
    public var redraws: Bool
    /// Whether it shows colours, and they are welcome.
    public var hasColors: Bool
    /// Its columns now; `nil` when they are not known.
    public var columns: @Sendable () -> Int?

    /// A file or a pipe.
    public static let none = TerminalTraits(isTerminal: false, environment: [:]) { nil }

    /// - Parameter columns: Asks for the columns, which change when a window does.
    public init(isTerminal: Bool, environment: [String: String], columns: @escaping @Sendable () -> Int?) {
        self.isTerminal = isTerminal
        let isDumb = environment["TERM"] == "dumb"
        redraws = isTerminal && !isDumb
        // https://no-color.org
        hasColors = isTerminal && !isDumb && (environment["NO_COLOR"] ?? "").isEmpty
        self.columns = { isTerminal ? columns() : nil }
    }

    public static func == (left: TerminalTraits, right: TerminalTraits) -> Bool {
        left.isTerminal == right.isTerminal && left.redraws == right.redraws && left.hasColors == right.hasColors
    }
}
