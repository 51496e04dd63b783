import KubernetesAPI
import PullerCore

/// Starts one ``ClusterWorker`` for each user, and ends everything in two phases: first the
/// workers are cancelled; then, uncancelled but under a deadline, the DaemonSets are deleted when that is wanted, or else
/// replacements are completed that the end has cut in two.
public actor Supervisor {
    /// A cluster that may not be at the end as it should: the DaemonSet may be left, or (when it was to stay) missing.
    public struct Leftover: Sendable, Equatable {
        /// The user; `nil` in single-cluster mode.
        public var user: String?
        /// Why.
        public var failure: Failure
    }

    /// What the supervisor acts on, in the order in which it hears of it.
    private enum Change: Sendable {
        case users(UserRoster.Change)
        case turn(ClusterWorker, Int, AdmissionGate.Slot)
        case ended(ClusterWorker)
        case shutdown
    }

    private enum LastStep: Sendable {
        case ended(Leftover?)
        case graceEnded
    }

    /// How often the pool is summed up, if something has changed.
    static let summaryPeriod = Duration.seconds(10)

    private let context: PoolContext
    private let exit: ExitSettings
    private let usersFile: UsersFileWatcher?
    private let tally: PoolTally
    private let makeAPI: @Sendable (_ user: String?) -> any DaemonSetAPI
    private let (changes, feed) = AsyncStream.makeStream(of: Change.self)
    /// One for all workers.
    private lazy var giveTurn: @Sendable (ClusterWorker, Int, AdmissionGate.Slot) -> Void = { [feed] in
        // At the end nobody takes turns any more.
        if case .terminated = feed.yield(.turn($0, $1, $2)) { $2.leave() }
    }
    private var workers: [String: ClusterWorker] = [:]
    private let initialUsers: [String?]

    /// A supervisor of a fleet.
    ///
    /// - Parameters:
    ///   - users: Users of the configuration.
    ///   - fileUsers: Users that the file held when it was checked.
    ///   - usersFile: The users' file, if there is one.
    ///   - tally: Counts the events that ``PoolContext/report`` is told.
    ///   - makeAPI: Makes the client of a user's cluster.
    public init(
        users: [String],
        fileUsers: [String] = [],
        usersFile: UsersFileReader? = nil,
        context: PoolContext,
        exit: ExitSettings,
        tally: PoolTally,
        makeAPI: @escaping @Sendable (_ user: String?) -> any DaemonSetAPI
    ) {
        self.context = context
        self.exit = exit
        let roster = UserRoster(listed: users, fileUsers: fileUsers)
        self.usersFile = usersFile.map { UsersFileWatcher($0, roster: roster, context: context) }
        self.tally = tally
        self.makeAPI = makeAPI
        let listed = Set(users)
        initialUsers = users + fileUsers.filter { !listed.contains($0) }
    }

    /// A supervisor of the one cluster of single-cluster mode.
    public init(
        context: PoolContext,
        exit: ExitSettings,
        tally: PoolTally,
        api: any DaemonSetAPI
    ) {
        self.context = context
        self.exit = exit
        usersFile = nil
        self.tally = tally
        makeAPI = { _ in api }
        initialUsers = [nil]
    }

    /// Works until `shutdown` has an element or ends, or the task is cancelled.
    ///
    /// - Returns: What may be left although it was to be deleted, or missing although it was to stay.
    public func run(until shutdown: AsyncStream<String>) async -> [Leftover] {
        await work(until: shutdown)
        return await endAll()
    }

    // MARK: Phase 1

    private func work(until shutdown: AsyncStream<String>) async {
        let feed = feed
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await signal in shutdown {
                    self.context.report(PoolEvent(.stopping, reason: signal, "the puller was told to end"))
                    break
                }
                feed.yield(.shutdown)
            }
            group.addTask { await self.sumUp() }
            if var usersFile {
                group.addTask { await usersFile.run { feed.yield(.users($0)) } }
            }
            for user in initialUsers {
                await addWorker(user, after: context.schedule.startSpread * context.random())
            }
            loop: for await change in changes {
                switch change {
                case .users(let change):
                    await apply(change)
                case .turn(let worker, let turn, let slot):
                    group.addTask {
                        if await worker.takeTurn(turn, in: slot) { feed.yield(.ended(worker)) }
                    }
                case .ended(let worker):
                    // Another one may have taken its place meanwhile.
                    if workers[worker.name] === worker { workers[worker.name] = nil }
                case .shutdown:
                    break loop
                }
            }
            context.stopCalls()
            group.cancelAll()
        }
        // Turns that were given and not taken: phase 2 needs their slots.
        feed.finish()
        for await case .turn(_, _, let slot) in changes { slot.leave() }
    }

    private func addWorker(_ user: String?, after delay: Duration) async {
        let worker = ClusterWorker(user: user, api: makeAPI(user), context: context, giveTurn: giveTurn)
        workers[worker.name] = worker
        await worker.start(after: delay)
    }

    private func apply(_ change: UserRoster.Change) async {
        for user in change.added {
            // A worker that is still removing what a former user had goes on as the new one's.
            if let worker = workers[user], await worker.setWanted(true) { continue }
            await addWorker(user, after: .zero)
        }
        for user in change.removed {
            _ = await workers[user]?.setWanted(false)
        }
    }

    private func sumUp() async {
        while (try? await context.clock.sleep(Self.summaryPeriod)) != nil {
            if let summary = tally.summary(clusters: workers.count) { context.report(summary) }
        }
    }

    // MARK: Phase 2

    private func endAll() async -> [Leftover] {
        let workers = workers.values.sorted { $0.name < $1.name }
        let grace = exit.grace
        let action = exit.action
        let clock = context.clock
        return await withTaskGroup(of: LastStep.self) { group in
            for worker in workers {
                group.addTask {
                    let failure =
                        switch action {
                        case .delete: await worker.deleteAtExit()
                        case .keep: await worker.settleAtExit()
                        }
                    return .ended(failure.map { Leftover(user: worker.user, failure: $0) })
                }
            }
            group.addTask {
                try? await clock.sleep(grace)
                return .graceEnded
            }
            var leftovers: [Leftover] = []
            var underWay = workers.count
            while underWay > 0, let next = await group.next() {
                switch next {
                case .graceEnded: group.cancelAll()
                case .ended(let leftover):
                    underWay -= 1
                    if let leftover { leftovers.append(leftover) }
                }
            }
            group.cancelAll()
            return leftovers
        }
    }
}
