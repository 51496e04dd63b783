/// What one turn of a worker has seen and done of all placements of a cluster.
public struct CacheRound: Sendable {
    /// One of the names under which a cluster may have a DaemonSet of this puller.
    public struct Name: Sendable, Hashable {
        /// The placement.
        public var id: PlacementID
        /// Which of its two names.
        public var slot: Slot

        /// A name.
        public init(id: PlacementID, slot: Slot) {
            self.id = id
            self.slot = slot
        }
    }

    /// How far a placement has come.
    enum Stage: Sendable, Equatable {
        /// There may be something to do at once.
        case acting
        /// What was created is to be followed, when it is its turn.
        case toFollow
        /// There is nothing to do any more; without an outcome where it could not do what it wanted.
        case over(RoundOutcome?)

        var outcome: RoundOutcome? {
            if case .over(let outcome) = self { outcome } else { nil }
        }
    }

    var base = Round()
    private var further: [PlacementID: Round] = [:]
    private var stages: [PlacementID: Stage] = [:]
    /// The one whose rollout is being followed.
    var followed: PlacementID?
    /// Whether older DaemonSets that had to wait for other placements have been looked at again.
    var isReconsidered = false
    /// Whether a creation waits for a slot to roll out in.
    var waits = false
    /// Whether this is only a plan, which does not wait for other pullers.
    public var isPlan = false

    /// Nothing seen yet.
    public init() {}

    /// A turn that begins with what the last one saw: nothing under these names.
    public init(absent: Set<Name>) {
        for name in absent { self[name.id][name.slot] = .absent }
    }

    /// What was seen and done of one placement.
    public subscript(id: PlacementID) -> Round {
        _read { if id == .base { yield base } else { yield further[id, default: Round()] } }
        _modify { if id == .base { yield &base } else { yield &further[id, default: Round()] } }
    }

    /// Names under which nothing was seen.
    public var absent: Set<Name> {
        var names = Set(base.absent.map { Name(id: .base, slot: $0) })
        for (id, round) in further { names.formUnion(round.absent.map { Name(id: id, slot: $0) }) }
        return names == Self.bothOfBase ? Self.bothOfBase : names
    }

    /// What a new cluster lacks. Thousands of them wait for a slot, and share this one.
    private static let bothOfBase = Set(Slot.allCases.map { Name(id: .base, slot: $0) })

    /// How far a placement has come.
    subscript(stage id: PlacementID) -> Stage {
        get { stages[id] ?? .acting }
        set { stages[id] = newValue }
    }

    /// For how many nodes a placement is desired, by what was seen of it; `nil` if nothing of it is there.
    public func desiredNodes(_ id: PlacementID) -> Int? { self[id].observed.map(\.status.desired).max() }

    /// How many DaemonSets of ours a placement was seen to have.
    public func count(_ id: PlacementID) -> Int { self[id].observed.count }

    /// What was seen of our DaemonSets.
    var observed: [ObservedDaemonSet] { base.observed + further.values.flatMap(\.observed) }
}

extension Round {
    /// What was seen of our DaemonSets.
    var observed: [ObservedDaemonSet] { Slot.allCases.compactMap { self[$0]?.daemonSet } }

    /// What was seen of our DaemonSets that are as desired.
    var right: [ObservedDaemonSet] {
        Slot.allCases.compactMap { self[$0]?.isRight == true ? self[$0]?.daemonSet : nil }
    }
}
