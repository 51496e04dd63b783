/// Lays out a ``FleetView`` for a terminal: what does not fit in its width is left out or cut, and of the clusters that do not
/// fit in its height those are left out that are doing well.
struct Table {
    private let columns: Int
    private let hasBar: Bool
    private let barWidth: Int

    private init(columns: Int) {
        self.columns = columns
        hasBar = columns >= 72
        barWidth = columns >= 110 ? 15 : 8
    }

    /// The whole picture.
    ///
    /// - Parameters:
    ///   - now: Seconds since the start.
    ///   - size: Of the terminal; no line is longer, and there are no more lines.
    ///   - hint: What can be done now.
    static func draw(
        _ view: FleetView,
        at now: Double,
        size: Screen.Size,
        hint: String = " Ctrl-C ends."
    ) -> [Line] {
        let table = Table(columns: size.columns)
        var head = [
            Line("kubernetes-image-puller: \(view.rows.count) simulated clusters, one puller", .bold),
            Line("\(view.readyCount) of \(view.rows.count) ready, \(view.failingCount) failing.\(hint)"),
        ]
        // The empty line is the first to go.
        if size.rows >= view.rows.count + 4 { head.append(Line()) }
        head.append(table.titles)
        let room = max(size.rows - head.count, 0)
        var lines = head + shown(view.rows, room).map { table.line($0, at: now) }
        let hidden = view.rows.count - (lines.count - head.count)
        if hidden > 0, room > 0 { lines.append(Line("… and \(hidden) more", .faint)) }
        return lines.prefix(size.rows).map { $0.cut(to: size.columns) }
    }

    /// As many of the clusters as fit, in their order. One line is for the number of the others.
    private static func shown(_ rows: [FleetView.Row], _ room: Int) -> [FleetView.Row] {
        guard rows.count > room else { return rows }
        let byInterest = rows.indices.sorted { (rows[$0].state, $0) < (rows[$1].state, $1) }
        return byInterest.prefix(max(room - 1, 0)).sorted().map { rows[$0] }
    }

    private var titles: Line {
        var line = Line()
        line.add("CLUSTER", .bold, width: 11)
        line.add("STATE", .bold, width: 12)
        line.add("NODES", .bold, width: hasBar ? barWidth + 7 : 6)
        if hasBar { line.add("CHECK IN", .bold, width: 10) }
        line.add("LAST EVENT", .bold)
        return line
    }

    private func line(_ row: FleetView.Row, at now: Double) -> Line {
        var line = Line()
        line.add(row.name, width: 11)
        line.add(row.state.rawValue, row.state.style, width: 12)
        if hasBar { line.add(bar(row) + " ") }
        line.add(row.desired > 0 ? "\(row.ready)/\(row.desired)" : "-", width: 6)
        if hasBar {
            line.add(row.nextCheckAt.map { "\(max(Int(($0 - now).rounded(.up)), 0)) s" } ?? "-", width: 10)
        }
        line.add(row.lastEvent)
        return line
    }

    private func bar(_ row: FleetView.Row) -> String {
        let full = row.desired > 0 ? barWidth * min(row.ready, row.desired) / row.desired : 0
        return String(repeating: "█", count: full) + String(repeating: "░", count: barWidth - full)
    }
}

extension FleetView.State {
    fileprivate var style: Line.Style {
        switch self {
        case .failing: .red
        case .unready, .rollingOut: .yellow
        case .waiting: .faint
        case .ready: .green
        }
    }
}
