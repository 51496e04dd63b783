import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("The pool")
struct PoolTests {
    private func users(_ count: Int) -> [String] { (1...count).map { "user-\($0)" } }

    /// A pool in which only rounds send requests.
    private func pool(_ count: Int, _ clusters: PoolHarness.Clusters? = nil) throws -> PoolHarness {
        try PoolHarness(
            users: users(count),
            clusters: clusters ?? PoolHarness.Clusters(),
            ["WATCH_CLUSTERS": "0"]
        )
    }

    @Test("brings every cluster to readiness with a read under both names, one create and one watch")
    func bringsEveryClusterToReadiness() async throws {
        let pool = try pool(20)
        #expect(pool.waitUntilReady(20))
        for user in users(20) {
            #expect(pool[user].counts == [.get: 2, .create: 1, .watch: 1])
            #expect(pool[user].daemonSet?.status.ready == 3)
        }
        #expect(await pool.stop() == [])
    }

    @Test(
        "makes exactly one request for each user, and no write, when it starts again and everything is right"
    )
    func adoptsAfterARestart() async throws {
        let clusters = try PoolHarness.Clusters()
        let first = try pool(20, clusters)
        #expect(first.waitUntilReady(20))
        #expect(await first.stop() == [])
        for user in users(20) { clusters[user].resetCounts() }

        let second = try pool(20, clusters)
        #expect(second.waitUntilReady(20))
        for user in users(20) { #expect(clusters[user].counts == [.get: 1]) }
        #expect(second.recorder.events(.adopted).count == 20)
        _ = await second.stop()
    }

    @Test("looks again once in each interval")
    func looksAgainInEachInterval() async throws {
        let pool = try pool(100)
        #expect(pool.waitUntilReady(100))
        pool.simulation.advance(by: .seconds(3600 * 1.05))
        for user in users(100) { pool[user].resetCounts() }
        for round in 1...5 {
            pool.simulation.advance(by: .seconds(3600))
            for user in users(100) { #expect(pool[user].counts == [.get: round]) }
        }
        _ = await pool.stop()
    }

    @Test("spreads its checks over the interval after a start, an outage and another configuration")
    func spreadsItsChecks() async throws {
        let images = FakeFile("one=quay.io/example/one:1")
        let clusters = try PoolHarness.Clusters()
        let clock = clusters.simulation.clock
        let outage = Duration.seconds(3 * 3600) ..< .seconds(3 * 3600 + 1800)
        for user in users(1000) {
            clusters[user].set {
                $0.fault = { (_, _) throws(Failure) in
                    if outage.contains(clock.now()) { throw Failure(.unreachable, "connection refused") }
                }
            }
        }
        let pool = try PoolHarness(users: users(1000), clusters: clusters, imagesFile: images)
        /// The most checks within a hundredth of an interval, in a whole one.
        func most() -> Int {
            func all() -> Int { users(1000).reduce(0) { $0 + clusters[$1].counts[.get, default: 0] } }
            return (0..<100).map { _ in
                let before = all()
                pool.simulation.advance(by: .seconds(36))
                return all() - before
            }.max() ?? 0
        }
        // Ten are to be expected; what comes at random is hardly ever five standard deviations more.
        let limit = 10 + 5 * 3
        #expect(pool.waitUntilReady(1000))
        // The second check of each cluster reads both names.
        pool.simulation.advance(by: .seconds(3600 * 1.05))
        #expect(most() <= limit, "after the start")

        pool.simulation.advance(by: outage.upperBound - pool.simulation.now)
        #expect(pool.waitUntilReady(1000, within: .seconds(3600)))
        #expect(most() <= limit, "after an outage")

        images.write("two=quay.io/example/two:2")
        pool.simulation.advance(by: .seconds(1800))
        for user in users(1000) {
            #expect(clusters[user].daemonSet?.status.ready == 3)
            clusters[user].resetCounts()
        }
        #expect(most() <= limit, "after another configuration")
        _ = await pool.stop()
    }

    @Test("does for 999 users exactly what it does without the one that fails")
    func oneFailingUserChangesNothingForTheOthers() async throws {
        func run(failing: String?) async throws -> [String: [InMemoryCluster.Verb: Int]] {
            let pool = try PoolHarness(users: users(1000), clusters: PoolHarness.Clusters())
            if let failing {
                pool[failing].set {
                    $0.fault = { (_, _) throws(Failure) in throw Failure(.serverError, "500") }
                }
            }
            #expect(pool.waitUntilReady(failing == nil ? 1000 : 999, within: .seconds(120)))
            // By now every cluster has had a second round, and some a third.
            pool.simulation.advance(by: .seconds(5000))
            var counts: [String: [InMemoryCluster.Verb: Int]] = [:]
            for user in users(1000) where user != failing { counts[user] = pool[user].counts }
            _ = await pool.stop()
            return counts
        }
        let with = try await run(failing: "user-500")
        var without = try await run(failing: nil)
        without["user-500"] = nil
        let different = users(1000).filter { with[$0] != without[$0] }
        #expect(different == [])
        #expect(with.count == 999)
    }

    @Test("brings 50 healthy users to readiness within five seconds beside 150 silent ones")
    func silentUsersDoNotHoldUpTheOthers() async throws {
        let clusters = try PoolHarness.Clusters()
        // The silent ones come first, so they are first at the gate.
        for user in users(150) { clusters[user].set { $0.latency = .seconds(100_000) } }
        let pool = try PoolHarness(users: users(200), clusters: clusters)
        #expect(pool.waitUntilReady(50, within: .seconds(5)))
        #expect(await pool.stop() == [])
    }

    @Test("rolls out in so many clusters at once and not in more")
    func boundsRollouts() async throws {
        let pool = try PoolHarness(
            users: users(30),
            clusters: PoolHarness.Clusters(),
            ["MAX_CONCURRENT_ROLLOUTS": "3"]
        )
        var most = 0
        let isReady = pool.simulation.advance(upTo: .seconds(60)) {
            let underWay = users(30).count { user in
                pool[user].daemonSet.map { !Health(of: $0).isReady } ?? false
            }
            most = max(most, underWay)
            return pool.readyUsers.count == 30
        }
        #expect(isReady)
        #expect(most == 3)
        _ = await pool.stop()
    }

    @Test("passes on the slot of a rollout that does not complete when its time is up")
    func stalledRolloutsGiveWay() async throws {
        let clusters = try PoolHarness.Clusters()
        for user in ["user-1", "user-2"] {
            clusters[user].set { $0.readyAfter = [.zero, .seconds(1_000_000)] }
        }
        let pool = try PoolHarness(users: users(10), clusters: clusters, ["MAX_CONCURRENT_ROLLOUTS": "2"])
        pool.simulation.advance(by: .seconds(590))
        // Both may still be pulling, so no other cluster may.
        #expect(users(10).count { pool[$0].daemonSet != nil } == 2)
        #expect(pool.waitUntilReady(8, within: .seconds(30)))
        #expect(pool.recorder.events(.unready, user: "user-1").first?.health?.figures == "1/2")
        _ = await pool.stop()
    }

    @Test("goes on with a failing cluster, at most one backoff cap apart, until it works")
    func comesBackAfterAFailure() async throws {
        let pool = try PoolHarness(users: users(2), clusters: PoolHarness.Clusters())
        pool["user-1"].set {
            $0.fault = { (_, _) throws(Failure) in throw Failure(.unreachable, "no route") }
        }
        pool.simulation.advance(by: .seconds(2000))
        #expect(pool.readyUsers == ["user-2"])
        #expect(pool["user-1"].counts[.get, default: 0] > 5)
        pool["user-1"].set { $0.fault = { (_, _) throws(Failure) in } }
        #expect(pool.waitUntilReady(2, within: .seconds(301)))
        _ = await pool.stop()
    }

    @Test("survives watches that are cut, forbidden or silent")
    func survivesBadWatches() async throws {
        let clusters = try PoolHarness.Clusters()
        clusters["user-1"].set { $0.watchLife = .milliseconds(50) }
        clusters["user-2"].set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .watch { throw Failure(.forbidden, "403 on watch daemonsets") }
            }
        }
        for user in users(2) { clusters[user].set { $0.readyAfter = [.seconds(20), .seconds(40)] } }
        let pool = try PoolHarness(users: users(2), clusters: clusters)
        #expect(pool.waitUntilReady(2, within: .seconds(75)))
        // Growing distance: not a request each 50 milliseconds.
        for user in users(2) { #expect(pool[user].counts[.get, default: 0] < 12) }
        _ = await pool.stop()
    }
}
