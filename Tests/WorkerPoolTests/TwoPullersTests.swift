import PullerCore
import TestSupport
import Testing
import WorkerPool

/// Two pullers of which each wants the cluster's DaemonSet to be its own: as when a node is lost, and the old pod of a
/// Deployment keeps running beside the new one.
@Suite("Two pullers with different images at one cluster")
struct TwoPullersTests {
    private static let common = [
        "IMAGE_REFRESH_HOURS": "0", "ROLLOUT_TIMEOUT_SECONDS": "10", "CACHING_INTERVAL_HOURS": "4s",
    ]

    /// Lets both run for a while, several times: the second one starts while the first one's replacement is under way.
    ///
    /// - Returns: The fewest nodes that were served meanwhile.
    private func fewestServed(
        _ bench: ReplacementBench,
        latency: Int,
        _ changes: [String: String] = [:]
    ) async throws -> Int {
        // Pods that are there stay ready, whatever a new one takes.
        bench.clusters.simulation.advance(by: .seconds(60))
        bench.cluster.set { $0.latency = .milliseconds(latency) }
        var fewest = Int.max
        for start in 1...8 {
            let deletions = bench.cluster.deletedUIDs.count
            var pools: [PoolHarness] = []
            for (image, time) in [("one", Duration.milliseconds(start * 400)), ("two", .seconds(300))] {
                let images = ["IMAGES": "image=busybox:\(start)-\(image)"]
                let pool = try PoolHarness(
                    users: ["jane"],
                    clusters: bench.clusters,
                    Self.common.merging(changes) { $1 }.merging(images) { $1 },
                    seed: UInt64(start)
                )
                pools.append(pool)
                fewest = min(fewest, bench.fewestServed(in: pool, during: time, step: .milliseconds(10)))
            }
            // Neither of them gave up.
            #expect(bench.cluster.deletedUIDs.count - deletions > 5)
            for pool in pools { _ = await pool.stop() }
        }
        return fewest
    }

    /// - Parameters:
    ///   - latency: The time that a request takes, in milliseconds.
    ///   - readyAfter: The time until a new pod is ready, in milliseconds; on the last node, half of it.
    @Test(
        "leave no node without a pod, however long requests and rollouts take",
        arguments: [20, 300],
        [500, 14_000]
    )
    func allNodes(latency: Int, readyAfter: Int) async throws {
        let bench = try ReplacementBench()
        _ = try await bench.prepare()
        let (slow, fast) = (Duration.milliseconds(readyAfter), Duration.milliseconds(readyAfter / 2))
        bench.cluster.set { $0.readyAfter = [slow, slow, fast] }
        let interval = ["CACHING_INTERVAL_HOURS": "7s"]
        #expect(try await fewestServed(bench, latency: latency, interval) == 3)
    }

    @Test("leave no further node without a pod where one is broken", arguments: [20, 700])
    func brokenNode(latency: Int) async throws {
        let bench = try ReplacementBench()
        bench.cluster.set { $0.readyAfter = [.seconds(1), .seconds(2), ReplacementBench.never] }
        let first = try bench.pool()
        #expect(first.simulation.advance(upTo: .seconds(60)) { bench.served == 2 })
        _ = await first.stop()
        #expect(try await fewestServed(bench, latency: latency) == 2)
    }

    @Test("leave only as many nodes without a pod as ROLLOUT_MAX_UNAVAILABLE allows", arguments: [20, 700])
    func maxUnavailable(latency: Int) async throws {
        let bench = try ReplacementBench()
        _ = try await bench.prepare()
        bench.cluster.set { $0.readyAfter = [.seconds(1), .seconds(2), ReplacementBench.never] }
        #expect(try await fewestServed(bench, latency: latency, ["ROLLOUT_MAX_UNAVAILABLE": "1"]) == 2)
    }
}
