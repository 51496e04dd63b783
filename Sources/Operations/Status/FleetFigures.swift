import PullerCore

/// How many clusters are in which state.
struct FleetFigures: Equatable, Sendable {
    var all: Int
    private var byState: [String: Int]

    init(_ clusters: some Collection<ClusterDocument>) {
        all = clusters.count
        byState = clusters.reduce(into: [:]) { $0[$1.state, default: 0] += 1 }
    }

    var ready: Int { byState[ClusterState.ready.rawValue] ?? 0 }

    /// Whether there is something, and all of it is ready.
    var isAllReady: Bool { all > 0 && ready == all }

    /// `480 of 500 clusters are ready; 10 failing, 10 not checked yet`.
    var text: String {
        guard all > 0 else { return "the puller has no clusters" }
        let rest = [
            (ClusterState.failing, "failing"), (.unready, "not ready"), (.waiting, "not checked yet"),
        ]
        .compactMap { state, words in byState[state.rawValue].map { "\($0) \(words)" } }
        let known = Set(ClusterState.allCases.map(\.rawValue))
        let others = byState.filter { !known.contains($0.key) }.values.reduce(0, +)
        let parts = rest + (others > 0 ? ["\(others) in another state"] : [])
        return "\(ready) of \(counted(all, "cluster")) \(ready == 1 || all == 1 ? "is" : "are") ready"
            + (parts.isEmpty ? "" : "; " + parts.joined(separator: ", "))
    }
}

extension SummaryDocument.File {
    /// One line for people.
    var text: String {
        displayText("\(path) changes nothing" + (message.map { ": " + $0 } ?? ""), limit: 600)
    }
}

extension SummaryDocument.Fault {
    /// One line for people.
    func text(now: Double) -> String {
        let what =
            state == ClusterState.failing.rawValue
            ? "fail in the same way" : "are not ready for the same reason"
        let age = ageText(since: since, now: now).map { ", for " + $0 } ?? ""
        let share = of.map { "\(clusters) of \(counted($0, "cluster"))" } ?? counted(clusters, "cluster")
        let text = "\(share) \(what)\(age): \(reason)" + (message.map { ": " + $0 } ?? "")
        return displayText(text, limit: 600)
    }
}
