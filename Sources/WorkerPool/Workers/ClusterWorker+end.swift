import KubernetesAPI
import PullerCore
import Timing

// The end: each attempt is a task of its own, and the ``FinalPhase`` gives the next one.
extension ClusterWorker {
    /// What has been tried of a worker's last work.
    struct LastWork: Sendable {
        var attempts = 0
        /// How often a DaemonSet is still looked for whose creation was cut off: it may be on its way to the cluster, past
        /// the looks of this connection.
        var looks = 3
        /// Why the last attempt failed that was not cancelled.
        var failure: Failure?
    }

    /// What came of an attempt.
    enum LastStep: Sendable {
        /// Nothing of ours is left.
        case done
        /// The next attempt comes after `delay`.
        case open(LastWork, delay: Duration)
    }

    /// Prepares for the end.
    ///
    /// - Returns: Whether there is something to do: deletions, or a removal that the shutdown interrupted.
    func prepareLastWork(_ action: ExitSettings.Action) -> Bool {
        guard case .remove = wish else { return action == .delete }
        // Two users who are removed at the same time must not keep the DaemonSet for each other's sake.
        if action == .keep { context.held.hold([], instead: keeper.heldUIDs, by: id) }
        return true
    }

    /// Tries once to do what is to be done at the end: deletes our DaemonSets, or finishes a removal.
    func tryLastWork(_ work: LastWork, _ action: ExitSettings.Action) async -> LastStep {
        var work = work
        do throws(Failure) {
            try await lastAttempt(&work, action)
            return .done
        } catch {
            if error.reason != .cancelled { work.failure = error }
            work.attempts += 1
            let delay = context.schedule.backoff.delay(
                afterFailures: work.attempts,
                random: context.random()
            )
            // An object whose deletion was accepted but takes time is checked every second.
            let isUnderWay = work.failure?.reason == .terminating || work.failure == Self.creationIsOpen
            return .open(work, delay: isUnderWay ? .seconds(1) : delay)
        }
    }

    private func lastAttempt(_ work: inout LastWork, _ action: ExitSettings.Action) async throws(Failure) {
        defer { releaseClient() }
        let settings = context.cache.settings
        let retirement = Retirement(
            cluster: id,
            api: api,
            context: context,
            settings: settings,
            lane: .regular
        )
        if action == .delete, work.attempts == 0, let known = keeper.allKnown(settings) {
            _ = try await retirement.deleteKnown(known)
            return
        }
        let (_, absent) = try await retirement.lookAndDelete(
            keeper.others(than: settings),
            sparesOthers: { (observed) async throws(Failure) in
                action == .keep ? try await self.isShared(observed) : false
            }
        )
        guard work.looks > 0, !keeper.openCreations.isDisjoint(with: absent) else { return }
        work.looks -= 1
        throw Self.creationIsOpen
    }

    /// What may be left, because the grace period ended before the last work was done.
    func leftover(after work: LastWork) -> Supervisor.Leftover {
        var failure = work.failure ?? Failure(.timeout, "no answer before the grace period ended")
        if case .remove = wish, let user = id.user {
            failure.message +=
                "; `kubernetes-image-puller cleanup --user '\(WrittenUser.text(of: user))'` finishes the removal"
        }
        return Supervisor.Leftover(cluster: id, failure: failure)
    }
}
