import PullerCore
import WorkerPool

/// How a cluster is, those first that an operator looks for first.
public enum ClusterState: String, Sendable, Equatable, CaseIterable {
    /// Its last round failed.
    case failing
    /// It answers, and its DaemonSet is not ready.
    case unready
    /// No round has ended yet.
    case waiting
    /// Its DaemonSet is ready on all nodes.
    case ready
}

/// What is known of one cluster. Times are by the pool's clock.
public struct ClusterStatus: Sendable, Equatable {
    /// What its worker does.
    public enum Activity: String, Sendable, Equatable, CaseIterable {
        /// It waits for the next check, or checks.
        case none
        /// It waits for its turn to roll out.
        case queued
        /// Its DaemonSet rolls out.
        case rollingOut
    }

    /// Which.
    public var id: ClusterID
    /// How it is.
    public var state = ClusterState.waiting
    /// The stable name of what is wrong; `nil` for nothing.
    public var reason: String?
    /// What is wrong, for people; empty for nothing.
    public var message = ""
    /// When it came into this state, with this reason.
    public var since: Duration
    /// What its worker does.
    public var activity = Activity.none
    /// The figures of the DaemonSet that counts, as they were last seen.
    public var health: Health?
    /// When the last round ended.
    @ShortTime public var lastCheck: Duration? = nil
    /// When a round last ended ready.
    @ShortTime public var lastSuccess: Duration? = nil
    /// When the next round is due.
    @ShortTime public var nextCheck: Duration? = nil
    /// Rounds in a row that failed.
    public var failures = 0
    /// What a cold start of all images would have cost on a node, on average; `nil` where it is not known.
    @ShortTime public var coldStart: Duration? = nil
    /// Whether its worker is far behind its time.
    public var isStuck = false
    /// The board's revision of its last change.
    public var revision: UInt64 = 0

    /// A cluster that was just added.
    public init(_ id: ClusterID, since: Duration) {
        self.id = id
        self.since = since
    }
}

/// All that is known of one cluster.
public struct ClusterDetail: Sendable, Equatable {
    /// The essentials.
    public var status: ClusterStatus
    /// The DaemonSets as the last round saw them: the one that counts first.
    public var daemonSets: [DaemonSetFigures]
    /// Replacements since the start, by reason.
    public var replacements: [String: Int]
    /// On how many nodes each image is; empty where it is not known.
    public var images: [PodReport.Image]
    /// How long its nodes took to pull; `nil` where it is not known.
    public var pulls: PullTimes?
    /// What is wrong with pods.
    public var problems: [PodReport.Problem]
    /// What happened lately, the latest first.
    public var history: [HistoryEntry]
}

/// A DaemonSet of a cluster.
public struct DaemonSetFigures: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// How far it has come.
    public var health: Health
    /// Whether it is the one that goes, or steps back, of two.
    public var isBeside: Bool
}

/// Something that happened.
public struct HistoryEntry: Sendable, Equatable {
    /// When, by the pool's clock.
    public var time: Duration
    /// The cluster; `nil` for the whole puller.
    public var cluster: ClusterID?
    /// The event's stable name.
    public var event: PoolEvent.Kind
    /// How much it matters.
    public var level: LogLevel
    /// The stable name of the cause.
    public var reason: String?
    /// For people.
    public var message: String
}
