import KubernetesAPI
import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A pool whose images have placements of their own, or come from a file,")
struct PlacementTests {
    private let clusters: PoolHarness.Clusters
    private static let base = "kubernetes-image-puller"
    private static let gpu = #"nodeSelector={"pool":"gpu"}"#
    private static let ssd = #"nodeSelector={"pool":"ssd"}"#

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func pool(
        _ file: FakeFile,
        users: [String] = ["jane"],
        _ changes: [String: String] = [:]
    ) throws -> PoolHarness {
        // What is counted are the requests of rounds.
        let changes = changes.merging(["WATCH_CLUSTERS": "0"]) { $1 }
        let pool = try PoolHarness(users: users, clusters: clusters, changes, imagesFile: file)
        #expect(pool.waitUntilReady(users.count))
        return pool
    }

    private func names(_ user: String = "jane") -> [String] { clusters[user].daemonSets.keys.sorted() }

    private func further(_ text: String) throws -> String {
        let settings = try Configuration.sample().daemonSet
        let file = try ImagesFile.parse("\(text)\n", resources: settings.resources).get()
        var wanted = settings
        wanted.images += file.images
        let cache = DesiredCache(wanted, ClusterFacts(platform: .kubernetes))
        return try #require(cache.daemonSets.last).name(.primary)
    }

    @Test(
        "has one DaemonSet for each placement, one ready event for all, and leaves none with ON_EXIT=delete"
    )
    func life() async throws {
        let pool = try pool(
            FakeFile("a=a:1\nb=b:1 \(Self.gpu)\nc=c:1 \(Self.ssd)\n"),
            ["ON_EXIT": "delete"]
        )
        #expect(names().count == 3)
        #expect(pool.recorder.events(.created).count == 3)
        #expect(pool.recorder.events(.ready).count == 1)
        #expect(clusters["jane"].counts == [.get: 8, .create: 3, .watch: 1])
        let left = await pool.stop()
        #expect(left == [])
        #expect(names() == [])
    }

    @Test("leaves none with ON_EXIT=delete when it ends while it replaces those of a former configuration")
    func endDuringRollout() async throws {
        _ = await (try pool(FakeFile("a=a:1\nb=b:1 \(Self.gpu)\n"))).stop()
        clusters["jane"].set { $0.readyAfter = [.seconds(1_000_000)] }
        let next = try PoolHarness(
            users: ["jane"],
            clusters: clusters,
            ["ON_EXIT": "delete"],
            imagesFile: FakeFile("a=a:1\nb=b:1\n")
        )
        #expect(next.simulation.advance(upTo: .seconds(60)) { names().count == 3 })
        next.simulation.advance(by: .seconds(5))
        #expect(await next.stop() == [])
        #expect(names() == [])
    }

    @Test("removes a placement that is gone from a cluster of two users, and reports no failure")
    func twoUsers() async throws {
        let users = ["shared-1/a", "shared-1/b"]
        let file = FakeFile("a=a:1\nb=b:1 \(Self.gpu)\n")
        let pool = try pool(file, users: users)
        clusters[users[0]].set { $0.readyAfter = [.seconds(5)] }
        file.write("a=a:1\nb=b:1\n")
        #expect(pool.simulation.advance(upTo: .seconds(3600)) { names(users[0]) == [Self.base + "-b"] })
        pool.simulation.advance(by: .seconds(600))
        #expect(pool.recorder.events(.failed) == [])
        _ = await pool.stop()
    }

    @Test("adopts all of them after a restart, with one read for each")
    func adoption() async throws {
        let file = FakeFile("a=a:1\nb=b:1 \(Self.gpu)\n")
        _ = await (try pool(file)).stop()
        clusters["jane"].resetCounts()
        let pool = try pool(file)
        #expect(clusters["jane"].counts == [.get: 2])
        #expect(pool.recorder.events(.adopted).count == 2)
        _ = await pool.stop()
    }

    @Test("says which placement is not ready, and is not ready while one is not")
    func unready() async throws {
        let gpu = try further("b=b:1 \(Self.gpu)")
        clusters["jane"].set { $0.readyAfterByName = [gpu: [.milliseconds(1), .seconds(1_000_000)]] }
        let file = FakeFile("a=a:1\nb=b:1 \(Self.gpu)\n")
        let pool = try PoolHarness(users: ["jane"], clusters: clusters, imagesFile: file)
        pool.simulation.advance(by: .seconds(200))
        #expect(pool.recorder.events(.ready) == [])
        #expect(pool.recorder.events(.unready).first?.message == "\(gpu): 1/2 nodes are ready")
        _ = await pool.stop()
    }

