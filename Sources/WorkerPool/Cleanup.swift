import KubernetesAPI
import PullerCore
import Timing

/// Deletes what is ours, once: for uninstalling, and for users who were removed while the puller was down.
public struct Cleanup: Sendable {
    /// What came of one cluster.
    public enum Outcome: Sendable, Equatable {
        /// The DaemonSets were deleted, and are gone.
        case deleted
        /// They would be deleted.
        case wouldDelete
        /// There were none.
        case absent
        /// They stay, because a user who is not being cleaned up has them, too.
        case spared
        /// There is one that is not ours; it stays.
        case notOurs(String)
        /// It is not known whether something is left.
        case failed(Failure)
    }

    /// How often a cluster that fails is tried.
    private static let attempts = 3

    private let context: PoolContext
    private let patience: Duration

    /// A clean-up.
    ///
    /// - Parameter patience: How long to wait for objects that are being deleted and still exist.
    public init(context: PoolContext, patience: Duration) {
        self.context = context
        self.patience = patience
    }

    /// Cleans up.
    ///
    /// - Parameters:
    ///   - clusters: Where.
    ///   - others: Clusters that keep their DaemonSets: an object that one of them also has stays.
    ///   - isDryRun: Whether everything stays.
    ///   - tellUnasked: Told how many of the others did not answer.
    ///   - tell: Told each cluster's outcome as it comes.
    public func run(
        _ clusters: [ClusterID],
        sparing others: [ClusterID] = [],
        isDryRun: Bool,
        tellUnasked: (Int) -> Void = { _ in },
        tell: (ClusterID, Outcome) -> Void
    ) async {
        let kept = await survey(others)
        if kept.unasked > 0 { tellUnasked(kept.unasked) }
        await forEach(of: clusters, limit: context.mostRequests) { cluster in
            (cluster, await self.cleanUp(cluster, sparing: kept.objects, isDryRun: isDryRun))
        } take: { (cluster: ClusterID, outcome: Outcome) in
            tell(cluster, outcome)
        }
    }

    /// Looks what the other users' clusters have. One that does not answer is no reason to keep everything: a cluster that is
    /// cleaned up does answer.
    private func survey(_ others: [ClusterID]) async -> (objects: [String: ObservedDaemonSet], unasked: Int) {
        var objects: [String: ObservedDaemonSet] = [:]
        var unasked = 0
        await forEach(of: others, limit: context.mostRequests) {
            await all(in: $0)
        } take: { answer in
            if !answer.isWhole { unasked += 1 }
            for one in answer.found { objects[one.uid] = one }
        }
        return (objects, unasked)
    }

    /// What a cluster has under all names of its placements, and whether each of them could be read. What was seen counts
    /// also where another name may not be read.
    private func all(in cluster: ClusterID) async -> (found: [ObservedDaemonSet], isWhole: Bool) {
        let api = context.makeAPI(cluster)
        let settings = context.cache.settings
        var found: [ObservedDaemonSet] = []
        var isWhole = true
        var seen: Set<PlacementID> = []
        var open = Set(settings.ids)
        while let id = open.subtracting(seen).min(), seen.count < 2 * PlacementID.mostListed {
            seen.insert(id)
            for slot in Slot.allCases {
                let name = settings.name(id, slot)
                let look = try? await context.request { () async throws(Failure) in
                    try await api.observe(name)
                }
                guard let look else {
                    isWhole = false
                    // It does not answer at all.
                    if found.isEmpty { return (found, isWhole) }
                    continue
                }
                guard let observed = look.daemonSet else { continue }
                found.append(observed)
                if case .ours = Ownership(of: observed, in: slot, identity: settings.identity(of: id)) {
                    open.formUnion(observed.placements)
                }
            }
        }
        return (found, isWhole)
    }

    private func cleanUp(_ cluster: ClusterID, sparing kept: [String: ObservedDaemonSet], isDryRun: Bool)
        async -> Outcome
    {
        let deadline = context.clock.now() + patience
        var wasDeleted = false
        var attempts = 0
        while true {
            let outcome = await attempt(cluster, sparing: kept, isDryRun: isDryRun)
            guard case .failed(let failure) = outcome, failure.reason != .cancelled else {
                return outcome == .absent && wasDeleted ? .deleted : outcome
            }
            attempts += 1
            var delay = context.schedule.backoff.delay(afterFailures: attempts, random: context.random())
            if failure.reason == .terminating {
                // The deletion has been requested; what remains is to see the object go.
                wasDeleted = true
                delay = min(max(delay, .milliseconds(250)), .seconds(1))
                guard context.clock.now() + delay < deadline else { return outcome }
            } else if attempts >= Self.attempts {
                return outcome
            }
            guard (try? await context.clock.sleep(delay)) != nil else { return outcome }
        }
    }

    private func attempt(_ cluster: ClusterID, sparing kept: [String: ObservedDaemonSet], isDryRun: Bool)
        async -> Outcome
    {
        let retirement = Retirement(
            cluster: cluster,
            api: context.makeAPI(cluster),
            context: context,
            settings: context.cache.settings,
            lane: .regular,
            reportsDeletions: false
        )
        var notOurs: String?
        do throws(Failure) {
            let (outcome, _) = try await retirement.lookAndDelete(
                sparesOthers: { (observed) async throws(Failure) in
                    kept[observed.uid]?.isSame(as: observed) == true
                },
                isDryRun: isDryRun,
                reportNotOurs: { notOurs = $0 }
            )
            switch outcome {
            case .deleted: return isDryRun ? .wouldDelete : .deleted
            case .spared: return .spared
            case .absent: return notOurs.map(Outcome.notOurs) ?? .absent
            }
        } catch {
            return .failed(error)
        }
    }
}
