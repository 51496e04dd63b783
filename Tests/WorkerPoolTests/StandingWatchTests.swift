import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("Between two rounds of a small pool")
struct StandingWatchTests {
    private let clusters: PoolHarness.Clusters
    private var jane: InMemoryCluster { clusters["jane"] }

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    /// A pool whose clusters are ready, and at rest for a while; the numbers of requests begin anew.
    private func restingPool(
        _ users: [String] = ["jane"],
        _ changes: [String: String] = [:],
        usersFile: FakeFile? = nil
    ) throws -> PoolHarness {
        let pool = try PoolHarness(users: users, clusters: clusters, changes, usersFile: usersFile)
        try #require(pool.waitUntilReady(users.count))
        pool.simulation.advance(by: .seconds(120))
        for user in users { clusters[user].resetCounts() }
        return pool
    }

    private func gets(_ cluster: InMemoryCluster) -> Int { cluster.counts[.get, default: 0] }

    @Test("a deletion is answered within seconds")
    func deletion() async throws {
        let pool = try restingPool()
        let uid = jane.daemonSet?.uid
        jane.interfereByDeleting()
        #expect(pool.simulation.advance(upTo: .seconds(3)) { jane.daemonSet?.status.ready == 3 })
        #expect(jane.daemonSet?.uid != uid)
        _ = await pool.stop()
    }

