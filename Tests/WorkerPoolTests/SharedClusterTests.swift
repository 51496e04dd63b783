import KubernetesAPI
import PullerCore
import Synchronization
import TestSupport
import Testing
import WorkerPool

@Suite("Two users of one cluster")
struct SharedClusterTests {
    private let clusters: PoolHarness.Clusters
    private let pair = ["shared-1/jane", "shared-1/joe"]

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func pool(_ file: FakeFile, _ changes: [String: String] = [:]) throws -> PoolHarness {
        try PoolHarness(
            users: [],
            clusters: clusters,
            ["CACHING_INTERVAL_HOURS": "1"].merging(changes) { $1 },
            fileUsers: pair,
            usersFile: file
        )
    }

    @Test("keep its DaemonSet when one of them is removed after the other has replaced it")
    func holdsFollow() async throws {
        let file = FakeFile(pair.joined(separator: "\n") + "\n")
        let pool = try pool(file, ["IMAGE_REFRESH_HOURS": "0"])
        #expect(pool.waitUntilReady(2))
        let cluster = clusters[pair[0]]
        let old = cluster.daemonSet?.uid
        // Edited: the first to check replaces it.
        cluster.interfere { $0.generation = 2 }
        #expect(pool.simulation.advance(upTo: .seconds(4000)) { cluster.deletedUIDs == [old] })
        let replacing = pool.recorder.events(.replacing).first?.user
        let survivor = cluster.daemonSet?.uid
        // The user whose worker replaced it is removed before the other worker has checked.
        file.write(pair.filter { $0 != replacing }.joined(separator: "\n") + "\n")
        pool.simulation.advance(by: .seconds(30))
        #expect(pool.recorder.events(.removed).map(\.user) == [replacing])
        #expect(cluster.daemonSet?.uid == survivor)
        #expect(cluster.deletedUIDs == [old])
        _ = await pool.stop()
    }

    @Test("replace it once, and never serve fewer nodes")
    func oneReplacement() async throws {
        let file = FakeFile(pair.joined(separator: "\n") + "\n")
        let first = try pool(file)
        #expect(first.waitUntilReady(2))
        _ = await first.stop()
        let cluster = clusters[pair[0]]
        for latency in [0, 20, 300] {
            cluster.set { $0.latency = .milliseconds(latency) }
            let before = cluster.deletedUIDs.count
            let changes = ["IMAGES": "other=busybox:\(latency)", "IMAGE_REFRESH_HOURS": "0"]
            let pool = try pool(file, changes)
            var fewest = 3
            for _ in 0..<4000 {
                pool.simulation.advance(by: .milliseconds(50))
                fewest = min(fewest, cluster.daemonSets.values.map(\.status.ready).max() ?? 0)
            }
            #expect(fewest == 3)
            #expect(pool.readyUsers.count == 2)
            #expect(cluster.daemonSets.count == 1)
            #expect(cluster.deletedUIDs.count == before + 1)
            _ = await pool.stop()
        }
    }

