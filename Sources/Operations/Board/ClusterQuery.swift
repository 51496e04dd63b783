import PullerCore

/// Which clusters are wanted.
public struct ClusterQuery: Sendable, Equatable {
    /// Only those in these states; empty for all.
    public var states: Set<ClusterState> = []
    /// Only those with these reasons; empty for all.
    public var reasons: Set<String> = []
    /// Only those whose name contains this, in any case; empty for all.
    public var search = ""
    /// Only those that have changed after this revision; `nil` for all.
    public var changedSince: UInt64?
    /// The maximum number.
    public var limit = 500
    /// Only those behind this place in the order; `nil` for the first page.
    public var after: Place?

    /// A place in the order: by state, those in trouble first, and then by name.
    public struct Place: Sendable, Equatable {
        /// The state of the last cluster of the page before.
        public var state: ClusterState
        /// Its name.
        public var id: ClusterID
    }

    /// All clusters.
    public init() {}
}

/// Some clusters, in order.
public struct ClusterPage: Sendable, Equatable {
    /// The board's revision.
    public var revision: UInt64
    /// The clusters of this page: by state, those in trouble first, and then by name.
    public var clusters: [ClusterStatus]
    /// Clusters that were removed after `changedSince`.
    public var removed: [ClusterID]
    /// Whether `changedSince` is too old to tell what was removed: this page is one of all clusters then.
    public var isReset: Bool
    /// All clusters of the pool.
    public var total: Int
    /// All clusters that match, on whatever page.
    public var matching: Int
    /// Where the next page begins; `nil` when this is the last.
    public var next: ClusterQuery.Place?
}
