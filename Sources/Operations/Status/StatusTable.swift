import PullerCore

/// Clusters as lines in columns. The columns stay as wide as they have become, so that lines that come later stand below
/// those before them.
struct StatusTable {
    private let isWide: Bool
    private var titles: [String]
    private var widths: [Int]

    /// Characters of a message, where no terminal says how many fit.
    private static let longestMessage = 300
    private static let shortestMessage = 20
    private static let gap = 3

    init(isWide: Bool) {
        self.isWide = isWide
        titles =
            ["NAME", "STATE", "READY", "SINCE", "REASON"]
            + (isWide ? ["LAST SUCCESS", "NEXT CHECK", "MESSAGE"] : [])
        widths = titles.map { textWidth($0) }
    }

    private static let coldStart = "COLD START"

    /// Adds the column of cold starts, before the message.
    private mutating func addColdStart() {
        let index = titles.count - 1
        titles.insert(Self.coldStart, at: index)
        widths.insert(textWidth(Self.coldStart), at: index)
    }

    /// The lines of these clusters.
    ///
    /// - Parameters:
    ///   - now: The puller's time, in seconds since 1970-01-01T00:00:00Z.
    ///   - columns: Those of the terminal; `nil` for no limit.
    mutating func lines(
        _ clusters: [ClusterDocument],
        now: Double,
        columns: Int?,
        withTitles: Bool
    ) -> [String] {
        // The columns stay those of the titles.
        if withTitles, isWide, !titles.contains(Self.coldStart),
            clusters.contains(where: { $0.coldStartSeconds != nil })
        {
            addColdStart()
        }
        let rows = (withTitles ? [titles] : []) + clusters.map { cells($0, now: now) }
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], textWidth(cell)) }
        }
        return rows.map { line($0, columns: columns) }
    }

    private func line(_ cells: [String], columns: Int?) -> String {
        var line = ""
        var used = 0
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            if isLast, isWide, let columns {
                line += shortened(cell, to: max(columns - used, Self.shortestMessage))
            } else {
                line += isLast ? cell : padded(cell, to: widths[index] + Self.gap)
                used += widths[index] + Self.gap
            }
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    private func cells(_ cluster: ClusterDocument, now: Double) -> [String] {
        var states = [cluster.state]
        if let activity = cluster.activity, activity != ClusterStatus.Activity.none.rawValue {
            states.append(activity)
        }
        if cluster.stuck == true { states.append("stuck") }
        let figures = cluster.desired.map { "\(cluster.ready ?? 0)/\($0)" }
        var cells = [
            cluster.name, states.joined(separator: ","), figures ?? "-",
            ageText(since: cluster.since, now: now) ?? "-",
            cluster.reason ?? "-",
        ]
        if isWide {
            let next = apiSeconds(cluster.nextCheck).map {
                $0 <= now ? "now" : ageText(seconds: Int(min($0 - now, 1e12)))
            }
            cells += [ageText(since: cluster.lastSuccess, now: now) ?? "never", next ?? "-"]
            if titles.contains(Self.coldStart) {
                cells.append(cluster.coldStartSeconds.map(durationText) ?? "-")
            }
            cells.append(cluster.message ?? "")
        }
        return cells.map { displayText($0, limit: Self.longestMessage) }
    }
}
