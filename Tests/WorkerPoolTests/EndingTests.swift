import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("What is to be deleted")
struct EndingTests {
    private let bench: ReplacementBench

    init() throws {
        bench = try ReplacementBench()
    }

    private var cluster: InMemoryCluster { bench.cluster }
    private let delete = ["ON_EXIT": "delete"]

    @Test("is both DaemonSets at the end, with one request each")
    func both() async throws {
        _ = try await bench.prepare()
        cluster.set {
            $0.readyAfterByName[ReplacementBench.alternate] = [.zero, .zero, ReplacementBench.never]
        }
        let pool = try bench.pool(ReplacementBench.changed.merging(delete) { $1 })
        pool.simulation.advance(by: .seconds(1000))
        #expect(cluster.daemonSets.count == 2)
        cluster.resetCounts()
        #expect(await pool.stop() == [])
        #expect(cluster.counts == [.delete: 2])
        #expect(cluster.daemonSets == [:])
    }

    @Test("is what a restarted puller has not seen yet, too")
    func unseen() async throws {
        _ = try await bench.prepare()
        let desired = bench.clusters.desired
        _ = bench.clusters.simulation.start { [cluster] in
            _ = try? await cluster.create(desired.body(.alternate), name: desired.name(.alternate))
        }
        let pool = try bench.pool(delete)
        #expect(pool.waitUntilReady(1))
        #expect(await pool.stop() == [])
        #expect(cluster.daemonSets == [:])
    }

    @Test("counts as deleted when it is gone; what a finalizer holds is named with the finalizer")
    func finalizer() async throws {
        _ = try await bench.prepare()
        cluster.set { $0.holdsDeletions = ["example.com/hold"] }
        let pool = try bench.pool(delete)
        #expect(pool.waitUntilReady(1))
        let leftovers = await pool.stop(within: .seconds(22))
        #expect(leftovers?.first?.failure.reason == .terminating)
        #expect(leftovers?.first?.failure.message.contains("example.com/hold") == true)

        guard case .failed(let failure)? = try bench.clusters.cleanUp(["jane"]).first else {
            Issue.record("a clean-up says that it is gone")
            return
        }
        #expect(failure.message.contains("example.com/hold"))

        // The finalizer is removed meanwhile.
        let clock = bench.clusters.simulation.clock
        _ = bench.clusters.simulation.start { [cluster] in
            try? await clock.sleep(.seconds(3))
            cluster.releaseFinalizers()
        }
        #expect(try bench.clusters.cleanUp(["jane"]) == [.deleted])
        #expect(cluster.daemonSets == [:])
    }

    @Test("is never a Go puller's that has not been taken over")
    func goPullers() async throws {
        cluster.interfere { $0.selector = ["test": "daemonset-test"] }
        cluster.set { $0.refusesCreation = { _ in Failure(.quota, "403: exceeded quota") } }
        let pool = try bench.pool(delete)
        pool.simulation.advance(by: .seconds(10))
        #expect(await pool.stop() == [])
        #expect(cluster.deletedUIDs == [])
    }

    @Test("is told by a dry run, which deletes nothing")
    func dryRun() async throws {
        _ = try await bench.prepare()
        #expect(try bench.clusters.cleanUp(["jane"], isDryRun: true) == [.wouldDelete])
        #expect(cluster.deletedUIDs == [])
    }

    @Test("is deleted at the end when a removal was not finished, or named with the command that finishes it")
    func unfinishedRemoval() async throws {
        for isCured in [true, false] {
            let file = FakeFile("jane\njoe\n")
            let pool = try PoolHarness(
                users: [],
                clusters: bench.clusters,
                fileUsers: ["jane", "joe"],
                usersFile: file
            )
            #expect(pool.waitUntilReady(2))
            cluster.set { $0.fault = { (_, _) throws(Failure) in throw Failure(.serverError, "500") } }
            file.write("joe\n")
            pool.simulation.advance(by: .seconds(60))
            #expect(pool.recorder.events(.removed) == [])
            if isCured { cluster.set { $0.fault = { (_, _) throws(Failure) in } } }
            let leftovers = await pool.stop(within: .seconds(22))
            #expect(leftovers?.map(\.cluster) == (isCured ? [] : [.user("jane")]))
            if isCured {
                #expect(cluster.daemonSets == [:])
            } else {
                #expect(leftovers?.first?.failure.message.contains("cleanup --user 'jane'") == true)
            }
            #expect(bench.clusters["joe"].daemonSet != nil)
        }
    }

    @Test(
        "is everything of 300 users who were in the middle of their rollouts, though an answer takes a second",
        arguments: ["keep", "delete"]
    )
    func middleOfRollouts(action: String) async throws {
        let users = (1...300).map { "user-\($0)" }
        for user in users {
            bench.clusters[user].set {
                $0.latency = .seconds(1)
                $0.readyAfter = [.seconds(30)]
            }
        }
        for seconds in [2, 3, 4, 6, 9] {
            let pool = try PoolHarness(
                users: users,
                clusters: bench.clusters,
                ["ON_EXIT": action, "MAX_CONCURRENT_REQUESTS": "64"]
            )
            pool.simulation.advance(by: .seconds(seconds))
            #expect(await pool.stop(within: .seconds(25)) == [])
            let left = users.count { bench.clusters[$0].daemonSet != nil }
            #expect(action == "keep" || left == 0)
        }
    }
}
