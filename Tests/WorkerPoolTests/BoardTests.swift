import KubernetesAPI
import Operations
import PullerCore
import TestSupport
import Testing
import Timing

@testable import WorkerPool

@Suite("The board of a pool")
struct BoardTests {
    private let clusters: PoolHarness.Clusters

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func all(_ board: StatusBoard, _ states: Set<ClusterState> = []) -> [ClusterStatus] {
        var query = ClusterQuery()
        query.states = states
        query.limit = 1000
        return board.clusters(query).clusters
    }

    private func names(_ board: StatusBoard, _ states: Set<ClusterState>) -> Set<String> {
        Set(all(board, states).compactMap(\.id.user))
    }

    /// A cluster's own trouble.
    private static let troubles: [@Sendable (inout InMemoryCluster.Settings) -> Void] = [
        { settings in
            settings.fault = { (_, _) throws(Failure) in throw Failure(.unreachable, "no route") }
        },
        { settings in
            settings.fault = { (_, count) throws(Failure) in
                if count % 3 == 0 { throw Failure(.serverError, "answered 500") }
            }
        },
        { settings in
            settings.unreadyNodes = [1]
            settings.downNodesAreDesired = true
        },
        { $0.refusesPods = true },
        { $0.refusesCreation = { _ in Failure(.quota, "quota") } },
        { $0.readyAfter = [.zero, .seconds(1_000_000)] },
        { $0.latency = .seconds(20) },
    ]

    @Test(
        "agrees at every moment with the log, and at rest with the clusters, whatever happens to them",
        arguments: 1...6
    )
    func walk(seed: Int) async throws {
        let random = seededRandom(UInt64(seed))
        var users = (1...12).map { "user-\($0)" }
        var next = 13
        let file = FakeFile(users.map { $0 + "\n" }.joined())
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            ["CACHING_INTERVAL_HOURS": "1", "MAX_CONCURRENT_ROLLOUTS": "3"],
            fileUsers: users,
            usersFile: file,
            seed: UInt64(seed)
        )
        for _ in 0..<60 {
            let user = users[Int(random() * Double(users.count))]
            switch random() {
            case ..<0.35:
                clusters[user].set(Self.troubles[Int(random() * Double(Self.troubles.count))])
            case ..<0.6:
                clusters[user].set { $0 = InMemoryCluster.Settings() }
            case ..<0.7:
                users.removeAll { $0 == user }
                users.append("user-\(next)")
                next += 1
                file.write(users.map { $0 + "\n" }.joined())
            case ..<0.8:
                clusters[user].interfereByDeleting()
            default: break
            }
            pool.simulation.advance(by: .milliseconds(Int(random() * 400_000)))
            agreesWithLog(pool)
        }
        for user in users { clusters[user].set { $0 = InMemoryCluster.Settings() } }
        #expect(
            pool.simulation.advance(upTo: .seconds(3 * 86_400)) { names(pool.board, [.ready]) == Set(users) }
        )
        // Those who were removed while their clusters failed are gone by then, too.
        pool.simulation.advance(by: .seconds(2 * 86_400))
        #expect(names(pool.board, []) == Set(users))
        for status in all(pool.board) {
            let user = try #require(status.id.user)
            let observed = try #require(clusters[user].daemonSet)
            #expect(status.state == .ready && status.reason == nil && status.failures == 0)
            #expect(status.health == Health(of: observed))
            #expect(status.activity == ClusterStatus.Activity.none && !status.isStuck)
            #expect(pool.board.detail(status.id)?.daemonSets.map(\.name) == [observed.name])
        }
        #expect(pool.board.summary().faults == [])
        let counters = pool.board.counters
        let rounds = pool.recorder.events.filter { $0.duration != nil }
        #expect(counters.reconciles.values.reduce(0, +) == rounds.count)
        #expect(counters.durations.count == rounds.count)
        #expect(counters.replacements.values.reduce(0, +) == pool.recorder.events(.replacing).count)
        _ = await pool.stop()
    }

    private func agreesWithLog(_ pool: PoolHarness) {
        // If something has changed since the last one.
        _ = pool.journal.sumUp()
        guard case .summary(let summary)? = pool.recorder.events(.summary).last?.what else { return }
        let counts = pool.board.summary().clusters
        #expect(counts[.ready] == summary.ready)
        #expect(counts[.unready] == summary.unready)
        #expect(counts[.failing] == summary.failing)
    }

    @Test("names those that queue and those that roll out, and what the gates have agrees with it")
    func activity() async throws {
        let users = (1...6).map { "user-\($0)" }
        for user in users { clusters[user].set { $0.readyAfter = [.seconds(100)] } }
        let pool = try PoolHarness(users: users, clusters: clusters, ["MAX_CONCURRENT_ROLLOUTS": "2"])
        pool.simulation.advance(by: .seconds(60))
        #expect(all(pool.board).count { $0.activity == .rollingOut } == 2)
        #expect(all(pool.board).count { $0.activity == .queued } == 4)
        #expect(
            pool.context.gauges.rollouts == GateFigures(inside: 2, overdue: 0, waiting: 4, capacity: 2)
        )
        #expect(pool.context.gauges.requests.inside == 0)
        #expect(pool.waitUntilReady(6, within: .seconds(1000)))
        #expect(all(pool.board).allSatisfy { $0.activity == ClusterStatus.Activity.none })
        #expect(pool.context.gauges.rollouts.waiting == 0 && pool.context.gauges.rollouts.inside == 0)
        _ = await pool.stop()
    }

    @Test("shows a fault that clusters share with the number that have it now, and until it is over")
    func faults() async throws {
        let users = (1...9).map { "user-\($0)" }
        let pool = try PoolHarness(users: users, clusters: clusters, ["CACHING_INTERVAL_HOURS": "1"])
        #expect(pool.waitUntilReady(9))
        for user in users {
            clusters[user].set { settings in
                settings.fault = { (_, _) throws(Failure) in throw Failure(.unreachable, "no route") }
            }
        }
        #expect(pool.simulation.advance(upTo: .seconds(8000)) { names(pool.board, [.failing]).count == 9 })
        let fault = try #require(pool.board.summary().faults.first)
        #expect(fault.reason == "Unreachable" && fault.share.clusters == 9 && fault.share.all == 9)
        for user in users.prefix(6) { clusters[user].set { $0 = InMemoryCluster.Settings() } }
        #expect(pool.simulation.advance(upTo: .seconds(8000)) { names(pool.board, [.failing]).count == 3 })
        #expect(pool.board.summary().faults.allSatisfy { $0.share.clusters == 3 })
        for user in users { clusters[user].set { $0 = InMemoryCluster.Settings() } }
        #expect(pool.simulation.advance(upTo: .seconds(8000)) { names(pool.board, [.failing]).isEmpty })
        #expect(pool.board.summary().faults == [])
        // Each has an end.
        let levels = pool.board.history.filter { $0.event == .fault }.map(\.level)
        #expect(!levels.isEmpty && levels.count % 2 == 0)
        #expect(levels.enumerated().allSatisfy { $1 == ($0 % 2 == 0 ? .warning : .info) })
        _ = await pool.stop()
    }

    @Test("names a worker that hangs, once, and none that only waits for its turn")
    func stuck() async throws {
        let users = (1...4).map { "user-\($0)" }
        let never = Duration.seconds(10_000_000)
        clusters["user-1"].set { $0.latency = never }
        for user in users.dropFirst() { clusters[user].set { $0.readyAfter = [never] } }
        let pool = try PoolHarness(
            users: users,
            clusters: clusters,
            ["MAX_CONCURRENT_ROLLOUTS": "1", "ROLLOUT_TIMEOUT_SECONDS": "5000"]
        )
        pool.simulation.advance(by: .seconds(2000))
        #expect(pool.board.summary().stuck == 0)
        #expect(all(pool.board).count { $0.activity == .queued } == 2)
        pool.simulation.advance(by: .seconds(6000))
        #expect(all(pool.board).filter(\.isStuck).map(\.id) == [.user("user-1")])
        #expect(pool.recorder.events.filter { $0.reason == "Stuck" }.map(\.user) == ["user-1"])
        #expect(pool.context.pulse.age(of: .supervisor).map { $0 <= PoolPulse.period } == true)
        #expect(pool.context.pulse.age(of: .timers).map { $0 <= PoolPulse.period } == true)
        _ = await pool.stop()
        #expect(pool.context.pulse.age(of: .supervisor) == nil)
    }
}

