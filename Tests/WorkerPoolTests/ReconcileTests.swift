import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("One cluster's DaemonSet")
struct ReconcileTests {
    private let clusters: PoolHarness.Clusters

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func pool(_ changes: [String: String] = [:]) throws -> PoolHarness {
        try PoolHarness(users: ["jane"], clusters: clusters, changes)
    }

    /// A pool whose cluster is ready, and has then been left alone.
    private func readyPool(_ changes: [String: String] = [:]) throws -> PoolHarness {
        let pool = try pool(changes)
        #expect(pool.waitUntilReady(1))
        cluster.resetCounts()
        return pool
    }

    private var cluster: InMemoryCluster { clusters["jane"] }

    @Test("is replaced when the configuration is another one")
    func newConfiguration() async throws {
        _ = await (try readyPool()).stop()
        let old = cluster.daemonSet?.uid
        let pool = try pool(["IMAGES": "other=busybox:1", "WATCH_CLUSTERS": "0"])
        #expect(pool.waitUntilReady(1))
        #expect(cluster.counts == [.get: 3, .delete: 1, .create: 1, .watch: 1])
        #expect(cluster.deletedUIDs == [old])
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["Drift"])
        _ = await pool.stop()
    }

    @Test("is replaced when its spec was edited, which leaves the hash as it was")
    func edited() async throws {
        let pool = try readyPool()
        cluster.interfere { $0.generation = 2 }
        pool.simulation.advance(by: .seconds(4000))
        #expect(cluster.daemonSet?.generation == 1)
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["Drift"])
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("is replaced at doubling distance, and reported as a conflict, when it is edited each time")
    func editedEachTime() async throws {
        let pool = try readyPool()
        var generation = cluster.daemonSet?.uid
        for _ in 0..<24 * 60 {
            if cluster.daemonSet?.uid != generation || cluster.daemonSet?.generation == 1 {
                generation = cluster.daemonSet?.uid
                cluster.interfere { $0.generation = 2 }
            }
            pool.simulation.advance(by: .seconds(60))
        }
        // After 1, 2, 3, 4, 6, 10 and 18 hours.
        #expect(pool.recorder.events(.replaced).count == 7)
        #expect(pool.recorder.events(.failed).first?.reason == "Conflict")
        _ = await pool.stop()
    }

    @Test("is a contest also when it is edited each time while it rolls out")
    func editedDuringEachRollout() async throws {
        cluster.set { $0.readyAfter = [.seconds(5)] }
        let pool = try pool(["IMAGE_REFRESH_HOURS": "0"])
        // Something that needs 100 milliseconds to edit each new one, for six hours.
        let cluster = cluster
        let clock = pool.simulation.clock
        _ = pool.simulation.start {
            while clock.now() < .seconds(6 * 3600) {
                try? await clock.sleep(.milliseconds(100))
                if cluster.daemonSet?.generation == 1 { cluster.interfere { $0.generation = 2 } }
            }
        }
        pool.simulation.advance(by: .seconds(6 * 3600 + 60))
        #expect(pool.recorder.events(.failed).contains { $0.reason == "Conflict" })
        #expect(cluster.counts[.create, default: 0] < 12)
        _ = await pool.stop()
    }

    @Test("is created again when it was deleted")
    func deleted() async throws {
        let pool = try readyPool(["WATCH_CLUSTERS": "0"])
        cluster.interfereByDeleting()
        pool.simulation.advance(by: .seconds(4000))
        #expect(cluster.daemonSet?.status.ready == 3)
        #expect(cluster.counts == [.get: 2, .create: 1, .watch: 1])
        _ = await pool.stop()
    }

    @Test("is created again when it is deleted while it rolls out")
    func deletedDuringTheRollout() async throws {
        cluster.set { $0.readyAfter = [.seconds(5)] }
        let pool = try pool()
        pool.simulation.advance(by: .seconds(2))
        cluster.interfereByDeleting()
        #expect(pool.waitUntilReady(1, within: .seconds(20)))
        #expect(cluster.counts[.create] == 2)
        _ = await pool.stop()
    }

    @Test("is left alone when it is not the puller's own, which is reported and retried with backoff")
    func foreign() async throws {
        cluster.interfere { $0.labels = ["app": "theirs"] }
        let pool = try pool()
        pool.simulation.advance(by: .seconds(1000))
        #expect(cluster.counts.keys.sorted { $0.rawValue < $1.rawValue } == [.get])
        #expect((10...40).contains(cluster.counts[.get, default: 0]))
        #expect(cluster.deletedUIDs == [])
        #expect(pool.recorder.events(.failed).first?.reason == "Conflict")
        _ = await pool.stop()
    }

    @Test("is left alone when it is another installation's")
    func anotherInstallations() async throws {
        _ = await (try readyPool(["INSTALLATION_ID": "blue"])).stop()
        let pool = try pool(["INSTALLATION_ID": "green"])
        pool.simulation.advance(by: .seconds(100))
        #expect(cluster.deletedUIDs == [])
        #expect(pool.recorder.events(.failed).first?.message.contains("\"blue\"") == true)
        _ = await pool.stop()
    }

    @Test("is taken over from a Go puller once; when it comes back, that is a conflict")
    func goPuller() async throws {
        func putGoPullers() { cluster.interfere { $0.selector = ["test": "daemonset-test"] } }
        putGoPullers()
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["GoPuller"])

        cluster.interfereByDeleting()
        putGoPullers()
        let theirs = cluster.daemonSet?.uid
        pool.simulation.advance(by: .seconds(8000))
        #expect(cluster.daemonSet?.uid == theirs)
        #expect(pool.recorder.events(.failed).last?.reason == "Conflict")
        _ = await pool.stop()
    }

    @Test("is freed when a foreground deletion by another client does not end")
    func terminating() async throws {
        let pool = try readyPool()
        cluster.interfere {
            $0.isTerminating = true
            $0.generation = 2
        }
        pool.simulation.advance(by: .seconds(4000))
        #expect(cluster.daemonSet?.isTerminating == false)
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["Terminating"])
        _ = await pool.stop()
    }

    @Test("is refreshed at its age by the server's clock, and not because the puller started again")
    func refresh() async throws {
        var pool = try readyPool()
        pool.simulation.advance(by: .seconds(23 * 3600))
        _ = await pool.stop()
        pool = try self.pool()
        pool.simulation.advance(by: .seconds(1000))
        #expect(cluster.counts[.create] == nil)
        // A day, up to a tenth more, and the interval in which it is noticed.
        pool.simulation.advance(by: .seconds(5 * 3600))
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["Refresh"])
        _ = await pool.stop()
    }

    @Test("is not refreshed when its images are pinned, or when that is switched off")
    func noRefresh() async throws {
        let digest = String(repeating: "0", count: 64)
        for changes in [["IMAGES": "a=busybox@sha256:\(digest)"], ["IMAGE_REFRESH_HOURS": "0"]] {
            let pool = try readyPool(changes)
            pool.simulation.advance(by: .seconds(100 * 3600))
            #expect(!pool.recorder.events(.replaced).contains { $0.reason == "Refresh" })
            _ = await pool.stop()
        }
    }

    @Test(
        "gets a successor once when too few nodes are ready for a whole interval, which goes when it is no better"
    )
    func unhealthy() async throws {
        let pool = try readyPool(["IMAGE_REFRESH_HOURS": "0"])
        let stuck = Array(repeating: Duration.seconds(1_000_000), count: 4)
        cluster.set { $0.readyAfter = [.milliseconds(100)] + stuck }
        let first = cluster.daemonSet?.uid
        pool.simulation.advance(by: .seconds(20 * 3600))
        #expect(pool.recorder.events(.replacing).map(\.reason) == ["Unhealthy"])
        #expect(pool.recorder.events(.steppedBack).map(\.reason) == ["NoBetter"])
        #expect(cluster.daemonSets.values.map(\.uid) == [first])
        #expect(cluster.counts[.create] == 1)
        #expect(pool.recorder.events(.unready).last?.health?.figures == "1/5")

        // Well again, and then ill again: that is another episode, in which the new one is better.
        cluster.set { $0.readyAfter = [.zero] }
        pool.simulation.advance(by: .seconds(2 * 3600))
        #expect(pool.readyUsers == ["jane"])
        cluster.set {
            $0.readyAfter = [.zero] + stuck
            $0.readyAfterByName["kubernetes-image-puller-b"] = [.zero, .zero, .zero, .zero, .zero]
        }
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["Unhealthy"])
        let annotations = cluster.daemonSet?.annotations
        #expect(annotations?["kubernetes-image-puller/ready-before"] == "1/5")
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("gets its successor as soon as it has been ill for an interval and the time in which nodes wait")
    func unhealthyForAnInterval() async throws {
        let pool = try readyPool([
            "IMAGE_REFRESH_HOURS": "0", "KIP_IMAGE": "quay.io/example/kip:1", "PULL_SPREAD_SECONDS": "300",
        ])
        cluster.set { $0.readyAfter = [.zero] + Array(repeating: .seconds(1_000_000), count: 4) }
        #expect(pool.simulation.advance(upTo: .seconds(4000)) { !pool.recorder.events(.unready).isEmpty })
        pool.simulation.advance(by: .seconds(3890))
        #expect(pool.recorder.events(.replacing) == [])
        #expect(pool.simulation.advance(upTo: .seconds(20)) { !pool.recorder.events(.replacing).isEmpty })
        _ = await pool.stop()
    }

    @Test("gets one successor in an episode of ill health, however often it is refreshed meanwhile")
    func unhealthyAndRefreshed() async throws {
        let pool = try readyPool(["IMAGE_REFRESH_HOURS": "6"])
        cluster.set { $0.readyAfter = [.zero] + Array(repeating: .seconds(1_000_000), count: 4) }
        pool.simulation.advance(by: .seconds(96 * 3600))
        let reasons = pool.recorder.events(.replacing).map(\.reason)
        #expect(reasons.count { $0 == "Unhealthy" } == 1)
        #expect(reasons.count { $0 == "Refresh" } >= 5)
        _ = await pool.stop()
    }

    @Test("is left as it is when it has become right while its replacement waited for a slot")
    func rightAfterTheWait() async throws {
        let joe = clusters["joe"]
        let first = try PoolHarness(users: ["joe"], clusters: clusters)
        #expect(first.waitUntilReady(1))
        _ = await first.stop()
        let right = try #require(joe.daemonSet)
        joe.interfere {
            $0.annotations = [:]
            $0.labels["kubernetes-image-puller/spec-hash"] = nil
        }
        joe.resetCounts()
        // Another node each 40 seconds: the one slot is taken for ten minutes.
        cluster.set { $0.readyAfter = (0..<30).map { .seconds($0 * 40) } }
        let pool = try PoolHarness(
            users: ["jane", "joe"],
            clusters: clusters,
            ["MAX_CONCURRENT_ROLLOUTS": "1", "WATCH_CLUSTERS": "0"]
        )
        pool.simulation.advance(by: .seconds(100))
        #expect(joe.counts == [.get: 2])
        joe.interfere {
            $0.annotations = right.annotations
            $0.labels = right.labels
        }
        #expect(pool.simulation.advance(upTo: .seconds(900)) { pool.readyUsers.contains("joe") })
        #expect(joe.counts == [.get: 3])
        _ = await pool.stop()
    }

    @Test("is not re-created while it makes progress, or when most nodes are ready, or pods are refused")
    func notUnhealthy() async throws {
        // A node more each two hours: below half for ten hours.
        cluster.set { $0.readyAfter = (0..<10).map { .seconds($0 * 3000) } }
        let slow = try pool(["IMAGE_REFRESH_HOURS": "0"])
        slow.simulation.advance(by: .seconds(10 * 3600))
        #expect(slow.recorder.events(.replaced) == [])
        #expect(slow.readyUsers == ["jane"])
        _ = await slow.stop()

        cluster.set { $0.readyAfter = [.zero, .zero, .seconds(1_000_000)] }
        let degraded = try pool(["IMAGE_REFRESH_HOURS": "0"])
        degraded.simulation.advance(by: .seconds(10 * 3600))
        #expect(degraded.recorder.events(.replaced) == [])
        #expect(degraded.recorder.events(.unready).first?.reason == "Degraded")
        _ = await degraded.stop()

        cluster.set { $0.refusesPods = true }
        let refused = try pool(["IMAGE_REFRESH_HOURS": "0"])
        refused.simulation.advance(by: .seconds(10 * 3600))
        #expect(refused.recorder.events(.replaced) == [])
        #expect(refused.recorder.events(.unready).first?.reason == "PodsRefused")
        _ = await refused.stop()
    }

    @Test("of a cluster without nodes is never called ready, and is looked at once an interval in the end")
    func noNodes() async throws {
        cluster.set { $0.readyAfter = [] }
        let pool = try pool()
        pool.simulation.advance(by: .seconds(5 * 3600))
        #expect(pool.readyUsers == [])
        #expect(pool.recorder.events(.unready).first?.reason == "NoNodes")
        cluster.resetCounts()
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect((9...11).contains(cluster.counts[.get, default: 0]))
        // A node comes.
        cluster.set { $0.readyAfter = [.zero] }
        pool.simulation.advance(by: .seconds(4000))
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("is not created twice when the answer to its creation was lost")
    func lostCreation() async throws {
        let pool = try pool()
        cluster.set {
            $0.lateFault = { (verb, number) throws(Failure) in
                if verb == .create, number == 1 { throw Failure(.unreachable, "reset") }
            }
        }
        #expect(pool.waitUntilReady(1))
        #expect(cluster.counts[.create] == 1)
        #expect(cluster.deletedUIDs == [])
        _ = await pool.stop()
    }
}
