import PullerCore

/// What is kept up with each change, so that a summary need not look at ten thousand clusters each second.
struct FleetOverview: Sendable {
    /// What counts of a cluster.
    struct Part: Sendable {
        fileprivate var state: ClusterState
        fileprivate var isNotable: Bool
        fileprivate var hasPulls: Bool

        init(_ entry: borrowing ClusterEntry) {
            state = entry.status.state
            isNotable =
                entry.status.reason != nil || entry.status.failures > 0 || entry.status.isStuck
                || entry.pods != nil
            hasPulls = entry.pulls != nil
        }
    }

    private var counts = ClusterState.allCases.map { _ in 0 }
    /// Clusters of which a summary tells more than their state. Of a fleet that is well there are few.
    private(set) var notable: Set<ClusterID> = []
    /// Clusters of which it is known how long their nodes took to pull.
    private(set) var pulled = 0

    /// All clusters by state.
    var clusters: [ClusterState: Int] {
        Dictionary(uniqueKeysWithValues: ClusterState.allCases.map { ($0, counts[$0.rank]) })
    }

    /// Takes in that a cluster has changed.
    ///
    /// - Parameters:
    ///   - before: `nil` when it was not there.
    ///   - after: `nil` when it is not there any more.
    mutating func change(_ id: ClusterID, from before: Part?, to after: Part?) {
        if let before {
            counts[before.state.rank] -= 1
            if before.hasPulls { pulled -= 1 }
        }
        if let after {
            counts[after.state.rank] += 1
            if after.hasPulls { pulled += 1 }
        }
        let (wasNotable, isNotable) = (before?.isNotable ?? false, after?.isNotable ?? false)
        guard wasNotable != isNotable else { return }
        if isNotable { notable.insert(id) } else { notable.remove(id) }
    }
}
