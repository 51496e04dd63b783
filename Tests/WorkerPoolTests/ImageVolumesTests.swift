import KubernetesAPI
import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A pool that is to mount images")
struct ImageVolumesTests {
    private let clusters: PoolHarness.Clusters
    private static let base = "kubernetes-image-puller"
    private static let alternate = "kubernetes-image-puller-b"

    init() throws {
        clusters = try PoolHarness.Clusters()
        clusters["jane"].set { $0.keepsImageVolumes = false }
    }

    private func pool(fallback: String = "none") throws -> PoolHarness {
        try PoolHarness(
            users: ["jane", "joe"],
            clusters: clusters,
            [
                "KIP_IMAGE": "quay.io/example/puller:1", "CACHE_MODE": "image-volumes",
                "CACHE_MODE_FALLBACK": fallback, "IMAGE_REFRESH_HOURS": "0",
                // What is counted are the requests of rounds.
                "WATCH_CLUSTERS": "0",
            ]
        )
    }

    @Test("reports a cluster that drops them, leaves nothing there, and tries it again after a day")
    func unsupported() async throws {
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(23 * 3600))
        #expect(clusters["jane"].daemonSets.isEmpty)
        #expect(clusters["jane"].counts == [.get: 2, .create: 1, .delete: 1])
        let events = pool.recorder.events(user: "jane").filter { $0.kind != .digest }
        #expect(events.map(\.kind) == [.added, .created, .deleted, .failed])
        #expect(events.last?.reason == "Unsupported")
        #expect(pool.readyUsers == ["joe"])

        clusters["jane"].set { $0.keepsImageVolumes = true }
        pool.simulation.advance(by: .seconds(5 * 3600))
        #expect(pool.readyUsers == ["jane", "joe"])
        #expect(clusters["jane"].daemonSet?.imageVolumes == 2)
        _ = await pool.stop()
    }

    @Test("leaves what a former configuration has there as it is")
    func besideOthers() async throws {
        let former = try PoolHarness(users: ["jane"], clusters: clusters)
        #expect(former.waitUntilReady(1))
        _ = await former.stop()
        let uid = clusters["jane"].daemonSet?.uid
        let pool = try pool()
        #expect(pool.simulation.advance(upTo: .seconds(60)) { !pool.recorder.events(.failed).isEmpty })
        #expect(clusters["jane"].daemonSets.mapValues(\.uid) == [Self.base: uid])
        _ = await pool.stop()
    }

    @Test("runs the images in a cluster that drops them where the fallback is allowed, and says so")
    func fallback() async throws {
        let pool = try pool(fallback: "containers")
        #expect(pool.waitUntilReady(2))
        #expect(pool.recorder.events(.failed) == [])
        #expect(pool.recorder.events(.warning).map(\.reason) == ["Fallback"])
        #expect(clusters["jane"].daemonSet?.imageVolumes == 0)
        #expect(clusters["joe"].daemonSet?.imageVolumes == 2)
        let uid = clusters["jane"].daemonSet?.uid
        _ = await pool.stop()

        clusters["jane"].resetCounts()
        let next = try self.pool(fallback: "containers")
        #expect(next.waitUntilReady(2))
        // Both names, once for each of the two that may be wanted.
        #expect(clusters["jane"].counts == [.get: 3])
        #expect(clusters["jane"].daemonSet?.uid == uid)
        // It is tried once a day, and changes over after an upgrade.
        next.simulation.advance(by: .seconds(26 * 3600))
        #expect(clusters["jane"].counts[.create] == 1)
        #expect(clusters["jane"].daemonSets.mapValues(\.uid) == [Self.base: uid])
        clusters["jane"].set { $0.keepsImageVolumes = true }
        next.simulation.advance(by: .seconds(26 * 3600))
        #expect(clusters["jane"].daemonSets.mapValues(\.imageVolumes) == [Self.alternate: 2])
        #expect(next.recorder.events(.failed) == [])
        _ = await next.stop()
    }
}
