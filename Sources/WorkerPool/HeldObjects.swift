import Synchronization

/// Which DaemonSets the workers hold, by uid. Two users can be tenants of one cluster, and then both hold the same
/// object: it must stay while one of them needs it.
public final class HeldObjects: Sendable {
    private struct State {
        var uids: [String: String] = [:]
        var holders: [String: Int] = [:]

        mutating func release(_ cluster: String) {
            guard let uid = uids.removeValue(forKey: cluster), let count = holders[uid] else { return }
            holders[uid] = count > 1 ? count - 1 : nil
        }
    }

    private let state = Mutex(State())

    /// Nothing held.
    public init() {}

    /// Notes that a cluster's worker holds this object, and no other.
    func hold(_ uid: String, by cluster: String) {
        state.withLock { state in
            guard state.uids[cluster] != uid else { return }
            state.release(cluster)
            state.uids[cluster] = uid
            state.holders[uid, default: 0] += 1
        }
    }

    /// Notes that a cluster's worker holds nothing.
    func release(by cluster: String) {
        state.withLock { $0.release(cluster) }
    }

    /// Lets go of an object, if somebody besides this cluster's worker holds it; in one step, so that of two who go at
    /// the same time the second one finds himself the last.
    ///
    /// - Returns: Whether somebody does.
    func releaseIfShared(_ uid: String, by cluster: String) -> Bool {
        state.withLock { state in
            let own = state.uids[cluster] == uid ? 1 : 0
            guard state.holders[uid, default: 0] > own else { return false }
            state.release(cluster)
            return true
        }
    }
}
