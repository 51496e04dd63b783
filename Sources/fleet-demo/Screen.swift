import Foundation

/// The terminal that the demo draws on. It is the terminal's second screen, so that what was there before comes back.
struct Screen {
    /// Its size in characters.
    struct Size: Equatable {
        var columns: Int
        var rows: Int
    }

    private var isTaken = false

    /// Whether standard output is a terminal that can be drawn on.
    static var isThere: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// The size now, as it may change at any time; `nil` when the terminal has been closed. The system tells that by SIGHUP to
    /// the first process of the terminal alone, which need not pass it on: make does not.
    static var size: Size? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        guard size.ws_col > 0, size.ws_row > 0 else { return Size(columns: 80, rows: 24) }
        return Size(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    /// Shows these lines, which fit, and nothing else.
    mutating func show(_ lines: [Line]) {
        // Switches to the second screen, and hides the cursor.
        if !isTaken { print("\u{1B}[?1049h\u{1B}[?25l", terminator: "") }
        isTaken = true
        // Each line is cleared to its end, and so is what is below the last one: no flicker, nothing left over.
        let text = lines.map { $0.rendered + "\u{1B}[K" }.joined(separator: "\r\n")
        print("\u{1B}[H" + text + "\u{1B}[J", terminator: "")
        fflush(nil)
    }

    /// Gives the terminal back.
    mutating func leave() {
        guard isTaken else { return }
        isTaken = false
        print("\u{1B}[?25h\u{1B}[?1049l", terminator: "")
        fflush(nil)
    }
}