    @Test("are no reason to keep another cluster's, when one cluster only claims to have it")
    func liar() async throws {
        let file = FakeFile("user-1\nuser-2\n")
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            fileUsers: ["user-1", "user-2"],
            usersFile: file
        )
        #expect(pool.waitUntilReady(2))
        let uid = clusters["user-2"].daemonSet?.uid ?? ""
        // The first cluster says that its DaemonSet is the second one's.
        clusters["user-1"].interfere {
            $0.uid = uid
            $0.created = $0.created.map { Timestamp(seconds: $0.seconds - 100) }
        }
        pool.simulation.advance(by: .seconds(4000))
        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(100))
        #expect(pool.recorder.events(.removed).map(\.user) == ["user-2"])
        #expect(clusters["user-2"].daemonSet == nil)
        #expect(clusters["user-1"].daemonSet != nil)
        _ = await pool.stop()
    }

    @Test("keep what one of them is rolling out when the other one is removed")
    func removalDuringTheRollout() async throws {
        let cluster = clusters[pair[0]]
        cluster.set { $0.readyAfter = [.seconds(100), .seconds(100)] }
        let file = FakeFile(pair.joined(separator: "\n") + "\n")
        let pool = try pool(file)
        pool.simulation.advance(by: .seconds(5))
        let creator = pool.recorder.events(.created).first?.user
        file.write("\(creator ?? "")\n")
        pool.simulation.advance(by: .seconds(60))
        #expect(pool.recorder.events(.removed).map(\.user) == pair.filter { $0 != creator })
        #expect(cluster.deletedUIDs == [])
        #expect(pool.simulation.advance(upTo: .seconds(100)) { pool.readyUsers.count == 1 })
        _ = await pool.stop()
    }

    @Test("keep it when one of them comes back after a removal that failed, and the other one is removed")
    func backAfterAFailedRemoval() async throws {
        let cluster = clusters[pair[0]]
        let file = FakeFile(pair.joined(separator: "\n") + "\n")
        let pool = try pool(file)
        #expect(pool.waitUntilReady(2))
        let uid = cluster.daemonSet?.uid
        cluster.set { $0.fault = { (_, _) throws(Failure) in throw Failure(.serverError, "503") } }
        file.write("\(pair[1])\n")
        pool.simulation.advance(by: .seconds(40))
        file.write(pair.joined(separator: "\n") + "\n")
        pool.simulation.advance(by: .seconds(20))
        cluster.set { $0.fault = { (_, _) throws(Failure) in } }
        pool.simulation.advance(by: .seconds(600))
        file.write("\(pair[0])\n")
        pool.simulation.advance(by: .seconds(60))
        #expect(pool.recorder.events(.removed).map(\.user) == [pair[1]])
        #expect(cluster.daemonSet?.uid == uid)
        _ = await pool.stop()
    }

    @Test("are both heeded by a clean-up of one of them")
    func cleanup() async throws {
        let pool = try PoolHarness(users: pair, clusters: clusters)
        #expect(pool.waitUntilReady(2))
        _ = await pool.stop()
        #expect(try cleanUp([pair[0]], sparing: [pair[1]]) == [.spared])
        #expect(clusters[pair[0]].daemonSet != nil)
        // Another cluster's silence holds up nothing.
        clusters["user-9"].set {
            $0.fault = { (_, _) throws(Failure) in throw Failure(.unreachable, "reset") }
        }
        #expect(try cleanUp([pair[0]], sparing: ["user-9", pair[1]]) == [.spared])
        #expect(try cleanUp(pair, sparing: []).allSatisfy { $0 == .deleted || $0 == .absent })
        #expect(clusters[pair[0]].daemonSet == nil)
    }

    @Test("keep what one of them has where not all of its names may be read")
    func partlyReadable() async throws {
        let pool = try PoolHarness(users: pair, clusters: clusters)
        #expect(pool.waitUntilReady(2))
        _ = await pool.stop()
        // The first look at the other user's names, which comes before anything is deleted, is refused at the second name.
        let cluster = clusters[pair[0]]
        let before = cluster.counts[.get, default: 0]
        cluster.set {
            $0.fault = { (verb, number) throws(Failure) in
                if verb == .get, number == before + 2 { throw Failure(.forbidden, "403") }
            }
        }
        #expect(try cleanUp([pair[0]], sparing: [pair[1]]) == [.spared])
        #expect(cluster.daemonSet != nil)
    }

    private func cleanUp(_ users: [String], sparing others: [String]) throws -> [Cleanup.Outcome] {
        try clusters.cleanUp(users, sparing: others)
    }
}

extension PoolHarness.Clusters {
    /// Runs a clean-up to its end.
    func cleanUp(_ users: [String], sparing others: [String] = [], isDryRun: Bool = false) throws -> [Cleanup
        .Outcome]
    {
        let configuration = try Configuration.sample()
        let clusters = self
        let context = PoolContext(
            cache: CurrentCache(
                configuration.daemonSet,
                ClusterFacts(platform: .kubernetes),
                schedule: configuration.schedule
            ),
            schedule: configuration.schedule,
            clock: simulation.clock,
            wallTime: { Timestamp(seconds: 1_800_000_000) },
            random: seededRandom(1),
            report: { _ in },
            makeAPI: { clusters[$0.user ?? ""] }
        )
        let outcomes = Outcomes()
        let isOver = SharedFlag()
        _ = simulation.start {
            await Cleanup(context: context, patience: .seconds(20)).run(
                users.map(ClusterID.user),
                sparing: others.map(ClusterID.user),
                isDryRun: isDryRun
            ) { outcomes.add($1) }
            isOver.set()
        }
        #expect(simulation.advance(upTo: .seconds(60)) { isOver.isSet })
        return outcomes.all
    }
}

private final class Outcomes: Sendable {
    private let list = Mutex<[Cleanup.Outcome]>([])
    func add(_ outcome: Cleanup.Outcome) { list.withLock { $0.append(outcome) } }
    var all: [Cleanup.Outcome] { list.withLock { $0 } }
}
