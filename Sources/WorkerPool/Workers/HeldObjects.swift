import PullerCore
import Synchronization

/// Which cluster's workers hold which DaemonSets, by uid. Two users can be tenants of one cluster, and then both hold the
/// same objects: they stay while one of them needs them.
public final class HeldObjects: Sendable {
    fileprivate enum Holders {
        case one(ClusterID)
        indirect case several(Set<ClusterID>)

        var all: Set<ClusterID> {
            switch self {
            case .one(let cluster): [cluster]
            case .several(let clusters): clusters
            }
        }

        init?(_ all: Set<ClusterID>) {
            guard let first = all.first else { return nil }
            self = all.count == 1 ? .one(first) : .several(all)
        }
    }

    fileprivate struct State {
        var holders: [String: Holders] = [:]
        /// Deletions under way that rely on another object to stay.
        var deleting: [String: String] = [:]
        /// The most recent deletions of objects that several clusters held.
        var deleted: [String] = []
    }

    /// The number of deletions that are remembered, for workers that have not noticed them yet.
    private static let memory = 256

    /// No object relies on anything when it goes for good.
    private static let nothing = ""

    private let state = Mutex(State())

    /// Nothing held.
    public init() {}

    /// Notes that a cluster's worker holds these objects, and no longer those.
    func hold(_ uids: [String], instead former: [String] = [], by cluster: ClusterID) {
        state.withLock { state in
            for uid in former where !uids.contains(uid) { state.change(uid) { $0.remove(cluster) } }
            for uid in uids { state.change(uid) { $0.insert(cluster) } }
        }
    }

    /// The other clusters that hold an object; sorted.
    func others(holding uid: String, than cluster: ClusterID) -> [ClusterID] {
        state.withLock { $0.holders[uid]?.all.filter { $0 != cluster }.sorted() ?? [] }
    }

    /// Begins a deletion that relies on another object to stay. Workers that hold both take turns: none may
    /// rely on an object that another one is deleting or has deleted.
    ///
    /// - Returns: Whether it may be sent now.
    func beginDeletion(of uid: String, relyingOn survivor: String) -> Bool {
        state.withLock { state in
            guard state.deleting[uid] == nil, state.deleting[survivor] == nil,
                !state.deleting.values.contains(uid), !state.deleted.contains(survivor)
            else { return false }
            state.deleting[uid] = survivor
            return true
        }
    }

    /// Begins the deletion of an object that is to go for good.
    ///
    /// - Returns: Whether it may happen now; not while another deletion relies on this object to stay.
    func beginRemoval(of uid: String) -> Bool {
        state.withLock { state in
            guard state.deleting[uid] == nil, !state.deleting.values.contains(uid) else { return false }
            state.deleting[uid] = Self.nothing
            return true
        }
    }

    /// Ends it. The clusters that held the deleted object hold the survivor from now on.
    func endDeletion(of uid: String, isGone: Bool) {
        state.withLock { state in
            guard let survivor = state.deleting.removeValue(forKey: uid), isGone,
                let all = state.holders.removeValue(forKey: uid)?.all
            else { return }
            if survivor != Self.nothing { state.change(survivor) { $0.formUnion(all) } }
            guard all.count > 1 else { return }
            state.deleted.append(uid)
            if state.deleted.count > Self.memory { state.deleted.removeFirst() }
        }
    }
}

extension HeldObjects.State {
    fileprivate mutating func change(_ uid: String, _ body: (inout Set<ClusterID>) -> Void) {
        var all = holders[uid]?.all ?? []
        body(&all)
        holders[uid] = HeldObjects.Holders(all)
    }
}
