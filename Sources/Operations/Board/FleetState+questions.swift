import PullerCore
import WorkerPool

// What the board answers. All of this works on a copy, without a lock.
extension FleetState {
    /// The whole pool at a glance, without the shared faults.
    func summary() -> FleetSummary {
        var summary = FleetSummary()
        summary.revision = revision
        summary.files = files
        var reasons: [ReasonKey: FleetSummary.Reason] = [:]
        var images = ImageSums()
        var pulls = PullSums()
        for state in ClusterState.allCases { summary.clusters[state] = 0 }
        for entry in clusters.all {
            let status = entry.status
            summary.clusters[status.state, default: 0] += 1
            if status.isStuck { summary.stuck += 1 }
            if status.failures > 0 { summary.inBackoff += 1 }
            if let pods = entry.pods { images.add(pods) }
            if let times = entry.pulls?.times { pulls.add(times) }
            guard let reason = status.reason else { continue }
            reasons[ReasonKey(state: status.state, reason: reason), default: .none(status)].add(status)
        }
        summary.reasons = reasons.values.sorted {
            ($1.clusters, $0.reason, $0.state.rank) < ($0.clusters, $1.reason, $1.state.rank)
        }
        summary.images = images.sorted
        summary.pulls = pulls.sorted
        return summary
    }

    private struct ReasonKey: Hashable {
        var state: ClusterState
        var reason: String
    }

    /// Clusters that match a query.
    func page(_ query: ClusterQuery) -> ClusterPage {
        // A revision that is yet to come is one of an earlier run of the program.
        let isReset = query.changedSince.map { $0 < removals.floor || $0 > revision } ?? false
        let since = isReset ? nil : query.changedSince
        let search = query.search.lowercased()
        let matching = clusters.all.lazy.map(\.status)
            .filter { query.matches($0, search: search, since: since) }
            .sorted { $0.place < $1.place }
        let rest = query.after.map { after in matching.drop { !(after < $0.place) } } ?? matching[...]
        let page = Array(rest.prefix(max(query.limit, 0)))
        return ClusterPage(
            revision: revision,
            clusters: page,
            removed: since.map { removals.after($0).filter { clusters[$0] == nil } } ?? [],
            isReset: isReset,
            total: clusters.count,
            matching: matching.count,
            next: page.count < rest.count ? page.last?.place : nil
        )
    }

    /// All that is known of one cluster.
    func detail(_ id: ClusterID) -> ClusterDetail? {
        clusters[id].map { entry in
            ClusterDetail(
                status: entry.status,
                daemonSets: entry.daemonSets,
                replacements: Dictionary(
                    uniqueKeysWithValues: entry.replacements.map { ($0.reason, $0.count) }
                ),
                images: entry.pods?.images ?? [],
                pulls: entry.pulls?.times,
                problems: entry.pods?.problems ?? [],
                history: history.entries(of: id)
            )
        }
    }

    /// What the metrics of each cluster need, in the order of the names.
    func figures() -> [ClusterFigures] {
        clusters.all.map { ClusterFigures(status: $0.status, replacements: $0.replacements) }
            .sorted { $0.status.id < $1.status.id }
    }
}

extension ClusterStatus {
    /// Where it stands in the order of all.
    fileprivate var place: ClusterQuery.Place { ClusterQuery.Place(state: state, id: id) }
}

extension ClusterQuery.Place: Comparable {
    /// By state, those in trouble first, and then by name.
    public static func < (left: Self, right: Self) -> Bool {
        left.state == right.state ? left.id < right.id : left.state.rank < right.state.rank
    }
}

extension ClusterQuery {
    fileprivate func matches(_ status: ClusterStatus, search: String, since: UInt64?) -> Bool {
        if let since, status.revision <= since { return false }
        if !states.isEmpty, !states.contains(status.state) { return false }
        if !reasons.isEmpty, !(status.reason.map(reasons.contains) ?? false) { return false }
        return search.isEmpty || status.id.label.lowercased().contains(search)
    }
}

extension FleetSummary.Reason {
    fileprivate static func none(_ status: ClusterStatus) -> Self {
        Self(state: status.state, reason: status.reason ?? "", clusters: 0, since: status.since)
    }

    fileprivate mutating func add(_ status: ClusterStatus) {
        clusters += 1
        since = min(since, status.since)
    }
}

/// Adds up on how many nodes of all clusters each image is.
private struct ImageSums {
    private struct Key: Hashable, Comparable {
        var name: String
        var reference: String

        static func < (left: Self, right: Self) -> Bool {
            (left.name, left.reference) < (right.name, right.reference)
        }
    }

    private var sums: [Key: FleetSummary.ImageNodes] = [:]

    mutating func add(_ pods: PodReport) {
        for image in pods.images {
            let key = Key(name: image.name, reference: image.reference)
            guard var sum = sums[key] else {
                sums[key] = FleetSummary.ImageNodes(image: image, clusters: 1)
                continue
            }
            sum.image.add(image)
            sum.clusters += 1
            sums[key] = sum
        }
    }

    /// In the order of their names, which is that of the configuration.
    var sorted: [FleetSummary.ImageNodes] { sums.sorted { $0.key < $1.key }.map(\.value) }
}
