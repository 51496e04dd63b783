import KubernetesAPI
import PullerCore

extension ClusterWorker {
    /// Deletes our DaemonSet, if the cluster has it.
    ///
    /// - Parameter sparingOthers: Whether one that another worker also holds stays.
    func removeOwn(sparingOthers: Bool) async throws(Failure) {
        let observation = try await request { (api) async throws(Failure) in try await api.observe() }
        isCreateOpen = false
        guard let observed = observation.daemonSet,
            Ownership(of: observed, installationID: context.desired.installationID) == .ours
        else {
            forget()
            return
        }
        if sparingOthers, context.held.isHeld(observed.uid, byOthersThan: name) {
            forget()
            context.report(
                PoolEvent(.removed, user: user, "the DaemonSet stays: another user of this cluster needs it")
            )
            return
        }
        try await deleteOwn(observed.uid)
    }

    private func deleteOwn(_ uid: String) async throws(Failure) {
        switch try await request({ (api) async throws(Failure) in try await api.delete(uid: uid) }) {
        case .deleted:
            context.report(PoolEvent(.deleted, user: user, "the DaemonSet was deleted"))
        case .absent:
            break
        case .changed:
            throw Failure(.conflict, "somebody replaced the DaemonSet while it was to be deleted")
        }
        forget()
    }

    /// Deletes our DaemonSet at the end of the puller, with backoff, until it is gone or the task is cancelled.
    /// What is known of it makes one request enough.
    ///
    /// - Returns: Why it may be left; `nil` when nothing of ours is.
    public func deleteAtExit() async -> Failure? {
        var last: Failure?
        var attempts = 0
        while true {
            do throws(Failure) {
                if let uid, !isCreateOpen, last == nil {
                    try await deleteOwn(uid)
                } else {
                    try await removeOwn(sparingOthers: false)
                }
                return nil
            } catch {
                if error.reason != .cancelled { last = error }
            }
            if Task.isCancelled {
                return last ?? Failure(.timeout, "no answer before the grace period ended")
            }
            attempts += 1
            let backoff = context.schedule.backoff
            await pause(backoff.delay(afterFailures: attempts, random: context.random()))
        }
    }
}
