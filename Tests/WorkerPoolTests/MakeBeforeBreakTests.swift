import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

/// A cluster with one complete DaemonSet, and a puller with another configuration or a refresh that is due.
struct ReplacementBench {
    let clusters: PoolHarness.Clusters
    static let changed = ["IMAGES": "other=busybox:1", "IMAGE_REFRESH_HOURS": "0"]
    static let never = Duration.seconds(100_000_000)
    static let alternate = "kubernetes-image-puller-b"

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    var cluster: InMemoryCluster { clusters["jane"] }

    func pool(_ changes: [String: String] = [:]) throws -> PoolHarness {
        try PoolHarness(users: ["jane"], clusters: clusters, changes)
    }

    /// Runs a puller with the first configuration, and stops it.
    ///
    /// - Returns: The uid of what it left.
    func prepare() async throws -> String {
        let first = try pool()
        #expect(first.waitUntilReady(1))
        _ = await first.stop()
        cluster.resetCounts()
        return try #require(cluster.daemonSet?.uid)
    }

    /// The number of nodes served by the DaemonSet that serves most.
    var served: Int { cluster.daemonSets.values.map { $0.status.ready + $0.status.misscheduled }.max() ?? 0 }

    /// Lets time pass, and returns the fewest nodes that were served meanwhile.
    func fewestServed(in pool: PoolHarness, during time: Duration, step: Duration = .seconds(1)) -> Int {
        let end = pool.simulation.now + time
        var fewest = served
        while pool.simulation.now < end {
            pool.simulation.advance(by: step)
            fewest = min(fewest, served)
        }
        return fewest
    }
}

@Suite("A replacement")
struct MakeBeforeBreakTests {
    private let bench: ReplacementBench

    init() throws {
        bench = try ReplacementBench()
    }

    private var cluster: InMemoryCluster { bench.cluster }

