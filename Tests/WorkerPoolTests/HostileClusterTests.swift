import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("Clusters that report false progress")
struct HostileClusterTests {
    private let clusters: PoolHarness.Clusters

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    /// One more node is ready each second, for twenty minutes.
    private func makeHostile(_ user: String) {
        clusters[user].set { $0.readyAfter = (0..<1400).map { .seconds($0) } }
    }

    @Test("are checked every five seconds at most")
    func floor() async throws {
        makeHostile("jane")
        let pool = try PoolHarness(users: ["jane"], clusters: clusters)
        pool.simulation.advance(by: .seconds(700))
        let cluster = clusters["jane"]
        cluster.resetCounts()
        pool.simulation.advance(by: .seconds(600))
        #expect((50...125).contains(cluster.counts[.get, default: 0]))
        #expect(cluster.counts.keys.sorted { $0.rawValue < $1.rawValue } == [.get])
        _ = await pool.stop()
    }

    @Test("whose list of pods never ends are listened to for a minute in a round, with one request at a time")
    func endlessPods() async throws {
        clusters["jane"].set {
            $0.allowsReads = true
            $0.hasEndlessPods = true
            $0.latency = .milliseconds(100)
            $0.fullNodes = [0]
        }
        let pool = try PoolHarness(users: ["jane"], clusters: clusters, ["POD_STATUS": "true"])
        #expect(pool.simulation.advance(upTo: .seconds(300)) { !pool.recorder.events(.unready).isEmpty })
        let report = try #require(pool.recorder.events(.unready).first?.pods)
        #expect(!report.isComplete)
        #expect((590...610).contains(clusters["jane"].counts[.read, default: 0]))
        _ = await pool.stop()
    }

    @Test("do not slow the rounds of the others: 20 of 200 move their 99th percentile by a fifth at most")
    func others() async throws {
        let users = (1...200).map { "user-\($0)" }
        func slowest(hostile: Int, endlessPods: Bool = false) async throws -> Duration {
            let fresh = try PoolHarness.Clusters()
            for user in users { fresh[user].set { $0.latency = .milliseconds(20) } }
            for user in users.prefix(hostile) {
                fresh[user].set {
                    // Pods are read when a rollout makes no progress.
                    $0.readyAfter = (0..<60).map { .seconds($0 * (endlessPods ? 100_000 : 20)) }
                    $0.allowsReads = true
                    $0.hasEndlessPods = endlessPods
                }
            }
            let pool = try PoolHarness(
                users: users,
                clusters: fresh,
                [
                    "CACHING_INTERVAL_HOURS": "0.01", "MAX_CONCURRENT_REQUESTS": "4",
                    "POD_STATUS": "\(endlessPods)",
                ]
            )
            pool.simulation.advance(by: .seconds(600))
            let good = Set(users.dropFirst(hostile))
            let rounds = pool.recorder.events(.ready).dropFirst(200)
                .filter { $0.user.map(good.contains) ?? false }.compactMap(\.duration).sorted()
            _ = await pool.stop()
            return rounds[rounds.count * 99 / 100]
        }
        let without = try await slowest(hostile: 0)
        let with = try await slowest(hostile: 20)
        #expect(with <= without * 1.2, "\(with) against \(without)")
        let pods = try await slowest(hostile: 20, endlessPods: true)
        #expect(pods <= without * 1.2, "\(pods) against \(without)")
    }
}
