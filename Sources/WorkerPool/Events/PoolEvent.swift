import PullerCore

/// Something that an operator may want to know. `PoolEvent+text.swift` turns it into a log line.
public struct PoolEvent: Sendable, Equatable {
    /// What happened.
    public var what: What
    /// The cluster; `nil` for the whole puller.
    public var cluster: ClusterID?
    /// Whether it repeats an earlier event, and is logged only for debugging.
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
        /// The right DaemonSet was already there.
        case adopted(name: String, Health)
        /// A DaemonSet was created; beside another one if there is a reason.
        case created(name: String, beside: ReplaceReason?)
        /// The server stored a DaemonSet without these labels and annotations of ours.
        case altered(name: String, missing: [String])
        /// The older DaemonSet is gone: the newer one has taken its place.
        case replaced(ReplaceReason?, old: String, new: String)
        /// The newer DaemonSet is gone: the older one has stayed.
        case steppedBack(Keeper.StepBack, new: String, old: String)
        /// One that was not as desired is gone: the other one has stayed.
        case tidied(gone: String, stays: String)
        /// More or fewer nodes are ready than a moment ago.
        case progress(Health)
        /// A watch ended abnormally.
        case watchBroke(Failure)
        /// How a round ended.
        case round(RoundReport)
        /// A DaemonSet of ours was deleted for good.
        case deleted(name: String)
        /// A user's worker has ended.
        case removed(Retirement.Outcome)
        /// A user's worker has ended, but a DaemonSet may be left.
        case removalGivenUp(Failure)
        /// The server warned.
        case serverWarning(String)
        /// The clock of a server cannot be relied on.
        case clock(ClockProblem)
        /// A problem with the machine or the configuration.
        case warning(String)
        /// The users' file changed something, or cannot be used.
        case users(UsersEvent)
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
        /// How long it took.
        public var duration: Duration
        /// Time until the next one.
        public var nextCheck: Duration
    }

    /// What is wrong with a server's clock.
    public enum ClockProblem: Sendable, Equatable {
        /// Its answers have no `Date`.
        case missing
        /// It is ahead by this much; behind if negative.
        case differs(by: Duration)
    }

    /// What happened to the users' file.
    public enum UsersEvent: Sendable, Equatable {
        /// Users came and went.
        case changed(added: Int, removed: Int)
        /// The file changes nothing, and why.
        case unusable(path: String, String)
        /// The file would remove too many at once, so it changes nothing.
        case braked(path: String, String)
        /// The file can be used again.
        case usable(path: String)
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
    }
}
