import PullerCore

// What there is to say about several clusters at once.
extension PoolEvent {
    /// Some clusters among all: how many, and the names of the first few.
    public struct Share: Sendable, Equatable {
        /// How many clusters.
        public var clusters: Int
        /// How many there are in all.
        public var all: Int
        /// The first names, with what there is to say of each, and how many there are besides; empty in
        /// single-cluster mode.
        public var users: String
    }

    /// A fault that several clusters share.
    public struct SharedFault: Sendable, Equatable {
        /// How far it has come.
        public enum Phase: Sendable, Equatable {
            /// It was noticed.
            case began
            /// It has not ended.
            case lasts
            /// It has ended for this many clusters.
            case over(recovered: Int)

            var isOver: Bool { if case .over = self { true } else { false } }
        }

        /// How far it has come.
        public var phase: Phase
        /// The reason of the clusters' own lines.
        public var reason: String
        /// Whether rounds fail; otherwise clusters answer, and their DaemonSets are not ready.
        public var isFailing: Bool
        /// What is said of one of the clusters.
        public var text: String
        /// The clusters that have it; once it is over, those that have not recovered yet.
        public var share: Share
        /// Time since it began; once it is over, how long it lasted.
        public var age: Duration
    }

    /// The same warning, from several clusters.
    public struct CommonWarning: Sendable, Equatable {
        /// The reason of the warning.
        public var reason: String
        /// Its text in one of the clusters.
        public var text: String
        /// The clusters that have had it.
        public var share: Share
    }

    /// All clusters that are not ready for one reason.
    public struct Digest: Sendable, Equatable {
        /// The reason of the clusters' own lines.
        public var reason: String
        /// Whether their rounds fail; otherwise they answer, and their DaemonSets are not ready.
        public var isFailing: Bool
        /// Which; those for whom it has lasted longest come first.
        public var share: Share
        /// For how long it has lasted in the first of them.
        public var longest: Duration
    }

    /// The state of the whole pool.
    public struct Summary: Sendable, Equatable {
        /// All clusters.
        public var clusters: Int
        /// Ready ones.
        public var ready: Int
        /// Those whose DaemonSet is not ready.
        public var unready: Int
        /// Those whose last round failed.
        public var failing: Int
        /// Those for which no round has ended yet.
        public var waiting: Int { max(clusters - ready - unready - failing, 0) }
    }
}
