/// Decides how to keep one cluster's DaemonSet, under at most two names: it takes observations and answers,
/// and returns the next step. It has no clock, sends nothing, and starts empty in each process, because all
/// state is in the cluster.
///
/// ```
/// var round = Round()
/// keeper.begin()
/// while true {
///     switch keeper.next(&round, at: now) { ... do it, and let the keeper take the answer ... }
/// }
/// ```
public struct Keeper: Sendable {
    /// What this puller has in its cluster, as far as it knows.
    public enum Custody: Sendable, Equatable {
        /// Nothing has been read since the start.
        case unknown
        /// Nothing of ours is there.
        case none
        /// One DaemonSet.
        case one(Held)
        /// Two, while one takes the place of the other.
        indirect case two(newer: Held, older: Held, OverlapHistory)

        /// All DaemonSets of ours.
        public var held: [Held] {
            switch self {
            case .unknown, .none: []
            case .one(let held): [held]
            case .two(let newer, let older, _): [newer, older]
            }
        }
    }

    /// A DaemonSet of ours.
    public struct Held: Sendable, Equatable {
        /// Under which name.
        public var slot: Slot
        /// Which object.
        public var uid: String
        /// Whether it is a Go puller's that has not been taken over yet.
        public var isGoPullers: Bool
        /// Since when this process has known it.
        var knownSince: Duration
        /// Whether it has another configuration and appeared while this process ran: it may belong to another
        /// puller, which is shutting down or has just started.
        var isForeign: Bool
    }

    /// The next step of a turn.
    public enum Step: Sendable, Equatable {
        /// Read what is under this name.
        case read(Slot)
        /// Create the DaemonSet under this name; `nil` for the note when nothing of ours was there.
        case create(Slot, ReplaceReason?, CreationNote?)
        /// Delete one of two.
        case delete(Doomed)
        /// Watch the one that was created.
        case follow(Slot, resourceVersion: String, timeLeft: Duration)
        /// The round is over.
        case rest(RoundOutcome)
    }

    /// A DaemonSet that is to be deleted.
    public struct Doomed: Sendable, Equatable {
        /// Under which name.
        public var slot: Slot
        /// Which object.
        public var uid: String
        /// The version that the decision was based on: if it has changed since, the decision is made again.
        /// `nil` if the object is already being deleted: the API server removes the finalizer of a foreground
        /// deletion first, and then refuses the previous version.
        public var resourceVersion: String?
        /// The one that stays.
        public var survivor: String
        /// Why.
        public var why: Retirement
    }

    /// Why one of two is deleted.
    public enum Retirement: Sendable, Equatable {
        /// The newer one serves in its place.
        case succeeded
        /// It is the newer one, and did not become ready in time, was no better, or harmed the older one.
        case steppedBack(StepBack)
        /// It is not as desired, and the other one serves as many nodes.
        case outdated
    }

    /// Why the newer one of two is deleted.
    public enum StepBack: String, Sendable {
        /// Fewer nodes of the older one were ready while the newer one existed beside it.
        case harm = "Harm"
        /// A refresh did not serve as many nodes in its time.
        case refresh = "Refresh"
        /// One that was created because of ill health was no better.
        case noBetter = "NoBetter"
    }

    /// What the keeper needs to know of the configuration.
    public struct Settings: Sendable {
        /// What is wanted.
        public var desired: DesiredDaemonSet
        /// When and how often.
        public var schedule: Schedule

        /// Settings for all keepers of a pool.
        public init(desired: DesiredDaemonSet, schedule: Schedule) {
            self.desired = desired
            self.schedule = schedule
        }
    }

    /// The other name is read in the second round after a start, and then once in this many rounds.
    static let otherNamePeriod = 24
    /// The maximum number of steps in a turn, including the watches and reads of a long rollout, before the
    /// round counts as failed.
    static let mostSteps = 500
    /// How many times in a row somebody undoes the puller's work before that is reported as a contest.
    static let contestLength = 3

    /// What is there.
    public internal(set) var custody = Custody.unknown
    /// Names under which a creation was sent and not yet answered.
    public internal(set) var openCreations: Set<Slot> = []
    /// Whether the last rollout was still stalled when its time was up.
    public internal(set) var stoodStill = false

    /// Whether this process has looked under both names.
    public internal(set) var hasSeenBoth = false

    /// The same, before this check: what is seen for the first time may be older than this process.
    var hadSeenBoth = false
    var looks = 0
    var healthHistory = HealthHistory()
    /// Uid of the Go puller's DaemonSet whose deletion was sent.
    var takenOver: String?
    /// Rounds in a row in which this program's work was undone.
    var undone = 0
    var setback: Setback?
    /// Uids of the two that this process created last.
    var createdHere: [String] = []
    /// The rollout under way.
    var rollout: Rollout?

    /// A DaemonSet whose nodes may be pulling.
    struct Rollout: Sendable, Equatable {
        var uid: String
        /// When it began, by the clock of this process.
        var began: Duration
    }

    /// Replacements that did harm or no good are retried at growing intervals.
    struct Setback: Sendable, Equatable {
        var why: StepBack
        var count: Int
        var notBefore: Duration
    }

    /// A keeper that knows nothing yet.
    public init() {}

    /// A turn begins.
    public mutating func begin() { looks += 1 }

    /// Forgets the DaemonSets: none of ours exists any more, or they are not ours to keep.
    public mutating func letGo() {
        custody = .none
        rollout = nil
    }

    /// For how long nodes of this cluster may still be pulling: the newest DaemonSet is not complete, and young; `nil` for
    /// not at all.
    public func pullingTimeLeft(at now: Duration, _ settings: Settings) -> Duration? {
        let left = rollout.map { $0.began + settings.schedule.replacement.rolloutTimeout - now }
        return left.flatMap { $0 > .zero ? $0 : nil }
    }

    /// The DaemonSets of ours that are certain to be all; `nil` when only a look under both names tells.
    public var allKnown: [Held]? {
        let held = custody.held
        guard hasSeenBoth, openCreations.isEmpty, !held.isEmpty, !held.contains(where: \.isGoPullers) else {
            return nil
        }
        // What was created last may have been so a moment ago.
        if let last = createdHere.last, !held.contains(where: { $0.uid == last }) { return nil }
        return held
    }

    /// When the next check is due at the latest, whatever the outcome of the round; `nil` for no such time.
    public func nextDecision(after now: Duration, _ settings: Settings) -> Duration? {
        let policy = settings.schedule.replacement
        var times: [Duration] = []
        if let rollout { times.append(rollout.began + policy.rolloutTimeout) }
        if case .two(_, _, let history) = custody, let next = history.nextDecision(policy, after: now) {
            times.append(next)
        }
        return times.filter { $0 > now }.min().map { $0 - now }
    }
}
