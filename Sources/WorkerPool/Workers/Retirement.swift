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
    /// What is wanted; other placements are recognised by what is found.
    let settings: CacheSettings
    let lane: RequestLane
    /// The turn of the worker that does it, if one does: its slot is for the first request, and once the cluster has
    /// answered, the others go before requests of other clusters. Thousands of users may be removed at once.
    var turn: Turn?
    /// Whether each deletion is reported as an event; a clean-up reports its own results.
    var reportsDeletions = true

    /// A name, and what is ours under it.
    private struct Found {
        var name: CacheRound.Name
        var observed: ObservedDaemonSet
    }

    /// How many placements besides those of the configuration are looked at.
    private static let mostOthers = 2 * PlacementID.mostListed

    /// Another worker deletes the same object, or relies on it.
    static let othersAct = Failure(.conflict, "another user of this cluster is replacing its DaemonSet")

    /// Deletes the DaemonSets that are known to exist, without reading them first.
    func deleteKnown(
        _ known: [(id: PlacementID, held: Keeper.Held)],
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> Outcome {
        var problem: Failure?
        for one in known {
            // A base DaemonSet names the others, and goes last.
            if one.id == .base, let problem, known.contains(where: { $0.id != .base }) { throw problem }
            do throws(Failure) {
                _ = try await delete(.init(id: one.id, slot: one.held.slot), uid: one.held.uid)
            } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
        return .deleted
    }

    /// Looks under all names, and deletes what is ours: first the further placements, those of the configuration and those
    /// that what is found names, and then the base DaemonSets.
    ///
    /// - Parameters:
    ///   - others: Placements that the cluster may have besides those of the configuration.
    ///   - sparesOthers: Returns whether an object is another user's, too; then it stays.
    ///   - reportNotOurs: Called with what exists and is not ours.
    /// - Returns: The outcome, and the names under which there was nothing.
    func lookAndDelete(
        _ others: Set<PlacementID> = [],
        isolation: isolated (any Actor)? = #isolation,
        sparesOthers: (ObservedDaemonSet) async throws(Failure) -> Bool = { (_) async throws(Failure) in false
        },
        isDryRun: Bool = false,
        reportNotOurs: (String) -> Void = { _ in }
    ) async throws(Failure) -> (outcome: Outcome, absent: Set<CacheRound.Name>) {
        var outcome = Outcome.absent
        var absent: Set<CacheRound.Name> = []
        var problem: Failure?
        func look(at id: PlacementID) async -> [Found] {
            var all: [Found] = []
            for slot in Slot.allCases {
                let name = CacheRound.Name(id: id, slot: slot)
                do throws(Failure) {
                    guard let observed = try await self.look(name) else {
                        absent.insert(name)
                        continue
                    }
                    switch Ownership(of: observed, in: slot, identity: settings.identity(of: id)) {
                    case .ours: all.append(Found(name: name, observed: observed))
                    case .goPuller: reportNotOurs("a Go puller created it")
                    case .notOurs(let why): reportNotOurs(why)
                    }
                } catch {
                    // The other name is checked all the same.
                    problem = problem ?? error
                }
            }
            return all
        }
        func remove(_ found: [Found]) async {
            for one in found {
                do throws(Failure) {
                    if isDryRun {
                        outcome = try await sparesOthers(one.observed) ? .spared : .deleted
                    } else {
                        outcome = try await self.remove(one, sparesOthers) ?? outcome
                    }
                } catch {
                    problem = problem ?? error
                }
            }
        }
        let bases = await look(at: .base)
        var seen = Set([PlacementID.base])
        var open = others.union(settings.ids).union(bases.flatMap(\.observed.placements))
        if open.count > 1, open != Set(settings.ids), try await isAnySpared(bases, sparesOthers) {
            // The other user's worker takes care of placements that are gone.
            open = Set(settings.ids)
        }
        while let id = open.subtracting(seen).min(), seen.count <= settings.ids.count + Self.mostOthers {
            seen.insert(id)
            let found = await look(at: id)
            open.formUnion(found.flatMap(\.observed.placements))
            await remove(found)
        }
        // What names others stays while one of them may be there.
        if seen.count > 1, let problem { throw problem }
        await remove(bases)
        if let problem { throw problem }
        return (outcome, absent)
    }

    private func isAnySpared(
        _ all: [Found],
        isolation: isolated (any Actor)? = #isolation,
        _ sparesOthers: (ObservedDaemonSet) async throws(Failure) -> Bool
    ) async throws(Failure) -> Bool {
        for one in all where try await sparesOthers(one.observed) { return true }
        return false
    }

    /// Deletes what is ours of one placement.
    func clear(_ id: PlacementID, isolation: isolated (any Actor)? = #isolation) async throws(Failure) {
        for slot in Slot.allCases {
            let name = CacheRound.Name(id: id, slot: slot)
            guard let observed = try await look(name),
                case .ours = Ownership(of: observed, in: slot, identity: settings.identity(of: id))
            else { continue }
            _ = try await remove(Found(name: name, observed: observed)) { (_) async throws(Failure) in false }
        }
    }

    /// - Returns: `nil` when it was gone.
    private func remove(
        _ found: Found,
        isolation: isolated (any Actor)? = #isolation,
        _ sparesOthers: (ObservedDaemonSet) async throws(Failure) -> Bool
    ) async throws(Failure) -> Outcome? {
        let observed = found.observed
        guard context.held.beginRemoval(of: observed.uid) else {
            throw Self.othersAct
        }
        var isGone = false
        defer { context.held.endDeletion(of: observed.uid, isGone: isGone) }
        if try await sparesOthers(observed) { return .spared }
        if observed.isTerminating, observed.isHeldByFinalizer {
            throw Self.isHeld(settings.name(found.name), observed.finalizers)
        }
        let wasThere = try await delete(found.name, uid: observed.uid)
        isGone = true
        return wasThere ? .deleted : nil
    }

    private func look(
        _ name: CacheRound.Name,
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> ObservedDaemonSet? {
        let name = settings.name(name)
        return try await request { () async throws(Failure) in try await api.observe(name) }.daemonSet
    }

    /// - Returns: Whether it existed. "Deleted" means gone: an object that still exists is a failure, and is
    ///   checked again.
    private func delete(
        _ name: CacheRound.Name,
        uid: String,
        isolation: isolated (any Actor)? = #isolation
    ) async throws(Failure) -> Bool {
        let name = settings.name(name)
        let deletion = try await request { () async throws(Failure) in
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

    private func request<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        guard let turn else { return try await context.request(lane, body) }
        return try await turn.request(context, lane, body)
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
