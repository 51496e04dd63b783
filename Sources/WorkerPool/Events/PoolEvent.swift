import PullerCore

/// Something that an operator may want to know. `PoolEvent+text.swift` turns it into a log line.
public struct PoolEvent: Sendable, Equatable {
    /// What happened.
    public var what: What
    /// The cluster; `nil` for the whole puller.
    public var cluster: ClusterID?
    /// Whether it repeats an earlier event or is covered by another one, and is logged only for debugging; the
    /// ``Journal`` decides.
    public var isRepeated = false

    /// An event.
    public init(_ what: What, _ cluster: ClusterID? = nil) {
        self.what = what
        self.cluster = cluster
    }

    /// What happened.
    public enum What: Sendable, Equatable {
        /// The puller has begun.
        case started(String)
        /// The pool has begun to look after this cluster; it does until `removed` or `removalGivenUp`.
        case added
        /// The cluster has said something about itself.
        case surveyed(Survey.Note)
        /// The right DaemonSet was already there.
        case adopted(name: String, Health)
        /// A DaemonSet was created; beside another one if there is a reason.
        case created(name: String, beside: ReplaceReason?)
        /// The server stored a DaemonSet without these labels and annotations of ours.
        case altered(name: String, missing: [String])
        /// The cluster has no image volumes, and keeps what `CACHE_MODE_FALLBACK` says.
        case fellBack
        /// The older DaemonSet is gone: the newer one has taken its place.
        case replaced(ReplaceReason?, old: String, new: String)
        /// The newer DaemonSet is gone: the older one has stayed. What the newer one's pods said, if they were read.
        case steppedBack(Keeper.StepBack, new: String, old: String, pods: PodReport? = nil)
        /// One that was not as desired is gone: the other one has stayed.
        case tidied(gone: String, stays: String)
        /// The cluster has answered, and waits for its turn to roll out.
        case queued
        /// More or fewer nodes are ready than a moment ago.
        case progress(Health)
        /// A watch ended abnormally.
        case watchBroke(Failure)
        /// Pods could not be read.
        case podsUnread(Failure)
        /// The account may not read pods.
        case podsNotReadable(String)
        /// How long the pulls of a rollout took.
        case pulled(PullTimes)
        /// It could not be read how long pulls took.
        case pullsUnread(Failure)
        /// The account may not read how long pulls took.
        case pullsNotReadable(String)
        /// How a round ended.
        case round(RoundReport)
        /// A DaemonSet of ours was deleted for good.
        case deleted(name: String)
        /// A user's worker has ended.
        case removed(Retirement.Outcome)
        /// A user's worker has ended, but a DaemonSet may be left.
        case removalGivenUp(Failure)
        /// The cluster's worker has not gone on for this long, although it should have.
        case stuck(for: Duration)
        /// The server warned.
        case serverWarning(String)
        /// The clock of a server cannot be relied on.
        case clock(ClockProblem)
        /// A problem with the machine or the configuration.
        case warning(String, reason: WarningReason = .configuration)
        /// So many lines of the log were dropped.
        case linesDropped(Int)
        /// The users' file changed something, or cannot be used.
        case users(FileEvent)
        /// The images' file changed something, or cannot be used.
        case images(FileEvent)
        /// A fault that several clusters share began, lasts or is over.
        case fault(SharedFault)
        /// Several clusters had the same warning.
        case commonWarning(CommonWarning)
        /// All clusters that are not ready for one reason.
        case digest(Digest)
        /// The state of the whole pool.
        case summary(Summary)
        /// The puller was told to end.
        case stopping(signal: String)
        /// At shutdown, something may be left in a cluster.
        case leftover(Failure)
        /// The puller has ended.
        case stopped
    }

    /// How a round ended.
    public struct RoundReport: Sendable, Equatable {
        /// How.
        public var outcome: RoundOutcome
        /// `DAEMONSET_NAME`.
        public var baseName: String
        /// Which of the cluster's placements it is about: the one with the worst outcome.
        public var placement = PlacementID.base
        /// How long it took.
        public var duration: Duration
        /// Time until the next one.
        public var nextCheck: Duration
        /// Rounds in a row that failed, this one included; 0 when it did not.
        public var failures = 0
        /// For how long the cluster has been failing; `nil` when it is not. The ``Journal`` fills it in.
        public var failingFor: Duration?
        /// For how long the cluster has not been ready; `nil` when it is. The ``Journal`` fills it in.
        public var unreadyFor: Duration?
    }

    /// Why there is a warning about the whole puller. The names are stable: alerts and scripts may rely on them.
    public enum WarningReason: String, Sendable, CaseIterable {
        /// A setting probably does not do what was meant.
        case configuration = "Configuration"
        /// `DEPLOYMENT_NAME` does not give the DaemonSets an owner.
        case owner = "Owner"
        /// Fewer files may be open than connections are wanted.
        case openFiles = "OpenFiles"
    }

    /// What is wrong with a server's clock.
    public enum ClockProblem: Sendable, Equatable {
        /// Its answers have no `Date`.
        case missing
        /// It is ahead by this much; behind if negative.
        case differs(by: Duration)
    }

    /// What happened to the users' or the images' file.
    public enum FileEvent: Sendable, Equatable {
        /// Users, or images, came and went.
        case changed(added: Int, removed: Int)
        /// The file changes nothing, and why.
        case unusable(path: String, String)
        /// The file would remove too many at once, so it changes nothing.
        case braked(path: String, RemovalCount, String)
        /// The file can be used again.
        case usable(path: String)
    }
}
