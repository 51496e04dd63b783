import KubernetesAPI
import PullerCore

/// Deletes what is ours, once: for uninstalling, and for users who were removed while the puller was down.
public struct Cleanup: Sendable {
    /// What came of one cluster.
    public enum Outcome: Sendable, Equatable {
        /// The DaemonSet was deleted.
        case deleted
        /// The DaemonSet would be deleted.
        case wouldDelete
        /// There was none.
        case absent
        /// There is one that is not ours; it stays.
        case notOurs(String)
        /// It is not known whether something is left.
        case failed(Failure)
    }

    /// How often a cluster that fails is tried.
    private static let attempts = 3

    private let context: PoolContext
    private let makeAPI: @Sendable (_ user: String?) -> any DaemonSetAPI

    /// A clean-up.
    public init(context: PoolContext, makeAPI: @escaping @Sendable (_ user: String?) -> any DaemonSetAPI) {
        self.context = context
        self.makeAPI = makeAPI
    }

    /// Cleans up.
    ///
    /// - Parameters:
    ///   - users: Whose clusters; `nil` stands for the one of single-cluster mode.
    ///   - isDryRun: Whether everything stays.
    ///   - tell: Told each cluster's outcome as it comes.
    public func run(
        users: [String?],
        isDryRun: Bool,
        tell: (_ user: String?, Outcome) -> Void
    ) async {
        await withTaskGroup(of: (String?, Outcome).self) { group in
            for user in users {
                group.addTask { (user, await self.cleanUp(makeAPI(user), isDryRun: isDryRun)) }
            }
            for await (user, outcome) in group { tell(user, outcome) }
        }
    }

    private func cleanUp(_ api: any DaemonSetAPI, isDryRun: Bool) async -> Outcome {
        var outcome = await attempt(api, isDryRun: isDryRun)
        var state = WorkerState()
        for _ in 1..<Self.attempts {
            guard case .failed(let failure) = outcome, failure.reason != .cancelled else { break }
            let delay = state.record(.failed(failure), schedule: context.schedule, random: context.random())
            guard (try? await context.clock.sleep(delay)) != nil else { break }
            outcome = await attempt(api, isDryRun: isDryRun)
        }
        return outcome
    }

    private func attempt(_ api: any DaemonSetAPI, isDryRun: Bool) async -> Outcome {
        do throws(Failure) {
            let daemonSet = context.desired.name
            let observation = try await context.request { () async throws(Failure) in
                try await api.observe(daemonSet)
            }
            guard let observed = observation.daemonSet else { return .absent }
            switch Ownership(of: observed, installationID: context.desired.installationID) {
            case .ours: break
            case .goPuller: return .notOurs("it is a Go puller's")
            case .stranger(let why): return .notOurs(why)
            }
            if isDryRun { return .wouldDelete }
            let deletion = try await context.request { () async throws(Failure) in
                try await api.delete(daemonSet, uid: observed.uid, resourceVersion: nil)
            }
            switch deletion {
            case .gone, .going: return .deleted
            case .absent: return .absent
            case .changed: return .failed(Failure(.conflict, "somebody replaced it meanwhile"))
            }
        } catch {
            return .failed(error)
        }
    }
}