    @Test(
        "replaces what an images' file changes in all clusters, at the rollout limit, and restarts nothing else"
    )
    func change() async throws {
        let users = (1...12).map { "user-\($0)" }
        let file = FakeFile("a=a:1\n")
        let pool = try pool(
            file,
            users: users,
            ["MAX_CONCURRENT_ROLLOUTS": "2", "START_SPREAD_SECONDS": "30"]
        )
        for user in users { clusters[user].set { $0.readyAfter = [.seconds(5)] } }
        file.write("a=a:2\n")
        var mostAtOnce = 0
        let isDone = pool.simulation.advance(upTo: .seconds(300)) {
            let pulling = users.count { user in
                clusters[user].daemonSets.values.contains { $0.status.ready == 0 }
            }
            mostAtOnce = max(mostAtOnce, pulling)
            return pool.recorder.events(.replaced).count == users.count
        }
        #expect(isDone)
        #expect(mostAtOnce == 2)
        for user in users { #expect(names(user) == [Self.base + "-b"]) }
        #expect(pool.recorder.events(.images).map(\.message) == ["1 image added, 1 removed"])
        #expect(pool.recorder.events(.failed) == [])
        _ = await pool.stop()
    }

    @Test("moves an image to a placement of its own and back, and ends with what is wanted and nothing else")
    func moves() async throws {
        let file = FakeFile("a=a:1\nb=b:1\n")
        let pool = try pool(file)
        let gpu = try further("b=b:1 \(Self.gpu)")
        file.write("a=a:1\nb=b:1 \(Self.gpu)\n")
        #expect(
            pool.simulation.advance(upTo: .seconds(2000)) { names() == [Self.base + "-b", gpu].sorted() }
        )
        file.write("a=a:1\nb=b:1\n")
        #expect(pool.simulation.advance(upTo: .seconds(2000)) { names() == [Self.base] })
        #expect(pool.recorder.events(.deleted).map(\.message) == ["the DaemonSet \(gpu) was deleted"])
        _ = await pool.stop()
    }

    @Test("ends a rollout of what is not wanted any more, and rolls out what is")
    func changeDuringRollout() async throws {
        clusters["jane"].set { $0.readyAfter = [.seconds(1_000_000)] }
        let file = FakeFile("a=a:1\n")
        let pool = try PoolHarness(users: ["jane"], clusters: clusters, imagesFile: file)
        pool.simulation.advance(by: .seconds(15))
        file.write("a=a:2\n")
        #expect(
            pool.simulation.advance(upTo: .seconds(600)) { names() == [Self.base, Self.base + "-b"] }
        )
        clusters["jane"].set { $0.readyAfter = [.zero] }
        #expect(pool.simulation.advance(upTo: .seconds(3600)) { names() == [Self.base + "-b"] })
        _ = await pool.stop()
    }

    @Test(
        "says once that the images' file cannot be used or would remove much, and that it can be used again"
    )
    func faultyFile() async throws {
        let good = "a=a:1\nb=b:1\nc=c:1\n"
        let file = FakeFile(good)
        let pool = try pool(file)
        let uid = clusters["jane"].daemonSet?.uid
        for text in ["<html></html>\n", nil, "a=a:1\n"] {
            file.write(text)
            pool.simulation.advance(by: .seconds(100))
        }
        file.write(good)
        pool.simulation.advance(by: .seconds(100))
        let events = pool.recorder.events(.images)
        #expect(events.map(\.reason) == ["ImagesFile", "ImagesFile", "Brake", nil])
        #expect(events.map(\.level) == [.warning, .warning, .error, .info])
        #expect(events.last?.message == "images can be used again")
        #expect(clusters["jane"].daemonSet?.uid == uid)
        _ = await pool.stop()
    }

    @Test("spares all placements of a cluster that another user has, too")
    func shared() async throws {
        let users = FakeFile("shared-1/jane\nshared-1/joe\n")
        let images = FakeFile("a=a:1\nb=b:1 \(Self.gpu)\n")
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            fileUsers: ["shared-1/jane", "shared-1/joe"],
            usersFile: users,
            imagesFile: images
        )
        #expect(pool.waitUntilReady(2))
        let before = names("shared-1/jane")
        #expect(before.count == 2)
        users.write("shared-1/joe\n")
        #expect(
            pool.simulation.advance(upTo: .seconds(60)) { !pool.recorder.events(.removed).isEmpty }
        )
        #expect(names("shared-1/jane") == before)
        #expect(clusters["shared-1/jane"].deletedUIDs == [])
        _ = await pool.stop()
    }

    @Test("removes, with a removed user, placements that only a former configuration had")
    func removedUser() async throws {
        let images = FakeFile("a=a:1\nb=b:1 \(Self.gpu)\n")
        _ = await (try pool(images)).stop()
        // The next process does not get the new one ready, so that the former ones stay.
        clusters["jane"].set { $0.readyAfter = [.seconds(1_000_000)] }
        let users = FakeFile("jane\njoe\n")
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            fileUsers: ["jane", "joe"],
            usersFile: users,
            imagesFile: FakeFile("a=a:2\n")
        )
        #expect(pool.simulation.advance(upTo: .seconds(100)) { names().count == 3 })
        users.write("joe\n")
        #expect(pool.simulation.advance(upTo: .seconds(100)) { names() == [] })
        _ = await pool.stop()
    }
}