    @Test(
        "takes six requests: a look under both names, a creation, a watch, a deletion, a look at the survivor"
    )
    func requests() async throws {
        let old = try await bench.prepare()
        let pool = try bench.pool(ReplacementBench.changed.merging(["WATCH_CLUSTERS": "0"]) { $1 })
        #expect(bench.fewestServed(in: pool, during: .seconds(30), step: .milliseconds(50)) == 3)
        #expect(cluster.counts == [.get: 3, .create: 1, .watch: 1, .delete: 1])
        #expect(cluster.deletedUIDs == [old])
        #expect(cluster.daemonSets.keys.sorted() == [ReplacementBench.alternate])
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("decides anew when the old one changes while its deletion is on the way")
    func changedMeanwhile() async throws {
        let old = try await bench.prepare()
        cluster.set { $0.latency = .milliseconds(300) }
        let pool = try bench.pool(ReplacementBench.changed)
        #expect(pool.simulation.advance(upTo: .seconds(60)) { cluster.counts[.delete] == 1 })
        cluster.interfere("kubernetes-image-puller") { $0.annotations["example.com/other"] = "was here" }
        #expect(pool.waitUntilReady(1))
        // The first deletion was refused: it was decided on another version.
        #expect(cluster.counts[.delete] == 2)
        #expect(cluster.deletedUIDs == [old])
        _ = await pool.stop()
    }

    @Test("uses the first name again the next time")
    func names() async throws {
        _ = try await bench.prepare()
        _ = await (try bench.pool(ReplacementBench.changed)).stopAfterReady()
        let pool = try bench.pool()
        #expect(pool.waitUntilReady(1))
        #expect(cluster.daemonSets.keys.sorted() == ["kubernetes-image-puller"])
        #expect(cluster.daemonSet?.annotations["kubernetes-image-puller/generation"] == "2")
        _ = await pool.stop()
    }

    static let refusals = [
        Failure(.denied, "400: admission webhook \"x\" denied the request"),
        Failure(.serverError, "500: failed calling webhook"), Failure(.quota, "403: exceeded quota"),
        Failure(.invalid, "422: denied"), Failure(.conflict, "409"), Failure(.throttled, "429"),
    ]

    @Test("of whatever kind leaves the old one alone while creations are refused", arguments: refusals)
    func refusedCreation(refusal: Failure) async throws {
        let old = try await bench.prepare()
        cluster.set { $0.refusesCreation = { _ in refusal } }
        for changes in [ReplacementBench.changed, ["IMAGE_REFRESH_HOURS": "0.1"]] {
            let pool = try bench.pool(changes)
            #expect(bench.fewestServed(in: pool, during: .seconds(3 * 3600), step: .seconds(10)) == 3)
            #expect(cluster.daemonSets.values.map(\.uid) == [old])
            #expect(cluster.deletedUIDs == [])
            let failure = pool.recorder.events(.failed).first
            #expect(failure?.reason == refusal.reason.rawValue)
            #expect(failure?.message.contains("kubernetes-image-puller stays") == true)
            _ = await pool.stop()
        }
        cluster.set { $0.refusesCreation = nil }
        let pool = try bench.pool(ReplacementBench.changed)
        #expect(pool.waitUntilReady(1))
        #expect(cluster.deletedUIDs == [old])
        _ = await pool.stop()
    }

    @Test(
        "uses a name again five seconds after its DaemonSet was deleted while pods were being created, and otherwise at once",
        arguments: [(true, 5), (false, 0)]
    )
    func freedName(lacksPods: Bool, seconds: Int) async throws {
        let old = try await bench.prepare()
        cluster.set {
            $0.refusesPods = lacksPods
            $0.readyAfterByName[ReplacementBench.alternate] = Array(
                repeating: ReplacementBench.never,
                count: 3
            )
        }
        let first = try bench.pool(ReplacementBench.changed)
        first.simulation.advance(by: .seconds(30))
        _ = await first.stop()
        #expect(cluster.daemonSets.count == 2)
        cluster.set { $0.readyAfterByName = [:] }

        let pool = try bench.pool(["IMAGES": "third=busybox:2", "IMAGE_REFRESH_HOURS": "0"])
        #expect(pool.simulation.advance(upTo: .seconds(60)) { cluster.deletedUIDs.count == 1 })
        let deleted = pool.simulation.now
        #expect(pool.simulation.advance(upTo: .seconds(60)) { cluster.daemonSets.count == 2 })
        #expect(abs((pool.simulation.now - deleted - .seconds(seconds)) / .seconds(1)) < 0.2)
        #expect(!cluster.deletedUIDs.contains(old))
        _ = await pool.stop()
    }

    @Test("is not created any more when the puller ends during the pause for its name")
    func endDuringThePause() async throws {
        _ = try await bench.prepare()
        cluster.set { $0.refusesPods = true }
        let first = try bench.pool(ReplacementBench.changed)
        first.simulation.advance(by: .seconds(30))
        _ = await first.stop()
        cluster.resetCounts()
        let pool = try bench.pool(["IMAGES": "third=busybox:2", "IMAGE_REFRESH_HOURS": "0"])
        #expect(pool.simulation.advance(upTo: .seconds(60)) { cluster.deletedUIDs.count == 1 })
        let asked = pool.simulation.now
        _ = await pool.stop()
        #expect(pool.simulation.now - asked < .seconds(1))
        #expect(cluster.counts[.create] == nil)
    }

    @Test("never serves fewer nodes, however long its images take")
    func slowImages() async throws {
        _ = try await bench.prepare()
        cluster.set {
            $0.readyAfterByName[ReplacementBench.alternate] = [.seconds(40), .seconds(200), .seconds(500)]
        }
        let pool = try bench.pool(ReplacementBench.changed)
        #expect(bench.fewestServed(in: pool, during: .seconds(900)) == 3)
        #expect(cluster.daemonSets.keys.sorted() == [ReplacementBench.alternate])
        _ = await pool.stop()
    }

    @Test("by refresh steps back when the registry is down, and is retried at growing intervals")
    func refreshWithoutRegistry() async throws {
        let old = try await bench.prepare()
        cluster.set {
            $0.readyAfterByName[ReplacementBench.alternate] = Array(
                repeating: ReplacementBench.never,
                count: 3
            )
        }
        let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "24"])
        #expect(bench.fewestServed(in: pool, during: .seconds(6 * 24 * 3600), step: .seconds(60)) == 3)
        let steps = pool.recorder.events(.steppedBack).map(\.reason)
        // A day after the start, then after 1, 2, 4, 8, 16 and 24 hours, and each time ten minutes.
        #expect((7...10).contains(steps.count) && steps.allSatisfy { $0 == "Refresh" })
        #expect(cluster.daemonSets.values.contains { $0.uid == old })
        #expect(pool.readyUsers == ["jane"])
        // The registry is back.
        cluster.set { $0.readyAfterByName = [:] }
        pool.simulation.advance(by: .seconds(26 * 3600))
        #expect(cluster.deletedUIDs.last == old)
        _ = await pool.stop()
    }

    @Test("by another configuration stays beside the old one while it cannot serve, and both are reported")
    func configurationThatCannotServe() async throws {
        let old = try await bench.prepare()
        cluster.set {
            $0.readyAfterByName[ReplacementBench.alternate] = [.zero, .zero, ReplacementBench.never]
        }
        let pool = try bench.pool(ReplacementBench.changed)
        #expect(bench.fewestServed(in: pool, during: .seconds(24 * 3600), step: .seconds(60)) == 3)
        #expect(cluster.daemonSets.count == 2)
        let last = pool.recorder.events(.unready).last
        #expect(last?.health?.figures == "2/3")
        #expect(last?.beside?.health.figures == "3/3")
        #expect(last?.message.contains("kubernetes-image-puller (3/3) has stood beside it for") == true)
        cluster.set { $0.readyAfterByName = [:] }
        pool.simulation.advance(by: .seconds(4000))
        #expect(cluster.deletedUIDs == [old])
        _ = await pool.stop()
    }

    @Test(
        "may lack so many nodes after the time of a rollout",
        arguments: [("1", true), ("33%", false), ("34%", true), ("0", false)]
    )
    func maxUnavailable(setting: String, isReplaced: Bool) async throws {
        _ = try await bench.prepare()
        cluster.set {
            $0.readyAfterByName[ReplacementBench.alternate] = [.zero, .zero, ReplacementBench.never]
        }
        let pool = try bench.pool(
            ReplacementBench.changed.merging(["ROLLOUT_MAX_UNAVAILABLE": setting]) { $1 }
        )
        pool.simulation.advance(by: .seconds(590))
        #expect(cluster.daemonSets.count == 2)
        pool.simulation.advance(by: .seconds(60))
        #expect(cluster.daemonSets.count == (isReplaced ? 1 : 2))
        _ = await pool.stop()
    }

    @Test("does not wait for the new one to be ready if ROLLOUT_OVERLAP says so")
    func overlap() async throws {
        let old = try await bench.prepare()
        cluster.set {
            $0.readyAfterByName[ReplacementBench.alternate] = [.seconds(50), .seconds(50), .seconds(50)]
        }
        let pool = try bench.pool(ReplacementBench.changed.merging(["ROLLOUT_OVERLAP": "0s"]) { $1 })
        pool.simulation.advance(by: .seconds(35))
        #expect(cluster.deletedUIDs == [old])
        _ = await pool.stop()
    }

    @Test("steps back when the old one loses nodes because of it, and is retried later")
    func harm() async throws {
        let old = try await bench.prepare()
        let names = [ReplacementBench.alternate, "kubernetes-image-puller"]
        cluster.set {
            $0.readyAfterByName[names[0]] = [.zero, ReplacementBench.never, ReplacementBench.never]
        }
        let pool = try bench.pool(ReplacementBench.changed)
        pool.simulation.advance(by: .seconds(10))
        cluster.set { $0.readyAfterByName[names[1]] = [.zero, .zero, ReplacementBench.never] }
        pool.simulation.advance(by: .seconds(400))
        #expect(pool.recorder.events(.steppedBack).map(\.reason) == ["Harm"])
        #expect(cluster.daemonSets.values.map(\.uid) == [old])
        cluster.set { $0.readyAfterByName = [:] }
        pool.simulation.advance(by: .seconds(2 * 3600))
        #expect(cluster.deletedUIDs.last == old)
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("does not take the place of one whose pods start again, however long the successor has stood still")
    func dip() async throws {
        let old = try await bench.prepare()
        let names = [ReplacementBench.alternate, "kubernetes-image-puller"]
        cluster.set { $0.readyAfterByName[names[0]] = Array(repeating: ReplacementBench.never, count: 3) }
        let pool = try bench.pool(ReplacementBench.changed.merging(["CACHING_INTERVAL_HOURS": "0.01"]) { $1 })
        pool.simulation.advance(by: .seconds(5 * 3600))
        // All pods of the old one are not ready for less than the time of a rollout.
        for seconds in [100, 590] {
            cluster.set { $0.readyAfterByName[names[1]] = Array(repeating: ReplacementBench.never, count: 3) }
            pool.simulation.advance(by: .seconds(seconds))
            cluster.set { $0.readyAfterByName[names[1]] = nil }
            pool.simulation.advance(by: .seconds(2 * 3600))
        }
        #expect(!cluster.deletedUIDs.contains(old))
        _ = await pool.stop()
    }

    @Test("takes the place of one that serves nothing once the time of a rollout is over")
    func olderServesNothing() async throws {
        let old = try await bench.prepare()
        cluster.set { $0.readyAfter = Array(repeating: ReplacementBench.never, count: 3) }
        let pool = try bench.pool(ReplacementBench.changed)
        pool.simulation.advance(by: .seconds(500))
        #expect(cluster.daemonSets.count == 2)
        pool.simulation.advance(by: .seconds(200))
        #expect(cluster.deletedUIDs == [old])
        _ = await pool.stop()
    }

    @Test("waits for a node that is down and still holds the images, for a day at most")
    func nodeDown() async throws {
        let old = try await bench.prepare()
        cluster.set { $0.unreadyNodes = [2] }
        let pool = try bench.pool(ReplacementBench.changed)
        #expect(bench.fewestServed(in: pool, during: .seconds(20 * 3600), step: .seconds(60)) == 3)
        #expect(cluster.daemonSets.count == 2)
        pool.simulation.advance(by: .seconds(6 * 3600))
        #expect(cluster.deletedUIDs == [old])
        // And back, while the next one replaces it.
        cluster.set { $0.unreadyNodes = [] }
        _ = await pool.stop()
        let next = try bench.pool()
        #expect(next.waitUntilReady(1))
        #expect(bench.served == 3)
        _ = await next.stop()
    }

    @Test("is refused if the other name is taken by a foreign DaemonSet: both stay")
    func foreignUnderTheOtherName() async throws {
        let old = try await bench.prepare()
        cluster.interfere(ReplacementBench.alternate) { $0.labels = ["app": "theirs"] }
        let pool = try bench.pool(ReplacementBench.changed)
        pool.simulation.advance(by: .seconds(3600))
        #expect(cluster.deletedUIDs == [])
        #expect(cluster.daemonSets["kubernetes-image-puller"]?.uid == old)
        let failure = pool.recorder.events(.failed).first
        #expect(failure?.reason == "Conflict")
        #expect(failure?.message.contains(ReplacementBench.alternate) == true)
        _ = await pool.stop()
    }

    @Test("of one that another client's finalizer holds serves beside it, and names the finalizer")
    func finalizer() async throws {
        _ = try await bench.prepare()
        cluster.set { $0.holdsDeletions = ["example.com/hold"] }
        let pool = try bench.pool(ReplacementBench.changed)
        pool.simulation.advance(by: .seconds(5000))
        #expect(cluster.counts[.delete] == 1)
        #expect(pool.readyUsers == ["jane"])
        #expect(pool.recorder.events(.ready).first?.message.contains("example.com/hold") == true)
        cluster.releaseFinalizers()
        pool.simulation.advance(by: .seconds(4000))
        #expect(cluster.daemonSets.keys.sorted() == [ReplacementBench.alternate])
        _ = await pool.stop()
    }

    @Test(
        "is gone on with by the next process, wherever the last one ended",
        arguments: [1, 3, 5, 7, 9, 11, 13, 15]
    )
    func interrupted(halfSeconds: Int) async throws {
        _ = try await bench.prepare()
        cluster.set { $0.latency = .milliseconds(500) }
        let pool = try bench.pool(ReplacementBench.changed)
        let fewest = bench.fewestServed(
            in: pool,
            during: .milliseconds(500 * halfSeconds - 100),
            step: .milliseconds(50)
        )
        _ = await pool.stop()
        let next = try bench.pool(ReplacementBench.changed)
        #expect(min(fewest, bench.fewestServed(in: next, during: .seconds(100))) == 3)
        // The second check may be the first that sees both.
        #expect(min(fewest, bench.fewestServed(in: next, during: .seconds(8000), step: .seconds(60))) == 3)
        #expect(cluster.daemonSets.count == 1)
        #expect(next.readyUsers == ["jane"])
        _ = await next.stop()
    }
}

extension PoolHarness {
    /// Waits for its one user, and ends.
    func stopAfterReady() async -> [Supervisor.Leftover]? {
        #expect(waitUntilReady(1))
        return await stop()
    }
}
