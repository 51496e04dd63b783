import PullerCore

/// What would be done in one cluster, as far as one look at it tells.
public struct ClusterPlan: Sendable, Equatable {
    /// The first thing that would be done for a placement. Names are those of DaemonSets.
    public enum Action: Sendable, Equatable {
        /// Create it where nothing of ours is.
        case create(String)
        /// Create a new one beside the old one, which goes when the new one serves.
        case replace(ReplaceReason, old: String, new: String)
        /// Delete one of two.
        case delete(String, stays: String, Keeper.Retirement)
        /// Delete what there may be of placements that the configuration does not have any more.
        case clear([String])
    }

    /// The nodes of one placement.
    struct Nodes: Sendable, Equatable {
        /// How many nodes are desired; `nil` if it is not known.
        var desired: Int?
        /// Whether two DaemonSets stand or would stand there.
        var isDouble: Bool
    }

    /// What would be done.
    public internal(set) var actions: [Action] = []
    /// What is there; `nil` if something would be done, or nothing could.
    public internal(set) var standing: Standing?
    /// Why nothing can be done, or not everything.
    public internal(set) var failure: Failure?
    var baseName = ""
    var placement = PlacementID.base
    var nodes: [PlacementID: Nodes] = [:]

    /// What a plan comes to, the gravest first.
    public enum Kind: String, Sendable, CaseIterable {
        /// The cluster did not answer.
        case failed
        /// It answered, and what is to be done cannot be.
        case conflict
        /// A Go puller's DaemonSet would be replaced.
        case takeOver = "take over"
        /// Something would be created where nothing of ours is.
        case create
        /// Something would be replaced.
        case replace
        /// Something that is not needed any more would be deleted.
        case delete
        /// Nothing would be done.
        case nothing = "nothing to do"
    }

    /// What it comes to.
    public var kind: Kind {
        if let failure { return failure.isObstacle ? .conflict : .failed }
        return actions.map(\.kind).min { $0.rank < $1.rank } ?? .nothing
    }
}

extension ClusterPlan.Kind {
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension ClusterPlan.Action {
    fileprivate var kind: ClusterPlan.Kind {
        switch self {
        case .create: .create
        case .replace(.goPuller, _, _): .takeOver
        case .replace: .replace
        case .delete, .clear: .delete
        }
    }
}

extension Failure {
    /// Whether the cluster said what there is, and that is in the way.
    fileprivate var isObstacle: Bool {
        switch reason {
        case .conflict, .terminating, .recreated: true
        default: false
        }
    }
}
