import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("The limit of rollouts")
struct RolloutLimitTests {
    private let clusters: PoolHarness.Clusters
    private let users = (1...30).map { "user-\($0)" }
    private let never = ReplacementBench.never

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    /// Clusters whose nodes may be pulling: what is there is not complete, and younger than ten minutes.
    private func pulling(_ users: [String], at now: Duration) -> Int {
        users.count { user in
            clusters[user].daemonSets.values.contains { observed in
                let age = now - .seconds((observed.created?.seconds ?? 0) - 1_800_000_000)
                return !Health(of: observed).isReady && age < .seconds(600)
            }
        }
    }

    @Test("bounds the clusters that may be pulling, even if no pull ends, and even after a restart")
    func endlessPulls() async throws {
        for user in users { clusters[user].set { $0.readyAfter = [.zero, never] } }
        for _ in 0..<2 {
            let pool = try PoolHarness(users: users, clusters: clusters, ["MAX_CONCURRENT_ROLLOUTS": "2"])
            var most = 0
            var started: [Int] = []
            for _ in 0..<(4 * 60) {
                pool.simulation.advance(by: .seconds(15))
                most = max(most, pulling(users, at: pool.simulation.now))
                started.append(users.count { clusters[$0].daemonSet != nil })
            }
            #expect(most == 2)
            // Two in each ten minutes.
            #expect((10...14).contains(started.last.map { $0 - started[0] } ?? 0))
            _ = await pool.stop()
        }
    }

    @Test("is not used up by clusters that never complete")
    func othersGoOn() async throws {
        let stuck = Set(users.prefix(20))
        for user in stuck { clusters[user].set { $0.readyAfter = [.zero, never] } }
        let first = try PoolHarness(users: users, clusters: clusters)
        #expect(first.waitUntilReady(10))
        first.simulation.advance(by: .seconds(700))
        _ = await first.stop()
        // A new configuration: those that stand still again get a quarter of the slots from then on.
        let pool = try PoolHarness(
            users: users,
            clusters: clusters,
            ReplacementBench.changed.merging(["MAX_CONCURRENT_ROLLOUTS": "4"]) { $1 }
        )
        #expect(pool.waitUntilReady(10, within: .seconds(3500)))
        _ = await pool.stop()
    }

    @Test("lets a cluster without a DaemonSet go before sixty that are replaced")
    func missingFirst() async throws {
        let many = (1...60).map { "user-\($0)" }
        let first = try PoolHarness(users: many, clusters: clusters)
        #expect(first.waitUntilReady(60))
        _ = await first.stop()
        for user in many { clusters[user].set { $0.readyAfter = [.seconds(5)] } }
        let pool = try PoolHarness(
            users: many + ["new"],
            clusters: clusters,
            ReplacementBench.changed.merging(["MAX_CONCURRENT_ROLLOUTS": "2"]) { $1 }
        )
        #expect(pool.simulation.advance(upTo: .seconds(12)) { pool.readyUsers.contains("new") })
        #expect(pool.readyUsers.count < 10)
        #expect(pool.waitUntilReady(61, within: .seconds(400)))
        _ = await pool.stop()
    }

    @Test("carries out no replacement that was decided before the wait")
    func decidedAnew() async throws {
        let first = try PoolHarness(users: ["jane", "joe"], clusters: clusters)
        #expect(first.waitUntilReady(2))
        _ = await first.stop()
        clusters["jane"].set { $0.readyAfter = [.seconds(100)] }
        let joe = clusters["joe"]
        let pool = try PoolHarness(
            users: ["jane", "joe"],
            clusters: clusters,
            ReplacementBench.changed.merging(["MAX_CONCURRENT_ROLLOUTS": "1"]) { $1 }
        )
        pool.simulation.advance(by: .seconds(50))
        let waits = joe.deletedUIDs == []
        #expect(waits)
        // A foreign DaemonSet appears under the other name while joe waits.
        joe.interfere(ReplacementBench.alternate) { $0.labels = ["app": "theirs"] }
        joe.resetCounts()
        pool.simulation.advance(by: .seconds(200))
        // The creation that was decided before the wait is refused by the server; then it is looked at again.
        #expect(joe.counts[.create] == 1)
        #expect(joe.daemonSets.count == 2)
        #expect(joe.deletedUIDs == [])
        _ = await pool.stop()
    }

    @Test("a cluster that has failed once and just answered does not wait behind those that are silent")
    func answeredInThisRound() async throws {
        let silent = (1...300).map { "user-\($0)" }
        for user in silent {
            clusters[user].set {
                $0.latency = .seconds(30)
                $0.fault = { (_, _) throws(Failure) in throw Failure(.timeout, "no answer") }
            }
        }
        clusters["new"].set { $0.fault = { (_, _) throws(Failure) in throw Failure(.serverError, "500") } }
        let pool = try PoolHarness(
            users: ["new"] + silent,
            clusters: clusters,
            ["MAX_CONCURRENT_REQUESTS": "4", "BACKOFF_MAX_SECONDS": "5"]
        )
        // By then the silent ones have failed, too, and wait in the same lane, for minutes each.
        pool.simulation.advance(by: .seconds(600))
        clusters["new"].set { $0.fault = { (_, _) throws(Failure) in } }
        let failed = clusters["new"].counts[.get, default: 0]
        var began: Duration?
        let isReady = pool.simulation.advance(upTo: .seconds(3000)) {
            if began == nil, clusters["new"].counts[.get, default: 0] > failed { began = pool.simulation.now }
            return pool.readyUsers.contains("new")
        }
        #expect(isReady)
        // After the first answer, the rest of the round is not held up.
        #expect(pool.simulation.now - (began ?? .zero) < .seconds(20))
        _ = await pool.stop()
    }
}
