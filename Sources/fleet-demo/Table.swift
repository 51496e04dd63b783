/// Draws a ``FleetView`` for a terminal.
struct Table {
    private static let barWidth = 15

    /// The whole picture.
    ///
    /// - Parameters:
    ///   - now: Seconds since the start.
    ///   - columns: Width of the terminal.
    static func draw(_ view: FleetView, at now: Double, columns: Int) -> String {
        let head =
            padded("CLUSTER", 12) + padded("STATE", 13) + padded("NODES READY", barWidth + 8)
            + padded("NEXT", 7)
        var lines = [
            bold("kubernetes-image-puller: \(view.rows.count) simulated clusters, one puller"),
            "\(view.readyCount) of \(view.rows.count) ready, \(view.failingCount) failing. Ctrl-C ends and cleans up.",
            "",
            bold(head + "LAST EVENT"),
        ]
        for row in view.rows {
            let next = row.nextCheckAt.map { "\(max(Int(($0 - now).rounded(.up)), 0)) s" } ?? "-"
            let figures = row.desired > 0 ? "\(row.ready)/\(row.desired)" : "-"
            let start =
                padded(row.name, 12) + colored(padded(row.state, 13), row.state)
                + bar(row.ready, of: row.desired) + " " + padded(figures, 7) + padded(next, 7)
            let room = max(columns - (12 + 13 + barWidth + 8 + 7) - 1, 0)
            lines.append(start + String(row.lastEvent.prefix(room)))
        }
        // Home, each line cleared to its end, and what was below cleared, too: no flicker, nothing left over.
        return "\u{1B}[H" + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J"
    }

    private static func bar(_ ready: Int, of desired: Int) -> String {
        let full = desired > 0 ? barWidth * ready / desired : 0
        return String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(text.prefix(width - 1)) + String(repeating: " ", count: max(width - text.count, 1))
    }

    private static func bold(_ text: String) -> String { "\u{1B}[1m\(text)\u{1B}[0m" }

    private static func colored(_ text: String, _ state: String) -> String {
        let color =
            switch state {
            case "ready": "32"
            case "failing": "31"
            case "rolling out", "not ready": "33"
            default: "2"
            }
        return "\u{1B}[\(color)m\(text)\u{1B}[0m"
    }
}
