import KubernetesAPI
import PullerCore

extension ClusterWorker {
    /// What came of removing.
    enum Removal: String {
        case deleted = "its DaemonSet was deleted"
        case absent = "nothing of ours was there"
        case spared = "its DaemonSet stays, because another user of this cluster needs it"
    }

    /// Why nothing may be there that is to be deleted.
    static let creationIsOpen = Failure(
        .timeout,
        "a creation was cut off, and its DaemonSet may still appear"
    )

    /// Deletes our DaemonSet, if the cluster has it.
    ///
    /// - Parameter sparingOthers: Whether one that another worker also holds stays.
    func removeOwn(sparingOthers: Bool) async throws(Failure) -> Removal {
        let daemonSet = context.desired.name
        let observation = try await request { (api) async throws(Failure) in
            try await api.observe(daemonSet)
        }
        isCreateOpen = false
        guard let observed = observation.daemonSet,
            Ownership(of: observed, installationID: context.desired.installationID) == .ours
        else {
            forget()
            return .absent
        }
        if sparingOthers, context.held.releaseIfShared(observed.uid, by: name) {
            forget()
            return .spared
        }
        return try await deleteOwn(observed.uid)
    }

    private func deleteOwn(_ uid: String) async throws(Failure) -> Removal {
        let daemonSet = context.desired.name
        let deletion = try await request { (api) async throws(Failure) in
            try await api.delete(daemonSet, uid: uid, resourceVersion: nil)
        }
        switch deletion {
        case .gone, .going:
            forget()
            context.report(PoolEvent(.deleted, user: user, "the DaemonSet was deleted"))
            return .deleted
        case .absent:
            forget()
            return .absent
        case .changed:
            throw Failure(.conflict, "somebody replaced the DaemonSet while it was to be deleted")
        }
    }

    /// Creates what this worker deleted to replace it, when the end of the puller came in between.
    ///
    /// - Returns: Why the cluster may be without a DaemonSet; `nil` when it has what it had before.
    public func settleAtExit() async -> Failure? {
        guard isWanted, owed != nil else { return nil }
        var attempts = 0
        var last: Failure?
        var isThere = false
        while true {
            do throws(Failure) {
                switch try await create(note: owed) {
                case .created: return nil
                case .alreadyExists where isThere: return nil
                case .alreadyExists:
                    // The deletion may have been cut off, and still be on its way.
                    isThere = true
                    await pause(.seconds(1))
                    if Task.isCancelled { return nil }
                    continue
                case .beingDeleted:
                    throw Failure(.terminating, "the old DaemonSet is being deleted and does not go")
                }
            } catch {
                if error.reason != .cancelled { last = error }
                attempts += 1
                let backoff = context.schedule.backoff
                await pause(backoff.delay(afterFailures: attempts, random: context.random()))
                if Task.isCancelled {
                    return last ?? Failure(.timeout, "no answer before the grace period ended")
                }
            }
        }
    }

    /// Deletes our DaemonSet at the end of the puller, with backoff, until it is gone or the task is cancelled.
    /// What is known of it makes one request enough.
    ///
    /// - Returns: Why it may be left; `nil` when nothing of ours is.
    public func deleteAtExit() async -> Failure? {
        var last: Failure?
        var attempts = 0
        // A creation that was cut off may still be on its way to the cluster, past the looks of this connection.
        var looks = isCreateOpen ? 3 : 0
        while true {
            do throws(Failure) {
                if let uid, !isCreateOpen, last == nil {
                    _ = try await deleteOwn(uid)
                } else if try await removeOwn(sparingOthers: false) == .absent, looks > 0 {
                    looks -= 1
                    last = Self.creationIsOpen
                    await pause(.seconds(1))
                    if !Task.isCancelled { continue }
                    return last
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
