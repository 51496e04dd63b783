/// What one turn of a worker has seen and done; it exists only during that turn.
public struct Round: Sendable {
    /// A rollout that is being followed.
    struct Following: Sendable {
        /// A rollout without progress for this long is no longer followed, and is checked again later.
        static let patience = Duration.seconds(60)

        let uid: String
        let began: Duration
        var lastMove: Duration
        var status = ObservedDaemonSet.Status()

        func timeLeft(at now: Duration, timeout: Duration, patience: Duration) -> Duration {
            min(began + timeout, lastMove + patience) - now
        }
    }

    private var primary: View?
    private var alternate: View?
    /// The server's clock, if it is reliable.
    var serverTime: Timestamp?
    /// How often another client was faster.
    var overtaken = 0
    /// How often a deletion met another version than the observed one.
    var changes = 0
    /// DaemonSets that this turn created.
    var creations = 0
    /// Why it last replaced a DaemonSet; `nil` if it created none, or if there was none before.
    var replaced: ReplaceReason?
    /// Whether the server dropped the image volumes of what this process created.
    var isUnsupported = false
    /// Objects whose deletion this turn requested and that still exist.
    var asked: Set<String> = []
    var following: Following?
    /// Whether the DaemonSet's health has been taken in.
    var hasNotedHealth = false
    /// Steps so far, so that no answers of a cluster can make a turn endless.
    var steps = 0
    /// Whether there has been an outcome; there are several where other placements are waited for.
    var hasOutcome = false
    /// Whether the cluster's other placements serve, so that images that have moved to them are there.
    var othersServe = true
    /// Whether the cluster's other placements have a DaemonSet that is as desired.
    var othersExist = true
    /// Whether neither of two may go, since it names placements that are still needed.
    var keepsOlder = false

    /// Whether this is only a plan, which does not wait for other pullers.
    var isPlan = false
    /// Whether pods may be read.
    var mayReadPods = false
    /// Whether pods were read, or could not be.
    var hasReadPods = false
    /// What the pods of one DaemonSet say.
    var pods: (uid: String, report: PodReport)?

    /// Nothing seen yet.
    public init() {}

    /// A turn that begins with what the last one saw: nothing under these names. If that is out of date, no harm is done:
    /// the server refuses to create what already exists.
    public init(absent: Set<Slot>) {
        for slot in absent { self[slot] = .absent }
    }

    /// Names under which nothing was seen.
    public var absent: Set<Slot> { Set(Slot.allCases.filter { self[$0] == .absent }) }

    subscript(slot: Slot) -> View? {
        get { slot == .primary ? primary : alternate }
        set { if slot == .primary { primary = newValue } else { alternate = newValue } }
    }

    /// Forgets what was observed, as it may be out of date.
    mutating func forget() {
        primary = nil
        alternate = nil
    }

    /// Whether the right DaemonSet was seen under a name.
    public func isRight(_ slot: Slot) -> Bool { self[slot]?.isRight == true }

    /// Figures of what was seen under a name.
    public func health(_ slot: Slot) -> Health? { (self[slot]?.daemonSet).map { Health(of: $0) } }

    /// What the pods of a DaemonSet say; `nil` where they were not read.
    public func pods(of uid: String) -> PodReport? { pods.flatMap { $0.uid == uid ? $0.report : nil } }

    /// Whose pods to read, for the DaemonSet that was seen under a name.
    public func podQuery(_ slot: Slot, _ desired: DesiredDaemonSet) -> PodQuery? {
        (self[slot]?.daemonSet).map { PodQuery($0, desired: desired) }
    }

    /// Whether a name has to be read.
    public func needsLook(_ slot: Slot) -> Bool { self[slot] == nil }

    /// Why the newer of two replaces the one to be deleted, as far as this turn knows.
    public func reason(of doomed: Keeper.Doomed) -> ReplaceReason? {
        if let replaced { return replaced }
        if case .ours(_, .wrong(let reason))? = self[doomed.slot] { return reason }
        return self[doomed.slot.other]?.daemonSet?.creationReason == ReplaceReason.refreshName
            ? .refresh : nil
    }
}