    @Test("an edit is answered within seconds, also the second time")
    func edit() async throws {
        let pool = try restingPool()
        for _ in 0..<2 {
            let uid = jane.daemonSet?.uid
            jane.interfere { $0.generation += 1 }
            #expect(
                pool.simulation.advance(upTo: .seconds(5)) {
                    jane.daemonSets.count == 1 && jane.daemonSet?.uid != uid
                }
            )
            pool.simulation.advance(by: .seconds(60))
        }
        _ = await pool.stop()
    }

    @Test("with two DaemonSets, the deletion of either is answered within seconds", arguments: [true, false])
    func twoNames(isNewer: Bool) async throws {
        let pool = try restingPool()
        let other = clusters.desired.name(.alternate)
        jane.set { $0.readyAfterByName[other] = [.zero, .zero, .seconds(1_000_000)] }
        jane.interfere { $0.generation += 1 }
        // By then the checks are far apart.
        pool.simulation.advance(by: .seconds(6 * 3600))
        try #require(jane.daemonSets.count == 2)
        let before = gets(jane)
        jane.interfereByDeleting(isNewer ? other : clusters.desired.baseName)
        #expect(pool.simulation.advance(upTo: .seconds(3)) { gets(jane) > before })
        _ = await pool.stop()
    }

    @Test("a deletion is noticed after the server has forgotten what came before, in half a minute at most")
    func expired() async throws {
        jane.set { $0.forgetsHistory = true }
        let pool = try restingPool()
        jane.interfere("other") { _ in }
        pool.simulation.advance(by: .seconds(3700))
        jane.interfereByDeleting(clusters.desired.baseName)
        #expect(
            pool.simulation.advance(upTo: .seconds(35)) {
                jane.daemonSets[clusters.desired.baseName]?.status.ready == 3
            }
        )
        _ = await pool.stop()
    }

    @Test("rest costs a watch each 20 to 29 seconds in each cluster, and no other request")
    func cost() async throws {
        let pool = try restingPool()
        try #require(pool.simulation.advance(upTo: .seconds(3800)) { gets(jane) > 0 })
        jane.resetCounts()
        pool.simulation.advance(by: .seconds(3400))
        #expect(gets(jane) == 0)
        #expect((3400 / 29 - 1...3400 / 20 + 1).contains(jane.counts[.watch, default: 0]))
        _ = await pool.stop()
    }

    @Test("51 clusters have no watch, and neither has any with WATCH_CLUSTERS=0")
    func manyClusters() async throws {
        // Too far apart for a check meanwhile.
        let interval = ["CACHING_INTERVAL_HOURS": "1000"]
        let users = (1...51).map { "user-\($0)" }
        let pool = try restingPool(users, interval)
        clusters["user-1"].interfereByDeleting()
        pool.simulation.advance(by: .seconds(600))
        #expect(users.allSatisfy { clusters[$0].counts == [:] })
        _ = await pool.stop()

        let single = try restingPool(["jane"], interval.merging(["WATCH_CLUSTERS": "0"]) { $1 })
        single.simulation.advance(by: .seconds(600))
        #expect(jane.counts == [:])
        _ = await single.stop()
    }

    @Test("watches end when the pool grows beyond WATCH_CLUSTERS, and begin again when it is small again")
    func growth() async throws {
        let file = FakeFile("")
        let pool = try restingPool(["jane"], ["WATCH_CLUSTERS": "2"], usersFile: file)
        file.write("john\njim\n")
        pool.simulation.advance(by: .seconds(120))
        jane.resetCounts()
        #expect(pool.simulation.advance(upTo: .seconds(3800)) { gets(jane) > 0 })
        jane.resetCounts()
        pool.simulation.advance(by: .seconds(1800))
        #expect(jane.counts == [:])
        file.write("john\n")
        pool.simulation.advance(by: .seconds(3700))
        #expect(jane.counts[.watch, default: 0] > 0)
        _ = await pool.stop()
    }

    @Test("a cluster that changes its DaemonSet all the time has few rounds, and few watches")
    func storm() async throws {
        let pool = try restingPool()
        // Something that no round would act on.
        for _ in 0..<36_000 {
            jane.interfere { $0.finalizers = [] }
            pool.simulation.advance(by: .milliseconds(100))
        }
        #expect(gets(jane) <= 2)
        #expect(jane.counts[.watch, default: 0] < 60)
        _ = await pool.stop()
    }

    @Test("nodes that come and go all the time cause few rounds")
    func flapping() async throws {
        let pool = try restingPool()
        for second in 0..<3600 {
            jane.set { $0.unreadyNodes = second % 2 == 0 ? [0] : [] }
            pool.simulation.advance(by: .seconds(1))
        }
        #expect((2...12).contains(gets(jane)))
        _ = await pool.stop()
    }

    @Test("something that keeps deleting is answered at growing distance")
    func deletions() async throws {
        let pool = try restingPool()
        for _ in 0..<(4 * 360) {
            jane.interfereByDeleting()
            pool.simulation.advance(by: .seconds(10))
        }
        #expect((5...18).contains(jane.counts[.create, default: 0]))
        _ = await pool.stop()
    }

    @Test("something that keeps editing is a contest, which is given as much time as without watches")
    func contest() async throws {
        let pool = try restingPool()
        for _ in 0..<(6 * 360) {
            if jane.daemonSets.count == 1 { jane.interfere { $0.generation += 1 } }
            pool.simulation.advance(by: .seconds(10))
        }
        #expect(!pool.recorder.events(.failed).isEmpty)
        #expect(jane.counts[.create, default: 0] <= 8)
        _ = await pool.stop()
    }

    @Test("watches that are forbidden are tried once, and nothing is said but for debugging")
    func forbidden() async throws {
        let pool = try restingPool()
        jane.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .watch { throw Failure(.forbidden, "403 on watch daemonsets") }
            }
        }
        pool.simulation.advance(by: .seconds(12 * 3600))
        #expect(jane.counts[.watch] == 1 || jane.counts[.watch] == 2)
        let said = pool.recorder.events.filter { if case .watchBroke = $0.what { true } else { false } }
        #expect(said.count == 1 && said.allSatisfy { $0.level == .debug })
        #expect((10...14).contains(gets(jane)))
        _ = await pool.stop()
    }

    @Test("watches that end at once or fail are ever further apart, and rounds come as without them")
    func broken() async throws {
        for kind in ["ends", "fails"] {
            let pool = try restingPool()
            jane.set {
                if kind == "ends" { $0.watchLife = .milliseconds(1) }
                $0.fault = { (verb, _) throws(Failure) in
                    if verb == .watch, kind == "fails" { throw Failure(.unreachable, "no route") }
                }
            }
            pool.simulation.advance(by: .seconds(12 * 3600))
            #expect(jane.counts[.watch, default: 0] < 60, "\(kind)")
            #expect((10...14).contains(gets(jane)), "\(kind)")
            jane.set {
                $0.watchLife = nil
                $0.fault = { (_, _) throws(Failure) in }
            }
            _ = await pool.stop()
        }
    }

    @Test("a failed round has no watch after it")
    func failure() async throws {
        let pool = try restingPool()
        jane.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .get { throw Failure(.serverError, "500") }
            }
        }
        pool.simulation.advance(by: .seconds(4000))
        #expect(!pool.recorder.events(.failed).isEmpty)
        jane.resetCounts()
        pool.simulation.advance(by: .seconds(1000))
        #expect(jane.counts[.watch, default: 0] == 0)
        _ = await pool.stop()
    }

    @Test("the end comes at once")
    func end() async throws {
        let pool = try restingPool()
        let began = pool.simulation.now
        #expect(await pool.stop() == [])
        #expect(pool.simulation.now - began < .seconds(1))
    }

    @Test("another images' list is acted on as at any time")
    func settings() async throws {
        let file = FakeFile("a=busybox:1\n")
        let pool = try PoolHarness(users: ["jane"], clusters: clusters, imagesFile: file)
        try #require(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(120))
        let uid = jane.daemonSet?.uid
        file.write("a=busybox:2\n")
        #expect(
            pool.simulation.advance(upTo: .seconds(60)) {
                jane.daemonSets.count == 1 && jane.daemonSet?.uid != uid
            }
        )
        _ = await pool.stop()
    }
}