@Suite("What a worker does, as seen from outside")
struct WorkerPhaseTests {
    @Test(
        "keeps its case and its milliseconds in eight bytes",
        arguments: [
            WorkerPhase.waiting, .resting(until: .zero), .resting(until: .milliseconds(1)),
            .acting(since: .milliseconds(123_456_789)), .resting(until: .seconds(100 * 365 * 86_400)),
        ]
    )
    func bits(phase: WorkerPhase) {
        #expect(WorkerPhase(bits: phase.bits) == phase)
    }

    @Test("is late when it rests past its time or acts for long, and not when it waits")
    func delay() {
        #expect(WorkerPhase.waiting.delay(at: .seconds(1000)) == .zero)
        #expect(WorkerPhase.resting(until: .seconds(10)).delay(at: .seconds(5)) == .zero)
        #expect(WorkerPhase.resting(until: .seconds(10)).delay(at: .seconds(50)) == .seconds(40))
        #expect(WorkerPhase.acting(since: .seconds(10)).delay(at: .seconds(50)) == .seconds(40))
    }

    @Test("is too late after what anything takes, and never before ten minutes")
    func limit() throws {
        let defaults = try Configuration.sample().schedule
        #expect(StuckWatch(defaults).limit > defaults.replacement.rolloutTimeout)
        let quick = try Configuration.sample(
            ["ROLLOUT_TIMEOUT_SECONDS": "1", "REQUEST_TIMEOUT_SECONDS": "1"]
        ).schedule
        #expect(StuckWatch(quick).limit == .seconds(600))
    }
}
