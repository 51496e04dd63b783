/// A line on the screen: pieces of text, each in its style.
struct Line: Equatable {
    enum Style: String {
        case plain = ""
        case bold = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    private struct Piece: Equatable {
        var text: String
        var style: Style
    }

    private var pieces: [Piece] = []

    init() {}

    init(_ text: String, _ style: Style = .plain) { add(text, style) }

    /// Adds text.
    ///
    /// - Parameter width: Characters that it takes up: what is shorter gets spaces, what is longer an ellipsis and a space.
    mutating func add(_ text: String, _ style: Style = .plain, width: Int? = nil) {
        guard let width else {
            pieces.append(Piece(text: text, style: style))
            return
        }
        let shown = Self.shortened(text, to: max(width - 1, 0))
        pieces.append(
            Piece(text: shown + String(repeating: " ", count: max(width - shown.count, 0)), style: style)
        )
    }

    /// What is seen, without the styles.
    var text: String { pieces.map(\.text).joined() }

    /// The line with the styles as a terminal reads them (ECMA-48).
    var rendered: String {
        pieces.map { $0.style == .plain ? $0.text : "\u{1B}[\($0.style.rawValue)m\($0.text)\u{1B}[0m" }
            .joined()
    }

    /// The line with at most so many characters, and an ellipsis where it was cut.
    func cut(to columns: Int) -> Line {
        guard text.count > columns else { return self }
        var room = max(columns - 1, 0)
        var line = Line()
        for piece in pieces where room > 0 {
            line.add(String(piece.text.prefix(room)), piece.style)
            room -= min(piece.text.count, room)
        }
        if columns > 0 { line.add("…") }
        return line
    }

    private static func shortened(_ text: String, to count: Int) -> String {
        text.count <= count ? text : String(text.prefix(max(count - 1, 0))) + (count > 0 ? "…" : "")
    }
}
