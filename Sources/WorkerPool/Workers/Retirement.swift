import KubernetesAPI
import PullerCore
import Timing

/// Deletes what is ours in one cluster, under both names: for a user who was removed, at the end, and for a clean-up.
public struct Retirement {
    /// The outcome.
    public enum Outcome: Sendable, Equatable {
        /// It is gone.
        case deleted
        /// There was nothing of ours.
        case absent
        /// It stays, because another user of this cluster needs it.
        case spared
    }

    let cluster: ClusterID
    let api: any DaemonSetAPI
    let context: PoolContext
    let lane: RequestLane
    /// Whether each deletion is reported as an event; a clean-up reports its own results.
    var reportsDeletions = true

    /// Deletes the DaemonSets that are known to exist, without reading them first.
    func deleteKnown(
        _ held: [Keeper.Held],
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> Outcome {
        var problem: Failure?
        for one in held {
            do throws(Failure) {
                _ = try await delete(one.slot, uid: one.uid)
            } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return .deleted
    }

    /// Looks under both names, and deletes what is ours.
    ///
    /// - Parameters:
    ///   - sparesOthers: Returns whether an object is another user's, too; then it stays.
    ///   - reportNotOurs: Called with what exists and is not ours.
    /// - Returns: The outcome, and the names under which there was nothing.
    func lookAndDelete(
        isolation: isolated (any Actor)? = #isolation,
        sparesOthers: (ObservedDaemonSet) async throws(Failure) -> Bool = { (_) async throws(Failure) in false
        },
        isDryRun: Bool = false,
        reportNotOurs: (String) -> Void = { _ in }
    ) async throws(Failure) -> (outcome: Outcome, absent: Set<Slot>) {
        var outcome = Outcome.absent
        var absent: Set<Slot> = []
        var problem: Failure?
        for slot in Slot.allCases {
            do throws(Failure) {
                guard let observed = try await look(slot) else {
                    absent.insert(slot)
                    continue
                }
                switch Ownership(of: observed, in: slot, identity: context.desired.identity) {
                case .ours: break
                case .goPuller:
                    reportNotOurs("a Go puller created it")
                    continue
                case .notOurs(let why):
                    reportNotOurs(why)
                    continue
                }
                if isDryRun {
                    outcome = try await sparesOthers(observed) ? .spared : .deleted
                } else {
                    outcome = try await remove(observed, slot, sparesOthers) ?? outcome
                }
            } catch {
                // The other name is checked all the same.
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return (outcome, absent)
    }

    /// - Returns: `nil` when it was gone.
    private func remove(
        _ observed: ObservedDaemonSet,
        _ slot: Slot,
        isolation: isolated (any Actor)? = #isolation,
        _ sparesOthers: (ObservedDaemonSet) async throws(Failure) -> Bool
    ) async throws(Failure) -> Outcome? {
        guard context.held.beginRemoval(of: observed.uid) else {
            throw Failure(.conflict, "another user of this cluster is replacing its DaemonSet")
        }
        var isGone = false
        defer { context.held.endDeletion(of: observed.uid, isGone: isGone) }
        if try await sparesOthers(observed) { return .spared }
        if observed.isTerminating, observed.isHeldByFinalizer {
            throw Self.isHeld(context.desired.name(slot), observed.finalizers)
        }
        let wasThere = try await delete(slot, uid: observed.uid)
        isGone = true
        return wasThere ? .deleted : nil
    }

    private func look(
        _ slot: Slot,
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> ObservedDaemonSet? {
        let name = context.desired.name(slot)
        return try await context.request(lane) { () async throws(Failure) in try await api.observe(name) }
            .daemonSet
    }

    /// - Returns: Whether it existed. "Deleted" means gone: an object that still exists is a failure, and is
    ///   checked again.
    private func delete(
        _ slot: Slot,
        uid: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> Bool {
        let name = context.desired.name(slot)
        let deletion = try await context.request(lane) { () async throws(Failure) in
            try await api.delete(name, uid: uid, resourceVersion: nil)
        }
        switch deletion {
        case .gone:
            if reportsDeletions { context.report(PoolEvent(.deleted(name: name), cluster)) }
            return true
        case .going(let finalizers): throw Self.isHeld(name, finalizers)
        case .absent: return false
        case .changed:
            throw Failure(.conflict, "\(name) was replaced by another DaemonSet before it could be deleted")
        }
    }

    private static func isHeld(_ name: String, _ finalizers: [String]) -> Failure {
        let list = finalizers.isEmpty ? "none is named" : finalizers.joined(separator: ", ")
        return Failure(.terminating, "\(name) is being deleted and still there; finalizers: \(list)")
    }
}

extension Retirement.Outcome {
    /// What became of the user's DaemonSets.
    var explanation: String {
        switch self {
        case .deleted: "its DaemonSet was deleted"
        case .absent: "nothing of ours was there"
        case .spared: "its DaemonSet stays, because another user of this cluster needs it"
        }
    }
}

extension PoolContext {
    /// Whether another worker's cluster has this very object. Its claim is verified before it counts, because
    /// it may be out of date, or false.
    ///
    /// - Parameter others: Clusters to ask.
    func isShared(
        _ observed: ObservedDaemonSet,
        with others: [ClusterID],
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> Bool {
        for other in others {
            let api = makeAPI(other)
            let theirs = try await request(.suspect) { () async throws(Failure) in
                try await api.observe(observed.name)
            }.daemonSet
            if let theirs, theirs.isSame(as: observed) { return true }
        }
        return false
    }
}

extension ObservedDaemonSet {
    /// Whether two answers are about one object: what cannot change must agree.
    func isSame(as other: ObservedDaemonSet) -> Bool {
        uid == other.uid && created == other.created && selector == other.selector
            && annotations == other.annotations
    }
}
