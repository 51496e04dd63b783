import KubernetesAPI
import PullerCore
import Timing

/// Starts one ``ClusterWorker`` for each user, and shuts down in two phases: first the workers are cancelled;
/// then, uncancelled but under a deadline, the DaemonSets are deleted if that is configured, and unfinished
/// removals are completed.
public actor Supervisor {
    /// A cluster in which a DaemonSet that was to be deleted may be left.
    public struct Leftover: Sendable, Equatable {
        /// Which.
        public var cluster: ClusterID
        /// Why.
        public var failure: Failure
    }

    /// What the supervisor acts on, in the order in which it hears of it.
    private enum Change: Sendable {
        case users(UserRoster.Change)
        case images(ImageRoster.Change)
        case turn(ClusterWorker, Int, TurnSlot)
        case ended(ClusterWorker)
        case beat
        case shutdown
    }

    /// How often the pool is summed up, if something has changed.
    static let summaryPeriod = Duration.seconds(10)

    private let context: PoolContext
    private let exit: ExitSettings
    private let usersFile: FileFollower<UserRoster>?
    private let imagesFile: FileFollower<ImageRoster>?
    private let journal: PoolJournal
    private let returnMemory: @Sendable () -> Void
    private let (changes, feed) = AsyncStream.makeStream(of: Change.self)
    /// One for all workers.
    private lazy var giveTurn: @Sendable (ClusterWorker, Int, TurnSlot) -> Void = { [feed] in
        // At the end, no worker takes a turn any more.
        if case .terminated = feed.yield(.turn($0, $1, $2)) { $2.leave() }
    }
    private var workers: [ClusterID: ClusterWorker] = [:]
    private var initialClusters: [ClusterID]
    private lazy var stuckWatch = StuckWatch(context.schedule)

    /// A supervisor of a fleet.
    ///
    /// - Parameters:
    ///   - users: Users of the configuration.
    ///   - fileUsers: Users that the file held when it was checked.
    ///   - usersFile: The users' file, if there is one.
    ///   - imagesFile: The images' file, if there is one.
    ///   - journal: What ``PoolContext/report`` tells.
    ///   - returnMemory: Gives free memory back to the system.
    public init(
        users: [String],
        fileUsers: [String] = [],
        usersFile: UsersFileReader? = nil,
        imagesFile: ImagesFileReader? = nil,
        context: PoolContext,
        exit: ExitSettings,
        journal: PoolJournal,
        returnMemory: @escaping @Sendable () -> Void = {}
    ) {
        self.context = context
        self.exit = exit
        let roster = UserRoster(listed: users, fileUsers: fileUsers)
        self.usersFile = usersFile.map {
            FileFollower($0.file, roster: roster, context: context) { .users($0) }
        }
        self.imagesFile = Self.follower(imagesFile, context)
        self.journal = journal
        self.returnMemory = returnMemory
        let listed = Set(users)
        initialClusters = (users + fileUsers.filter { !listed.contains($0) }).map(ClusterID.user)
    }

    /// A supervisor of the one cluster of single-cluster mode.
    public init(
        imagesFile: ImagesFileReader? = nil,
        context: PoolContext,
        exit: ExitSettings,
        journal: PoolJournal,
        returnMemory: @escaping @Sendable () -> Void = {}
    ) {
        self.context = context
        self.exit = exit
        usersFile = nil
        self.imagesFile = Self.follower(imagesFile, context)
        self.journal = journal
        self.returnMemory = returnMemory
        initialClusters = [.only]
    }

    private static func follower(_ reader: ImagesFileReader?, _ context: PoolContext)
        -> FileFollower<ImageRoster>?
    {
        reader.map {
            FileFollower($0.file, roster: ImageRoster($0.settings), context: context) { .images($0) }
        }
    }

    /// Works until `shutdown` has an element or ends, or the task is cancelled.
    ///
    /// - Returns: What may be left although it was to be deleted, or missing although it was to stay.
    public func run(until shutdown: AsyncStream<String>) async -> [Leftover] {
        await work(until: shutdown)
        journal.flush()
        return await endAll()
    }

    // MARK: Phase 1

    private func work(until shutdown: AsyncStream<String>) async {
        let feed = feed
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await signal in shutdown {
                    self.context.report(PoolEvent(.stopping(signal: signal)))
                    break
                }
                feed.yield(.shutdown)
            }
            group.addTask { await self.sumUp() }
            if var usersFile {
                group.addTask { await usersFile.run { feed.yield(.users($0)) } }
            }
            if var imagesFile {
                group.addTask { await imagesFile.run { feed.yield(.images($0)) } }
            }
            context.pulse.start { feed.yield(.beat) }
            setClusters(initialClusters.count)
            workers.reserveCapacity(initialClusters.count)
            for cluster in initialClusters {
                await addWorker(cluster, after: context.schedule.startSpread * context.random())
            }
            initialClusters = []
            loop: for await change in changes {
                switch change {
                case .users(let change):
                    await apply(change)
                case .images(let change):
                    if context.cache.change({ settings, _ in settings = change.settings }) {
                        await spreadTheChange()
                    }
                case .turn(let worker, let turn, let slot):
                    group.addTask {
                        if await worker.takeTurn(turn, in: slot) {
                            feed.yield(.ended(worker))
                        } else {
                            await worker.keepWatch()
                        }
                    }
                case .ended(let worker):
                    // Another one may have taken its place meanwhile.
                    if workers[worker.id] === worker { workers[worker.id] = nil }
                    setClusters(workers.count)
                case .beat:
                    context.pulse.note(.supervisor)
                    for (cluster, delay) in stuckWatch.look(at: workers, now: context.clock.now()) {
                        context.report(PoolEvent(.stuck(for: delay), cluster))
                    }
                case .shutdown:
                    break loop
                }
            }
            context.pulse.stop()
            context.stopCalls()
            group.cancelAll()
        }
        // Turns that were given and not taken: phase 2 needs their slots.
        feed.finish()
        for await change in changes {
            switch change {
            case .turn(_, _, let slot): slot.leave()
            // Removals that came at the same time as the end are not forgotten.
            case .users(let change):
                for user in change.removed { _ = await workers[.user(user)]?.setWanted(false) }
            case .images, .ended, .beat, .shutdown: break
            }
        }
    }

    private func setClusters(_ count: Int) {
        journal.setClusters(count)
        context.watchLimit.setClusters(count)
    }

    private func addWorker(_ cluster: ClusterID, after delay: Duration) async {
        let worker = ClusterWorker(cluster, context: context, giveTurn: giveTurn)
        workers[cluster] = worker
        context.report(PoolEvent(.added, cluster))
        await worker.start(after: delay)
    }

    private func apply(_ change: UserRoster.Change) async {
        for user in change.added {
            // A worker that is still removing what a former user had goes on as the new one's.
            if let worker = workers[.user(user)], await worker.setWanted(true) { continue }
            await addWorker(.user(user), after: .zero)
        }
        for user in change.removed {
            _ = await workers[.user(user)]?.setWanted(false)
        }
        setClusters(workers.count)
    }

    /// Has all workers act on what is wanted now, spread as at the start.
    private func spreadTheChange() async {
        for worker in workers.values.sorted(by: { $0.id < $1.id }) {
            await worker.cacheChanged(actAfter: context.schedule.startSpread * context.random())
        }
    }

    private func sumUp() async {
        while (try? await context.clock.sleep(Self.summaryPeriod)) != nil {
            // After a burst of work in many clusters, its memory is free again.
            if journal.sumUp() { returnMemory() }
        }
    }

    // MARK: Phase 2

    private func endAll() async -> [Leftover] {
        var last: [ClusterWorker] = []
        for worker in workers.values.sorted(by: { $0.id < $1.id })
        where await worker.prepareLastWork(exit.action) {
            last.append(worker)
        }
        var phase = FinalPhase(last, context: context, exit: exit)
        return await phase.run()
    }
}
