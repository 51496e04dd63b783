import KubernetesAPI
import PullerCore
import Synchronization
import TestSupport
import Testing
import WorkerPool

@Suite("A proxy that is down")
struct OutageTests {
    private static let users = (1...1000).map { "user-\($0)" }

    /// When requests came, in buckets of ten seconds.
    private final class Histogram: Sendable {
        private let counts: Mutex<[Int]>

        init(of duration: Duration) {
            counts = Mutex([Int](repeating: 0, count: Int(duration / .seconds(10))))
        }

        func note(_ time: Duration) { counts.withLock { $0[Int(time / .seconds(10))] += 1 } }

        var buckets: [Int] { counts.withLock { $0 } }
    }

    @Test("for ten minutes is asked evenly by 1,000 users, who are ready one backoff cap after its return")
    func tenMinutes() async throws {
        let clusters = try PoolHarness.Clusters()
        let clock = clusters.simulation.clock
        let outage = Duration.seconds(600)
        // The eighth step waits for up to 256 seconds, and all later ones for up to 300.
        let early = Histogram(of: outage)
        let late = Histogram(of: outage)
        for user in Self.users {
            clusters[user].set {
                $0.fault = { (_, number) throws(Failure) in
                    guard clock.now() < outage else { return }
                    (number <= 9 ? early : late).note(clock.now())
                    throw Failure(.unreachable, "connection refused")
                }
            }
        }
        let pool = try PoolHarness(users: Self.users, clusters: clusters)
        pool.simulation.advance(by: outage)
        #expect(pool.readyUsers.isEmpty)

        // From where on everybody has come to that step.
        let first = (early.buckets.lastIndex { $0 > 0 } ?? 0) + 1
        let buckets = late.buckets[first...]
        let mean = Double(buckets.reduce(0, +)) / Double(buckets.count)
        let bound = mean + 5 * mean.squareRoot()
        print("early \(early.buckets[..<first].map(String.init).joined(separator: " "))")
        print("elate \(late.buckets[..<first].map(String.init).joined(separator: " "))")
        print("late \(buckets.map(String.init).joined(separator: " "))")
        print("mean \(Int(mean)), most \(buckets.max() ?? 0), bound \(Int(bound)); buckets of ten seconds")
        #expect(buckets.count >= 30)
        #expect(buckets.allSatisfy { Double($0) <= bound })

        // One cap after its return, and the moment that the rollouts take.
        #expect(pool.waitUntilReady(1000, within: .seconds(301)))
        print("all are ready after \(Int((pool.simulation.now - outage) / .seconds(1))) s")
        _ = await pool.stop()
    }

    @Test("is asked about 500 times a second by 3,000 users who fail together")
    func manyUsers() async throws {
        let clusters = try PoolHarness.Clusters()
        let clock = clusters.simulation.clock
        let users = (1...3000).map { "user-\($0)" }
        let seconds = Mutex([Int](repeating: 0, count: 30))
        for user in users {
            clusters[user].set {
                $0.fault = { (_, _) throws(Failure) in
                    seconds.withLock { $0[min(Int(clock.now() / .seconds(1)), 29)] += 1 }
                    throw Failure(.unreachable, "connection refused")
                }
            }
        }
        let pool = try PoolHarness(users: users, clusters: clusters)
        pool.simulation.advance(by: .seconds(29))
        // The first second has the first attempts, too.
        let retries = seconds.withLock { $0[1..<29] }
        print("requests a second: \(retries.map(String.init).joined(separator: " "))")
        #expect(retries.allSatisfy { $0 <= RetryPace.mostRetriesPerSecond })
        // Later, their own backoff is longer.
        #expect(retries[1..<10].allSatisfy { $0 >= 350 })
        _ = await pool.stop()
    }
}
