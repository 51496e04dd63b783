import PullerCore
import WorkerPool

/// The whole pool at a glance. Times are by the pool's clock.
public struct FleetSummary: Sendable, Equatable {
    /// Clusters that are not ready, by what is wrong with them.
    public struct Reason: Sendable, Equatable {
        /// Failing or unready.
        public var state: ClusterState
        /// The stable name.
        public var reason: String
        /// How many clusters.
        public var clusters: Int
        /// Since when the first of them has it.
        public var since: Duration
    }

    /// Nodes of all clusters that have an image, where that is known.
    public struct ImageNodes: Sendable, Equatable {
        /// The figures, added up over the clusters.
        public var image: PodReport.Image
        /// Clusters that these figures come from.
        public var clusters: Int
    }

    /// A users' or images' file that changes nothing at present.
    public struct FileTrouble: Sendable, Equatable {
        /// What is in a file.
        public enum Kind: String, Sendable, CaseIterable {
            /// The users.
            case users
            /// The images.
            case images
        }

        /// What is in it.
        public var kind: Kind
        /// Its path.
        public var path: String
        /// Whether it would remove too many at once; otherwise it cannot be used.
        public var isBraked: Bool
        /// Why.
        public var message: String
    }

    /// The board's revision.
    public var revision: UInt64 = 0
    /// All clusters by state.
    public var clusters: [ClusterState: Int] = [:]
    /// All that is wrong, most clusters first.
    public var reasons: [Reason] = []
    /// Clusters whose workers are far behind their time.
    public var stuck = 0
    /// Clusters that wait for a retry after a failure.
    public var inBackoff = 0
    /// Faults that several clusters share, in the order in which they began.
    public var faults: [PoolEvent.SharedFault] = []
    /// Files that change nothing at present.
    public var files: [FileTrouble] = []
    /// Images, in the order of the configuration; empty where nothing is known.
    public var images: [ImageNodes] = []
    /// How long the nodes of all clusters took to pull each image, in the order of the configuration; empty where nothing is
    /// known.
    public var pulls: [PullTimes.Image] = []

    /// All clusters.
    public var total: Int { clusters.values.reduce(0, +) }
}
