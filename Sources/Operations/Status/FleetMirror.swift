/// The clusters of a puller as they were last heard of, kept up to date by what has changed since.
struct FleetMirror: Sendable {
    /// All clusters by name.
    private(set) var clusters: [String: ClusterDocument] = [:]
    /// What to ask for: what has changed after this revision; `nil` for all.
    private(set) var revision: UInt64?
    private var started: String?

    /// What an update has changed.
    struct Changes: Equatable, Sendable {
        /// Clusters that are new or look different, by place in the table.
        var changed: [ClusterDocument] = []
        /// Names of those that are gone, in order.
        var removed: [String] = []
    }

    /// Notes which process answers: the revisions of another one mean nothing here.
    mutating func meet(started: String?) {
        if started != self.started { revision = nil }
        self.started = started
    }

    /// Takes all pages of one answer.
    ///
    /// - Parameter asked: What was asked for.
    mutating func take(_ pages: [ClustersDocument], since asked: UInt64?) -> Changes {
        guard let first = pages.first else { return Changes() }
        // A puller that has just been started has no clusters for a moment.
        if asked == nil, !clusters.isEmpty, pages.allSatisfy({ $0.clusters.isEmpty }) { return Changes() }
        var all = asked == nil || pages.contains { $0.reset == true } ? [:] : clusters
        for page in pages {
            for cluster in page.clusters { all[cluster.name] = cluster }
        }
        for name in pages.flatMap({ $0.removed ?? [] }) {
            // A user that was removed and came back is in both lists.
            if !pages.contains(where: { $0.clusters.contains { $0.name == name } }) { all[name] = nil }
        }
        let changes = Changes(
            changed: all.values.filter { clusters[$0.name]?.looks(like: $0) != true }.sorted(
                by: Self.precedes
            ),
            removed: clusters.keys.filter { all[$0] == nil }.sorted()
        )
        clusters = all
        // The first page's: what changed while the others were read is asked for again.
        revision = first.revision
        return changes
    }

    /// These clusters, or all of them, those in trouble first.
    func rows(_ names: [String]) -> [ClusterDocument] {
        let rows = names.isEmpty ? Array(clusters.values) : names.compactMap { clusters[$0] }
        return rows.sorted(by: Self.precedes)
    }

    /// Names that no cluster has.
    func unknown(_ names: [String]) -> [String] { names.filter { clusters[$0] == nil } }

    private static func precedes(_ left: ClusterDocument, _ right: ClusterDocument) -> Bool {
        let ranks = [left, right].map { rank(of: $0.state) }
        return ranks[0] == ranks[1] ? left.name < right.name : ranks[0] < ranks[1]
    }

    /// A state that a newer puller may have is looked at first.
    private static func rank(of state: String) -> Int {
        ClusterState(rawValue: state)?.rank ?? -1
    }
}
