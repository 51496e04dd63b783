import KubernetesAPI
import Operations
import PullerCore
import Synchronization
import TestSupport
import WorkerPool

/// Events as they come.
final class EventRecorder: Sendable {
    private struct State {
        var events: [PoolEvent] = []
        var ready: Set<String> = []
    }

    private let state = Mutex(State())

    func record(_ event: PoolEvent) {
        state.withLock { state in
            state.events.append(event)
            guard let user = event.user else { return }
            switch event.kind {
            case .ready: state.ready.insert(user)
            case .unready, .failed, .removed: state.ready.remove(user)
            default: break
            }
        }
    }

    var events: [PoolEvent] { state.withLock { $0.events } }

    /// The users whose last round ended ready.
    var readyUsers: Set<String> { state.withLock { $0.ready } }

    func events(_ kind: PoolEvent.Kind, user: String? = nil) -> [PoolEvent] {
        events.filter { $0.kind == kind && (user == nil || $0.user == user) }
    }
}

/// A text that a test changes while the pool runs.
final class FakeFile: Sendable {
    private let text: Mutex<String?>

    init(_ text: String?) {
        self.text = Mutex(text)
    }

    func write(_ new: String?) { text.withLock { $0 = new } }

    func read() throws -> String {
        struct Missing: Error {}
        guard let text = text.withLock({ $0 }) else { throw Missing() }
        return text
    }
}

/// A pool on simulated time, with clusters in memory that outlive it.
final class PoolHarness: Sendable {
    let simulation: Simulation
    let recorder = EventRecorder()
    let board: StatusBoard
    let context: PoolContext
    let journal: PoolJournal
    /// Clients of clusters: a worker has one made for each turn that sends requests.
    let clientsMade = SharedCount()
    private let clusters: Clusters
    private let feed: AsyncStream<String>.Continuation
    private let task: Task<[Supervisor.Leftover], Never>

    /// The clusters, by user; a name that begins with the same `shared-N/` is the same cluster.
    final class Clusters: Sendable {
        let simulation = Simulation()
        let desired: DesiredDaemonSet
        private let all = Mutex<[String: InMemoryCluster]>([:])

        init() throws {
            desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
        }

        subscript(user: String) -> InMemoryCluster {
            let id = user.hasPrefix("shared-") ? String(user.prefix { $0 != "/" }) : user
            return all.withLock { all in
                if let known = all[id] { return known }
                let new = InMemoryCluster(id: id, name: desired.baseName, clock: simulation.clock)
                all[id] = new
                return new
            }
        }
    }

    init(
        users: [String],
        clusters: Clusters,
        _ changes: [String: String] = [:],
        fileUsers: [String] = [],
        usersFile: FakeFile? = nil,
        imagesFile: FakeFile? = nil,
        proxy: ProxyAddress = ProxyAddress(template: "https://proxy", sendsImpersonationHeader: true),
        seed: UInt64 = 1
    ) throws {
        let configuration = try Configuration.sample(changes)
        var daemonSet = configuration.daemonSet
        if let imagesFile {
            daemonSet.imagesFile = "images"
            daemonSet.listedImages = []
            let file = try ImagesFile.parse(imagesFile.read(), resources: daemonSet.resources).get()
            daemonSet = try daemonSet.withFile(images: file.images).get()
        }
        let (stream, feed) = AsyncStream.makeStream(of: String.self)
        self.feed = feed
        self.clusters = clusters
        simulation = clusters.simulation
        let clock = simulation.clock
        let board = StatusBoard(clock: clock)
        self.board = board
        let journal = PoolJournal(clock: clock) { [recorder] event in
            if event.cluster == nil { board.take(event) }
            recorder.record(event)
        }
        self.journal = journal
        board.askFaults(journal.ongoingFaults)
        let context = PoolContext(
            cache: CurrentCache(
                daemonSet,
                ClusterFacts(platform: .kubernetes),
                schedule: configuration.schedule,
                readsPods: configuration.readsPods
            ),
            schedule: configuration.schedule,
            readsPulls: configuration.readsPulls,
            clock: clock,
            wallTime: { Timestamp(seconds: 1_800_000_000 + Int(clock.now().components.seconds)) },
            random: seededRandom(seed),
            report: { event in
                if event.cluster != nil { board.take(event) }
                journal.report(event)
            },
            makeAPI: { [clientsMade] in
                clientsMade.add()
                return clusters[$0.user ?? ""]
            }
        )
        self.context = context
        let supervisor = Supervisor(
            users: users,
            fileUsers: fileUsers,
            usersFile: usersFile.map { file in
                UsersFileReader(path: "users", proxy: proxy, readFile: { _ in try file.read() })
            },
            imagesFile: imagesFile.flatMap { file in
                ImagesFileReader(daemonSet, readFile: { _ in try file.read() })
            },
            context: context,
            exit: configuration.exit,
            journal: journal
        )
        task = simulation.start { await supervisor.run(until: stream) }
    }

    subscript(user: String) -> InMemoryCluster { clusters[user] }

    var readyUsers: Set<String> { recorder.readyUsers }

    /// Lets time go by until so many users are ready.
    func waitUntilReady(_ count: Int, within limit: Duration = .seconds(60)) -> Bool {
        simulation.advance(upTo: limit) { readyUsers.count >= count }
    }

    /// Tells the pool to end, and lets time go by until it has.
    func stop(within limit: Duration = .seconds(30)) async -> [Supervisor.Leftover]? {
        feed.yield("SIGTERM")
        let task = task
        let isOver = SharedFlag()
        _ = simulation.start {
            _ = await task.value
            isOver.set()
        }
        guard simulation.advance(upTo: limit, until: { isOver.isSet }) else { return nil }
        return await task.value
    }
}

/// A flag that is set once.
final class SharedFlag: Sendable {
    private let value = Mutex(false)

    func set() { value.withLock { $0 = true } }

    var isSet: Bool { value.withLock { $0 } }
}

/// A count that only grows.
final class SharedCount: Sendable {
    private let count = Mutex(0)

    func add() { count.withLock { $0 += 1 } }

    var value: Int { count.withLock { $0 } }
}
