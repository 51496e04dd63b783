import KubernetesAPI
import PullerCore
import Timing

/// Finds out what would be done in each cluster, and does nothing of it: the ``PullerCore/CacheKeeper`` decides as it would
/// for a worker that has just started, and only reads are sent.
public struct Planner: Sendable {
    /// How often a cluster that fails is tried.
    private static let attempts = 3

    private let context: PoolContext

    /// A planner of a pool that does not run.
    public init(context: PoolContext) {
        self.context = context
    }

    /// Looks at clusters, and sums them up.
    ///
    /// - Parameter tell: Told each cluster's plan, in the order of `clusters`.
    public func run(_ clusters: [ClusterID], tell: (ClusterID, ClusterPlan) -> Void) async -> PlanSummary {
        var summary = PlanSummary()
        var early: [Int: ClusterPlan] = [:]
        var next = 0
        await forEach(of: clusters.indices, limit: context.mostRequests) { index in
            (index, await self.plan(clusters[index]))
        } take: { (index: Int, plan: ClusterPlan) in
            early[index] = plan
            while let plan = early.removeValue(forKey: next) {
                summary.add(plan)
                tell(clusters[next], plan)
                next += 1
            }
        }
        summary.settings = context.cache.settings
        return summary
    }

    private func plan(_ cluster: ClusterID) async -> ClusterPlan {
        var attempts = 0
        while true {
            do throws(Failure) {
                return try await look(at: cluster)
            } catch {
                attempts += 1
                let delay = context.schedule.backoff.delay(
                    afterFailures: attempts,
                    random: context.random()
                )
                guard attempts < Self.attempts, error.reason != .cancelled,
                    (try? await context.clock.sleep(delay)) != nil
                else {
                    var plan = ClusterPlan()
                    plan.failure = error
                    return plan
                }
            }
        }
    }

    private func look(at cluster: ClusterID) async throws(Failure) -> ClusterPlan {
        let api = context.makeAPI(cluster)
        var settings = try await surveyed(cluster, api)
        var keeper = CacheKeeper()
        // A worker reads both names at its second look.
        for _ in 0..<2 { keeper.begin(settings) }
        var round = CacheRound()
        round.isPlan = true
        var plan = ClusterPlan()
        plan.baseName = settings.baseName
        while true {
            let step = keeper.next(&round, at: context.clock.now(), settings)
            switch step {
            case .keep(let id, .read(let slot)):
                do throws(Failure) {
                    try await read(slot, id, settings, cluster, api, &keeper, &round)
                } catch {
                    guard keeper.failed(step, error, &round) else { throw error }
                }
            case .keep(let id, .readPods(let slot)):
                try await readPods(slot, id, settings, cluster, api, &keeper, &round)
            case .fallBack:
                settings = keeper.wanted(settings, at: context.clock.now())
                round = CacheRound()
                round.isPlan = true
            case .rest(let id, let outcome):
                finish(&plan, id, outcome, keeper, round, settings)
                return plan
            default:
                if let action = action(of: step, settings) { plan.actions.append(action) }
                keeper.left(step, &round)
            }
        }
    }

    /// What is wanted, with what the cluster says about itself.
    private func surveyed(_ cluster: ClusterID, _ api: any DaemonSetAPI & ClusterReads) async throws(Failure)
        -> CacheSettings
    {
        var survey = context.survey
        guard survey.next != nil else { return context.cache.settings }
        while let question = survey.next {
            let answer = try await context.request { () async throws(Failure) in
                try await question.put(to: api)
            }
            if let note = survey.take(answer) { context.report(PoolEvent(.surveyed(note), cluster)) }
        }
        context.cache.learn(survey.facts)
        return context.cache.settings
    }

    private func read(
        _ slot: Slot,
        _ id: PlacementID,
        _ settings: CacheSettings,
        _ cluster: ClusterID,
        _ api: any DaemonSetAPI & ClusterReads,
        _ keeper: inout CacheKeeper,
        _ round: inout CacheRound
    ) async throws(Failure) {
        guard let own = settings[id] else { return }
        let name = settings.name(id, slot)
        do throws(Failure) {
            let observation = try await context.request { () async throws(Failure) in
                try await api.observe(name)
            }
            keeper[id].take(
                observation.daemonSet,
                in: slot,
                serverTime: context.serverClock.trusted(observation.serverTime, of: cluster),
                &round[id],
                at: context.clock.now(),
                own
            )
        } catch {
            guard keeper[id].take(error, in: slot, name: name, &round[id]) else { throw error }
        }
    }

    /// Reads the pods of a DaemonSet that is not ready, where that is wanted. What cannot be read is not known.
    private func readPods(
        _ slot: Slot,
        _ id: PlacementID,
        _ settings: CacheSettings,
        _ cluster: ClusterID,
        _ api: any ClusterReads,
        _ keeper: inout CacheKeeper,
        _ round: inout CacheRound
    ) async throws(Failure) {
        guard let own = settings[id], let query = round[id].podQuery(slot, own.desired) else { return }
        do throws(Failure) {
            var pass = PodPass(query)
            while true {
                let current = pass
                let step = try await context.request(.suspect) { () async throws(Failure) in
                    try await api.pods(current)
                }
                switch step {
                case .more(let next): pass = next
                case .done(.report(let report)): return keeper[id].take(report, in: slot, &round[id])
                case .done(.notAllowed(let why)):
                    context.report(PoolEvent(.podsNotReadable(why), cluster))
                    return keeper.podsNotAllowed(id, &round, at: context.clock.now())
                }
            }
        } catch {
            if error.reason == .cancelled { throw error }
            keeper[id].podsUnknown(&round[id])
        }
    }

    private func action(of step: CacheKeeper.Step, _ settings: CacheSettings) -> ClusterPlan.Action? {
        switch step {
        case .keep(let id, .create(let slot, let reason, _)):
            let name = settings.name(id, slot)
            return reason.map { .replace($0, old: settings.name(id, slot.other), new: name) }
                ?? .create(name)
        case .keep(let id, .delete(let doomed)):
            return .delete(
                settings.name(id, doomed.slot),
                stays: settings.name(id, doomed.slot.other),
                doomed.why
            )
        // Those that go are named at the end, all of them.
        default: return nil
        }
    }

    private func finish(
        _ plan: inout ClusterPlan,
        _ id: PlacementID,
        _ outcome: RoundOutcome,
        _ keeper: CacheKeeper,
        _ round: CacheRound,
        _ settings: CacheSettings
    ) {
        for id in settings.ids {
            // A further placement is created after the base DaemonSet that names it.
            let name = settings.name(id, .primary)
            if Slot.allCases.allSatisfy({ round.absent.contains(.init(id: id, slot: $0)) }),
                !plan.actions.contains(.create(name))
            {
                plan.actions.append(.create(name))
            }
            let isReplaced = plan.actions.contains { action in
                if case .replace(_, let old, _) = action {
                    Slot.allCases.contains { settings.name(id, $0) == old }
                } else {
                    false
                }
            }
            plan.nodes[id] = .init(
                desired: round.desiredNodes(id),
                isDouble: isReplaced || round.count(id) > 1
            )
        }
        let others = keeper.others(than: settings).sorted().map { $0.name(base: settings.baseName, .primary) }
        if !others.isEmpty { plan.actions.append(.clear(others)) }
        switch outcome {
        // Placements for which something would be done have no outcome.
        case .failed(let failure) where failure.reason == .cancelled: break
        case .failed(let failure): plan.failure = failure
        case .ready(let standing), .unready(let standing), .contested(_, let standing):
            plan.standing = standing
            plan.placement = id
        }
    }
}
