import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("What a replacement owes")
struct OwedCreationTests {
    private let clusters: PoolHarness.Clusters

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private var cluster: InMemoryCluster { clusters["jane"] }

    private func pool(_ changes: [String: String] = [:]) throws -> PoolHarness {
        try PoolHarness(users: ["jane"], clusters: clusters, changes)
    }

    /// A pool that is replacing what another configuration made: `delete` has been asked for, so long ago.
    private func replacingPool(after time: Duration, _ changes: [String: String] = [:]) async throws
        -> PoolHarness
    {
        let first = try pool()
        #expect(first.waitUntilReady(1))
        _ = await first.stop()
        cluster.resetCounts()
        cluster.set { $0.latency = .milliseconds(500) }
        let second = try pool(changes.merging(["IMAGES": "other=busybox:1"]) { $1 })
        second.simulation.advance(by: .milliseconds(500) + time)
        return second
    }

    @Test(
        "is paid when the puller is told to end in between",
        arguments: [Duration.milliseconds(100), .milliseconds(600), .milliseconds(1100)]
    )
    func end(time: Duration) async throws {
        let pool = try await replacingPool(after: time)
        #expect(cluster.counts[.delete] == 1)
        #expect(await pool.stop() == [])
        #expect(cluster.daemonSet != nil)
        #expect(cluster.counts[.create] ?? 0 > 0)
    }

    @Test("is paid with backoff, and named when it cannot be in time")
    func failingEnd() async throws {
        let pool = try await replacingPool(after: .milliseconds(600))
        cluster.set {
            $0.fault = { (verb, number) throws(Failure) in
                if verb == .create, number < 4 { throw Failure(.serverError, "500") }
            }
        }
        #expect(await pool.stop() == [])
        #expect(cluster.daemonSet != nil)

        let other = try await replacingPool(after: .milliseconds(600))
        cluster.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .create { throw Failure(.serverError, "500") }
            }
        }
        let leftovers = await other.stop(within: .seconds(21))
        #expect(leftovers?.map(\.user) == ["jane"])
        #expect(leftovers?.first?.failure.reason == .serverError)
        #expect(cluster.daemonSet == nil)
    }

    @Test("is nothing when the deletion was refused")
    func refused() async throws {
        cluster.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .delete { throw Failure(.forbidden, "403 on delete") }
            }
        }
        let pool = try await replacingPool(after: .milliseconds(1000))
        let old = cluster.daemonSet?.uid
        #expect(cluster.counts[.delete] == 1)
        #expect(await pool.stop(within: .seconds(1)) == [])
        #expect(cluster.daemonSet?.uid == old)
        #expect(cluster.counts[.create] == nil)
    }

    @Test("is nothing at the end when all DaemonSets are deleted")
    func deletingEnd() async throws {
        let pool = try await replacingPool(after: .milliseconds(600), ["ON_EXIT": "delete"])
        #expect(await pool.stop() == [])
        #expect(cluster.daemonSet == nil)
    }

    @Test("is what the new one says of the old one, also when its creation fails at first")
    func note() async throws {
        cluster.set { $0.readyAfter = [.zero, .seconds(1_000_000), .seconds(1_000_000)] }
        let pool = try pool(["IMAGE_REFRESH_HOURS": "0"])
        pool.simulation.advance(by: .seconds(1800))
        cluster.set {
            $0.fault = { (verb, number) throws(Failure) in
                if verb == .create, number < 5 { throw Failure(.serverError, "500") }
            }
        }
        pool.simulation.advance(by: .seconds(24 * 3600))
        // It was no better, and that is known: once is enough.
        #expect(cluster.deletedUIDs.count == 1)
        #expect(cluster.counts[.create] == 5)
        let annotations = cluster.daemonSet?.annotations.values.map { $0 } ?? []
        #expect(annotations.contains("Unhealthy"))
        _ = await pool.stop()
    }

    @Test("is no second taking over from a Go puller, when the creation after the first one fails")
    func goPuller() async throws {
        func putBack() {
            cluster.interfere {
                $0.selector = ["test": "daemonset-test"]
                $0.labels = ["test": "daemonset-test"]
            }
        }
        putBack()
        cluster.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .create { throw Failure(.serverError, "500") }
            }
        }
        let pool = try pool()
        pool.simulation.advance(by: .milliseconds(100))
        #expect(cluster.deletedUIDs.count == 1)
        putBack()
        pool.simulation.advance(by: .seconds(3600))
        #expect(cluster.deletedUIDs.count == 1)
        #expect(pool.recorder.events(.failed).last?.reason == "Conflict")
        _ = await pool.stop()
    }
}
