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
        /// The name.
        public var slot: Slot
        /// The object's uid.
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
        /// Read the pods of the DaemonSet under this name.
        case readPods(Slot)
        /// The round is over.
        case rest(RoundOutcome)
    }

    /// A DaemonSet that is to be deleted.
    public struct Doomed: Sendable, Equatable {
        /// The name.
        public var slot: Slot
        /// The object's uid.
        public var uid: String
        /// The version that the decision was based on: if it has changed since, the decision is made again.
        /// `nil` if the object is already being deleted: the API server removes the finalizer of a foreground
        /// deletion first, and then refuses the previous version.
        public var resourceVersion: String?
        /// The uid of the one that stays; `nil` if the deletion relies on none.
        public var survivor: String?
        /// Why it is deleted.
        public var why: Retirement
    }

    /// Why one of two is deleted.
    public enum Retirement: Sendable, Equatable {
        /// The newer one serves in its place.
        case succeeded
        /// It is the newer one, and the replacement is given up.
        case steppedBack(StepBack)
        /// It is not as desired, and the other one serves as many nodes.
        case outdated
        /// It was created a moment ago, and the server dropped its image volumes.
        case unmounted
    }

    /// Why a replacement is given up: the newer one of two is deleted, and the older one stays. The names are stable:
    /// alerts and scripts may rely on them.
    public enum StepBack: String, Sendable {
        /// While both existed, fewer nodes of the older one were ready.
        case harm = "Harm"
        /// It is a refresh, and did not serve as many nodes within the rollout time.
        case refresh = "Refresh"
        /// It replaces an unhealthy DaemonSet, and serves no more nodes.
        case noBetter = "NoBetter"
    }

    /// What the keeper needs to know of the configuration. One object serves the keepers of a placement in many clusters.
    public final class Settings: Sendable {
        /// What is wanted.
        public let desired: DesiredDaemonSet
        /// When and how often. The rollout time includes that in which nodes wait before they pull.
        public let schedule: Schedule
        /// ``DesiredDaemonSet/specHash`` of what this process wanted before.
        public let formerHashes: [String]
        /// The time in which nodes wait before they pull.
        let pullSpread: Duration
        /// How long a DaemonSet may have too few nodes without progress.
        var longestIllness: Duration { schedule.interval + pullSpread }

        /// Settings for the keepers of one placement.
        ///
        /// - Parameters:
        ///   - schedule: As it was configured.
        ///   - formerHashes: ``DesiredDaemonSet/specHash`` of what this process wanted before.
        public init(desired: DesiredDaemonSet, schedule: Schedule, formerHashes: [String] = []) {
            self.desired = desired
            self.formerHashes = formerHashes
            pullSpread = desired.pullSpread
            var schedule = schedule
            schedule.replacement.rolloutTimeout += pullSpread
            self.schedule = schedule
        }
    }

    /// The other name is read in the second round after a start, and then once in this many rounds.
    static let otherNamePeriod = 24
    /// The maximum number of steps in a turn, including the watches and reads of a long rollout, before the
    /// round counts as failed.
    static let mostSteps = 500
    /// How long a name is not used again after a DaemonSet was deleted while its pods were being created. The DaemonSet
    /// controller counts the pods that it is creating by the DaemonSet's name; if another one has the name before it notices
    /// the deletion, it waits for the pods of the former one, for five minutes or longer (`ControllerExpectations` in
    /// `k8s.io/kubernetes/pkg/controller`; seen with 1.20).
    static let pauseOfName = Duration.seconds(5)
    /// How many times in a row the puller's work is undone before that is reported as a contest.
    static let contestLength = 3

    /// The DaemonSets of this puller that are known to exist.
    public internal(set) var custody = Custody.unknown
    /// Names under which a creation was sent and not yet answered.
    public internal(set) var openCreations: Set<Slot> = []
    /// Whether the last rollout was still stalled when its time was up.
    public internal(set) var stoodStill = false

    /// Whether this process has looked under both names.
    public internal(set) var hasSeenBoth = false

    /// ``hasSeenBoth`` before this check: what is seen for the first time may be older than this process.
    var hadSeenBoth = false
    /// Turns so far: the other name is read only in some of them.
    var looks = 0
    var healthHistory = HealthHistory()
    @Rare var podNotes = PodNotes()
    /// Uid of the Go puller's DaemonSet whose deletion was sent.
    @Rare var takenOver: String? = nil
    /// Rounds in a row in which this program's work was undone.
    var undone = 0
    @Rare var setback: Setback? = nil
    /// The name that was last freed while pods were being created.
    @Rare var freed: Freed? = nil
    /// The two that this process created last.
    var createdHere: [Created] = []
    /// The rollout under way.
    @Rare var rollout: Rollout? = nil

    /// A DaemonSet whose nodes may be pulling.
    struct Rollout: Sendable, Equatable {
        var uid: String
        /// When it began, by the clock of this process.
        var began: Duration
    }

    /// A name whose DaemonSet was deleted, and when.
    struct Freed: Sendable, Equatable {
        var slot: Slot
        var time: Duration
    }

    /// A DaemonSet that this process created.
    struct Created: Sendable, Equatable {
        var uid: String
        /// What it was created from.
        var specHash: String
        /// Whether the answer to its creation lacked image volumes. A later read does not say that for certain: the servers
        /// of a control plane that is being upgraded differ.
        var isUnmounted: Bool
    }

    /// Replacements that did harm or no good are retried at growing intervals.
    struct Setback: Sendable, Equatable {
        var why: StepBack
        var count: Int
        var notBefore: Duration
    }

    /// What is remembered of the pods of a DaemonSet that is not ready, as each such cluster has it.
    struct PodNotes: Blank, Equatable, Sendable {
        var uid = ""
        /// See ``PodReport/lasting``.
        var lasting = 0
        /// Causes that a later report may not tell.
        var causes: [PodReport.Problem] = []
    }

    /// A keeper that knows nothing yet.
    public init() {}

    /// A turn begins.
    public mutating func begin() { looks += 1 }

    /// A DaemonSet as it was seen, with the uid as this keeper has it already, if it does: a text that each answer brings
    /// anew would otherwise exist once for each place that remembers it.
    func recognized(_ observed: ObservedDaemonSet) -> ObservedDaemonSet {
        let known = custody.held.lazy.map(\.uid) + createdHere.lazy.map(\.uid)
        guard let uid = known.first(where: { $0 == observed.uid }) else { return observed }
        var observed = observed
        observed.uid = uid
        return observed
    }

    /// Takes in that something else is wanted from now on. As after a restart, what came of earlier attempts is no reason
    /// to hold back the new one.
    mutating func settingsChanged() {
        setback = nil
        undone = 0
        healthHistory = HealthHistory()
    }

    /// Whether this process created an object.
    func isCreatedHere(_ uid: String) -> Bool { createdHere.contains { $0.uid == uid } }

    /// Forgets the DaemonSets: none of ours exists any more, or they are not ours to keep.
    public mutating func letGo() {
        custody = .none
        rollout = nil
        podNotes = PodNotes()
    }

    /// Whether there is nothing under way.
    var isAtPeace: Bool {
        if case .two = custody { return false }
        return openCreations.isEmpty && rollout == nil
    }

    /// For how long nodes of this cluster may still be pulling, because the newest DaemonSet is young and not complete;
    /// `nil` if none is.
    public func pullingTimeLeft(at now: Duration, _ settings: Settings) -> Duration? {
        let left = rollout.map { $0.began + settings.schedule.replacement.rolloutTimeout - now }
        return left.flatMap { $0 > .zero ? $0 : nil }
    }

    /// All DaemonSets of this puller, if that is certain; `nil` if both names have to be read to know.
    public var allKnown: [Held]? {
        let held = custody.held
        guard hasSeenBoth, openCreations.isEmpty, !held.isEmpty, !held.contains(where: \.isGoPullers) else {
            return nil
        }
        // A DaemonSet that was created a moment ago may not be in custody yet.
        if let last = createdHere.last, !held.contains(where: { $0.uid == last.uid }) { return nil }
        return held
    }

    /// The time until the next check at the latest, whatever the outcome of the round; `nil` if none is due.
    public func nextDecision(after now: Duration, _ settings: Settings) -> Duration? {
        let policy = settings.schedule.replacement
        var times: [Duration] = []
        if let rollout { times.append(rollout.began + policy.rolloutTimeout) }
        if case .two(_, _, let history) = custody, let next = history.nextDecision(policy, after: now) {
            times.append(next)
        }
        if let next = healthHistory.decision(interval: settings.longestIllness) { times.append(next) }
        return times.filter { $0 > now }.min().map { $0 - now }
    }
}
