import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("The life of the pool")
struct LifecycleTests {
    private let clusters: PoolHarness.Clusters
    private let delete = ["ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "20"]

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func users(_ count: Int) -> [String] { (1...count).map { "user-\($0)" } }

    // MARK: Its end

    @Test("ends without a request when the DaemonSets are to be kept")
    func keeps() async throws {
        let pool = try PoolHarness(users: users(5), clusters: clusters)
        #expect(pool.waitUntilReady(5))
        for user in users(5) { clusters[user].resetCounts() }
        #expect(await pool.stop() == [])
        for user in users(5) {
            #expect(clusters[user].counts == [:])
            #expect(clusters[user].daemonSet != nil)
        }
    }

    @Test("ends with one delete for each user when they are to be deleted")
    func deletes() async throws {
        let pool = try PoolHarness(users: users(500), clusters: clusters, delete)
        #expect(pool.waitUntilReady(500))
        for user in users(500) { clusters[user].resetCounts() }
        #expect(await pool.stop() == [])
        for user in users(500) {
            #expect(clusters[user].counts == [.delete: 1])
            #expect(clusters[user].daemonSet == nil)
        }
    }

    @Test("ends within the grace period, and names what is left and why")
    func namesWhatIsLeft() async throws {
        let pool = try PoolHarness(users: users(3), clusters: clusters, delete)
        #expect(pool.waitUntilReady(3))
        clusters["user-2"].set {
            $0.fault = { (_, _) throws(Failure) in throw Failure(.forbidden, "403 on delete") }
        }
        clusters["user-3"].set { $0.latency = .seconds(1_000_000) }
        let leftovers = await pool.stop(within: .seconds(21))
        #expect(leftovers?.map(\.cluster).sorted() == [.user("user-2"), .user("user-3")])
        #expect(leftovers?.first { $0.cluster == .user("user-2") }?.failure.reason == .forbidden)
        #expect(leftovers?.first { $0.cluster == .user("user-3") }?.failure.reason == .timeout)
        #expect(clusters["user-1"].daemonSet == nil)
    }

    @Test(
        "deletes at its end what can be deleted, however many clusters do not answer, refuse, or fail at first"
    )
    func manyFailAtTheEnd() async throws {
        let all = users(2500)
        let pool = try PoolHarness(users: all, clusters: clusters, delete)
        #expect(pool.waitUntilReady(all.count))
        // They come first, and later than others, in the order in which clusters are tried.
        let silent = Set(all.indices.filter { $0 % 8 == 0 }.map { all[$0] })
        let refusing = Set(all.indices.filter { $0 % 8 == 3 }.map { all[$0] })
        let failingAtFirst = Set(all.indices.filter { $0 % 8 == 5 }.map { all[$0] })
        for user in all {
            clusters[user].resetCounts()
            clusters[user].set { cluster in
                if silent.contains(user) { cluster.latency = .seconds(1_000_000) }
                if refusing.contains(user) {
                    cluster.fault = { (_, _) throws(Failure) in throw Failure(.forbidden, "403 on delete") }
                }
                if failingAtFirst.contains(user) {
                    cluster.fault = { (verb, number) throws(Failure) in
                        if verb == .delete, number == 1 { throw Failure(.unreachable, "reset") }
                    }
                }
            }
        }
        let leftovers = await pool.stop(within: .seconds(21))
        #expect(Set(leftovers?.compactMap(\.cluster.user) ?? []) == silent.union(refusing))
        #expect(leftovers?.count == silent.count + refusing.count)
        for leftover in leftovers ?? [] {
            let isSilent = silent.contains(leftover.cluster.user ?? "")
            #expect(leftover.failure.reason == (isSilent ? .timeout : .forbidden))
        }
        for user in all where !silent.contains(user) && !refusing.contains(user) {
            #expect(clusters[user].daemonSet == nil)
            #expect(failingAtFirst.contains(user) || clusters[user].counts == [.delete: 1])
        }
    }

    @Test("leaves nothing behind that was being created when it was told to end")
    func deletesWhatWasBeingCreated() async throws {
        clusters["user-1"].set { $0.latency = .milliseconds(500) }
        let pool = try PoolHarness(users: users(1), clusters: clusters, delete)
        // The get has been answered and the create is under way; in the cluster, it succeeds.
        pool.simulation.advance(by: .milliseconds(1200))
        #expect(clusters["user-1"].counts == [.get: 2, .create: 1])
        let desired = clusters.desired
        clusters["user-1"].interfere {
            $0.labels = ["kubernetes-image-puller/installation": desired.identity.installationID]
        }
        #expect(await pool.stop() == [])
        #expect(clusters["user-1"].daemonSet == nil)
    }

    @Test("looks again for what was being created and appears only after the first look")
    func deletesWhatAppearsLate() async throws {
        let cluster = clusters["user-1"]
        cluster.set { $0.latency = .milliseconds(500) }
        let pool = try PoolHarness(users: users(1), clusters: clusters, delete)
        pool.simulation.advance(by: .milliseconds(1200))
        #expect(cluster.counts == [.get: 2, .create: 1])
        let clock = pool.simulation.clock
        let owner = clusters.desired.identity.installationID
        _ = pool.simulation.start {
            try? await clock.sleep(.milliseconds(900))
            cluster.interfere { $0.labels = ["kubernetes-image-puller/installation": owner] }
        }
        #expect(await pool.stop() == [])
        #expect(cluster.deletedUIDs.count == 1)
        #expect(cluster.daemonSet == nil)
    }

    @Test("looks only once where every creation was refused")
    func refusedCreations() async throws {
        let cluster = clusters["user-1"]
        cluster.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .create { throw Failure(.forbidden, "403 on create") }
            }
        }
        let pool = try PoolHarness(users: users(1), clusters: clusters, delete)
        pool.simulation.advance(by: .seconds(10))
        #expect(cluster.counts[.create] ?? 0 > 1)
        cluster.resetCounts()
        #expect(await pool.stop() == [])
        #expect(cluster.counts == [.get: 2])
    }

    @Test("deletes nothing at its end that is not ours")
    func sparesOthers() async throws {
        clusters["user-1"].interfere { $0.labels = ["app": "theirs"] }
        let pool = try PoolHarness(users: users(1), clusters: clusters, delete)
        pool.simulation.advance(by: .seconds(10))
        #expect(await pool.stop() == [])
        #expect(clusters["user-1"].daemonSet != nil)
    }

    // MARK: Its users

    @Test("starts a worker at once for a user who is added to the file")
    func addsUsers() async throws {
        let file = FakeFile("user-1\n")
        let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: ["user-1"], usersFile: file)
        #expect(pool.waitUntilReady(1))
        file.write("user-1\nuser-2\n")
        #expect(pool.waitUntilReady(2, within: .seconds(12)))
        _ = await pool.stop()
    }

    @Test("deletes a user's DaemonSet when two readings of the file in a row do not name the user")
    func removesUsers() async throws {
        let file = FakeFile("user-1\nuser-2\n")
        let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: users(2), usersFile: file)
        #expect(pool.waitUntilReady(2))
        clusters["user-2"].set {
            $0.fault = { (_, number) throws(Failure) in if number < 4 { throw Failure(.serverError, "500") } }
        }
        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(11))
        file.write("user-1\nuser-2\n")
        pool.simulation.advance(by: .seconds(30))
        #expect(clusters["user-2"].daemonSet != nil)

        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(60))
        #expect(clusters["user-2"].daemonSet == nil)
        #expect(clusters["user-1"].daemonSet != nil)
        #expect(pool.recorder.events(.removed).map(\.user) == ["user-2"])
        clusters["user-2"].resetCounts()
        pool.simulation.advance(by: .seconds(8000))
        #expect(clusters["user-2"].counts == [:])
        _ = await pool.stop()
    }

    @Test("removes hundreds of users at once in a few turns at a time")
    func removesMany() async throws {
        let (kept, capacity) = (10, 4)
        let all = users(200)
        let file = FakeFile(all.map { $0 + "\n" }.joined())
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            ["MAX_CONCURRENT_REQUESTS": "\(capacity)", "WATCH_CLUSTERS": "0"],
            fileUsers: all,
            usersFile: file
        )
        #expect(pool.waitUntilReady(all.count))
        // Not so long that slots are given back early.
        for user in all { clusters[user].set { $0.latency = .milliseconds(40) } }
        let before = pool.clientsMade.value
        var mostTurns = 0
        file.write(
            users(kept).map { $0 + "\n" }.joined() + "# remove \(all.count - kept) of \(all.count) users\n"
        )
        let isDone = pool.simulation.advance(upTo: .seconds(600)) {
            let removed = pool.recorder.events(.removed).count
            mostTurns = max(mostTurns, pool.clientsMade.value - before - removed)
            return removed == all.count - kept
        }
        #expect(isDone)
        for user in all { #expect((clusters[user].daemonSet == nil) == !users(kept).contains(user)) }
        // One that has its answer goes on before others begin.
        #expect(mostTurns <= 2 * capacity)
        _ = await pool.stop()
    }

    @Test("gives up a user who was removed when the DaemonSet could not be deleted for a day")
    func givesRemovalUp() async throws {
        let file = FakeFile("user-1\nuser-2\n")
        let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: users(2), usersFile: file)
        #expect(pool.waitUntilReady(2))
        clusters["user-2"].set {
            $0.fault = { (_, _) throws(Failure) in throw Failure(.unauthorized, "401") }
        }
        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(23 * 3600))
        #expect(pool.recorder.events(.removed) == [])
        pool.simulation.advance(by: .seconds(2 * 3600))
        let removed = pool.recorder.events(.removed)
        #expect(removed.map(\.user) == ["user-2"])
        #expect(removed.first?.level == .warning)
        #expect(removed.first?.message.contains("may be left: 401") == true)
        clusters["user-2"].resetCounts()
        pool.simulation.advance(by: .seconds(24 * 3600))
        #expect(clusters["user-2"].counts == [:])
        #expect(pool.recorder.events(.summary).last?.message.contains("of 1 cluster is") == true)
        // The user may come back, and be removed.
        clusters["user-2"].set { $0.fault = { (_, _) throws(Failure) in } }
        file.write("user-1\nuser-2\n")
        pool.simulation.advance(by: .seconds(60))
        #expect(pool.readyUsers == ["user-1", "user-2"])
        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(60))
        #expect(clusters["user-2"].daemonSet == nil)
        _ = await pool.stop()
    }

    @Test("removes at once a user whose cluster waits for its turn to roll out")
    func removesWhoWaits() async throws {
        let all = users(3)
        clusters["user-1"].set { $0.readyAfter = [.seconds(500)] }
        let file = FakeFile("user-1\nuser-2\nuser-3\n")
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            ["MAX_CONCURRENT_ROLLOUTS": "1"],
            fileUsers: all,
            usersFile: file
        )
        pool.simulation.advance(by: .seconds(5))
        let waiting = all.filter { clusters[$0].counts[.create] == nil }
        #expect(waiting.count == 2)
        let gone = waiting.first ?? ""
        file.write(all.filter { $0 != gone }.joined(separator: "\n"))
        pool.simulation.advance(by: .seconds(30))
        #expect(pool.recorder.events(.removed).map(\.user) == [gone])
        pool.simulation.advance(by: .seconds(1000))
        #expect(clusters[gone].counts == [.get: 4])
        #expect(clusters[waiting.last ?? ""].daemonSet != nil)
        _ = await pool.stop()
    }

    @Test("looks again for what was being created for a user who was removed meanwhile")
    func removesWhatAppearsLate() async throws {
        let cluster = clusters["user-1"]
        cluster.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .create { throw Failure(.timeout, "no answer") }
            }
        }
        let file = FakeFile("user-1\nuser-2\n")
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            ["BACKOFF_INITIAL_SECONDS": "60"],
            fileUsers: users(2),
            usersFile: file
        )
        file.write("user-2\n")
        // The second read without the user has happened, and the check after it; their creation now arrives.
        pool.simulation.advance(by: .milliseconds(20_500))
        #expect(pool.recorder.events(.removed) == [])
        let owner = clusters.desired.identity.installationID
        cluster.interfere { $0.labels = ["kubernetes-image-puller/installation": owner] }
        pool.simulation.advance(by: .seconds(150))
        #expect(cluster.deletedUIDs.count == 1)
        #expect(pool.recorder.events(.removed).map(\.user) == ["user-1"])
        _ = await pool.stop()
    }

    @Test("changes nothing when the file cannot be read, is empty or has a mistake, and reports that once")
    func badFiles() async throws {
        for bad in [nil, "", "# none\n", "user-1\nuser-1\n", "user-1\nuser\u{7}2\n"] {
            let file = FakeFile("user-1\nuser-2\n")
            let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: users(2), usersFile: file)
            #expect(pool.waitUntilReady(2))
            file.write(bad)
            pool.simulation.advance(by: .seconds(600))
            #expect(pool.recorder.events(.removed) == [])
            #expect(pool.recorder.events(.users).filter { $0.level == .warning }.count == 1)
            file.write("user-1\nuser-2\n")
            pool.simulation.advance(by: .seconds(20))
            #expect(pool.recorder.events(.users).last?.message == "users can be used again")
            _ = await pool.stop()
        }
    }

    @Test("changes nothing when a user in the file cannot be part of the proxy's host name")
    func unreachableUser() async throws {
        let file = FakeFile("user-1\n")
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            fileUsers: ["user-1"],
            usersFile: file,
            proxy: ProxyAddress(template: "https://{user}.example.org/api", sendsImpersonationHeader: false)
        )
        file.write("user-1\nuser-2\nnot_a/host\n")
        pool.simulation.advance(by: .seconds(30))
        #expect(pool.readyUsers == ["user-1"])
        let warnings = pool.recorder.events(.users).filter { $0.level == .warning }
        #expect(
            warnings.map(\.message).map { $0.contains("\"not_a/host\" cannot be part of the host") } == [true]
        )
        file.write("user-1\nuser-2\n")
        #expect(pool.waitUntilReady(2))
        _ = await pool.stop()
    }

    @Test("starts again for a user who comes back while being removed")
    func comesBack() async throws {
        let file = FakeFile("user-1\nuser-2\n")
        let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: users(2), usersFile: file)
        #expect(pool.waitUntilReady(2))
        clusters["user-2"].set { $0.fault = { (_, _) throws(Failure) in throw Failure(.serverError, "500") } }
        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(60))
        file.write("user-1\nuser-2\n")
        pool.simulation.advance(by: .seconds(11))
        clusters["user-2"].set { $0.fault = { (_, _) throws(Failure) in } }
        pool.simulation.advance(by: .seconds(400))
        #expect(clusters["user-2"].daemonSet != nil)
        #expect(pool.readyUsers == ["user-1", "user-2"])
        #expect(clusters["user-2"].deletedUIDs == [])

        // And after the user is gone for good.
        file.write("user-1\n")
        pool.simulation.advance(by: .seconds(60))
        #expect(clusters["user-2"].daemonSet == nil)
        file.write("user-1\nuser-2\n")
        #expect(pool.waitUntilReady(2))
        _ = await pool.stop()
    }

    @Test("deletes a DaemonSet that two users share when both go at once")
    func sharedClusterOfTwoWhoGo() async throws {
        let pair = ["shared-1/jane", "shared-1/joe"]
        let file = FakeFile((pair + ["user-1"]).joined(separator: "\n"))
        let pool = try PoolHarness(
            users: [],
            clusters: clusters,
            fileUsers: pair + ["user-1"],
            usersFile: file
        )
        #expect(pool.waitUntilReady(3))
        file.write("user-1 # remove 2 of 3 users")
        pool.simulation.advance(by: .seconds(60))
        #expect(clusters[pair[0]].daemonSet == nil)
        #expect(pool.recorder.events(.removed).count == 2)
        _ = await pool.stop()
    }

    @Test("keeps a DaemonSet that two users share while one of them needs it")
    func sharedClusters() async throws {
        let pair = ["shared-1/jane", "shared-1/joe"]
        let file = FakeFile(pair.joined(separator: "\n"))
        let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: pair, usersFile: file)
        #expect(pool.waitUntilReady(2))
        let cluster = clusters[pair[0]]
        #expect(cluster.deletedUIDs == [])
        pool.simulation.advance(by: .seconds(40 * 3600))
        // One refresh, and no duel.
        #expect(cluster.deletedUIDs.count == 1)

        file.write(pair[0])
        pool.simulation.advance(by: .seconds(60))
        #expect(cluster.daemonSet != nil)
        #expect(pool.recorder.events(.removed).last?.user == pair[1])
        pool.simulation.advance(by: .seconds(2 * 3600))
        #expect(pool.readyUsers == [pair[0]])
        _ = await pool.stop()
    }
}
