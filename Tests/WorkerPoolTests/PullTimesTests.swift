import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("A pool that reads how long pulls took (PULL_TIMES)")
struct PullTimesTests {
    private let clusters: PoolHarness.Clusters
    private static let java = "quay.io/eclipse/che-java11-maven:nightly"

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func pool(_ users: [String] = ["jane"], _ changes: [String: String] = [:]) throws -> PoolHarness {
        let own = ["POD_STATUS": "true", "PULL_TIMES": "true"]
        return try PoolHarness(users: users, clusters: clusters, own.merging(changes) { $1 })
    }

    /// All images of the sample take a number of seconds on each node.
    private func allow(_ user: String = "jane") {
        let images = PodImages(clusters.desired).cached
        clusters[user].set { settings in
            settings.allowsReads = true
            settings.allowsEvents = true
            for (number, image) in images.enumerated() {
                settings.pullTimes[image.reference] = (1...3).map { "\(10 * (number + 1) + $0)s" }
            }
        }
    }

    @Test("says it once after each rollout, in a line and in figures")
    func said() async throws {
        allow()
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        let event = try #require(pool.recorder.events(.pulled).first)
        #expect(event.level == .info)
        #expect(event.reason == nil)
        #expect(
            event.message
                == "2 images pulled on 3 nodes: 34 s a node on average, 36 s at most; the slowest is theia, 23 s"
        )
        let fields = Dictionary(uniqueKeysWithValues: event.fields.map { ($0.name, $0.value) })
        #expect(
            fields == [
                "images_pulled": .count(2), "nodes_pulled": .count(3),
                "cold_start_mean_seconds": .seconds(.seconds(34)),
                "cold_start_max_seconds": .seconds(.seconds(36)), "slowest_image": .text("theia"),
                "slowest_seconds": .seconds(.seconds(23)),
            ]
        )
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(clusters["jane"].counts[.pulls] == 1)
        // A refresh rolls out anew.
        pool.simulation.advance(by: .seconds(20 * 3600))
        #expect(pool.recorder.events(.replaced).count == 1)
        #expect(pool.recorder.events(.pulled).count == 2)
        #expect(clusters["jane"].counts[.pulls] == 2)
        _ = await pool.stop()
    }

    @Test("says it of what could be pulled when the time of a rollout that is not complete is up")
    func incomplete() async throws {
        allow()
        clusters["jane"].set { $0.readyAfter[2] = .seconds(100 * 3600) }
        let pool = try pool(["jane"], ["ROLLOUT_TIMEOUT_SECONDS": "1800"])
        pool.simulation.advance(by: .seconds(1700))
        #expect(pool.recorder.events(.pulled) == [])
        pool.simulation.advance(by: .seconds(3600))
        #expect(
            pool.recorder.events(.pulled).map(\.message).first?.hasPrefix("2 images pulled on 2 nodes: ")
                == true
        )
        #expect(clusters["jane"].counts[.pulls] == 1)
        _ = await pool.stop()
    }

    @Test("says nothing where the kubelets say nothing")
    func unknown() async throws {
        allow()
        clusters["jane"].set { $0.pullTimes = [:] }
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(3600))
        #expect(pool.recorder.events(.pulled) == [])
        #expect(clusters["jane"].counts[.pulls] == 1)
        _ = await pool.stop()
    }

    @Test(
        "otherwise asks for no events",
        arguments: [["PULL_TIMES": "false"], ["POD_STATUS": "false"]]
    )
    func without(changes: [String: String]) async throws {
        allow()
        let pool = try pool(["jane"], changes)
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(30 * 3600))
        #expect(clusters["jane"].counts[.pulls] == nil)
        #expect(pool.recorder.events(.pulled) == [])
        _ = await pool.stop()
    }

    @Test(
        "says it of a DaemonSet that it found, once, while servers still have the events of its rollout",
        arguments: [(58 * 60, true), (60 * 60, false), (-120, false)]
    )
    func adopted(age: Int, isAsked: Bool) async throws {
        allow()
        let first = try pool()
        #expect(first.waitUntilReady(1))
        _ = await first.stop()
        let now = try #require(await clusters["jane"].observe("kubernetes-image-puller").serverTime)
        clusters["jane"].interfere { $0.created = Timestamp(seconds: now.seconds - age) }
        clusters["jane"].resetCounts()
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        #expect(pool.recorder.events(.adopted).count == 1)
        #expect(pool.recorder.events(.pulled).count == (isAsked ? 1 : 0))
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(clusters["jane"].counts[.pulls] == (isAsked ? 1 : nil))
        _ = await pool.stop()
    }

    @Test(
        "says once for a fleet that the account may not read events, and asks each cluster once a day at most"
    )
    func notAllowed() async throws {
        let users = (1...20).map { "user-\($0)" }
        for user in users { clusters[user].set { $0.allowsReads = true } }
        let pool = try pool(users, ["IMAGE_REFRESH_HOURS": "3"])
        #expect(pool.waitUntilReady(20))
        pool.simulation.advance(by: .seconds(20 * 3600))
        let warnings = pool.recorder.events(.warning).filter { $0.level == .warning }
        #expect(warnings.map(\.reason) == ["PullsNotReadable", "PullsNotReadable"])
        #expect(
            warnings.first?.message
                == "PULL_TIMES has no effect, because the account may not list events: 403 on list events"
        )
        #expect(warnings.last?.message.hasPrefix("the same warning from 20 clusters: ") == true)
        for user in users { #expect(clusters[user].counts[.pulls] == 1) }
        #expect(pool.recorder.events(.replaced).count >= 20)
        for user in users {
            allow(user)
        }
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(Set(pool.recorder.events(.pulled).compactMap(\.user)) == Set(users))
        _ = await pool.stop()
    }

    @Test("goes on where events cannot be read: no round fails for that", arguments: FailureReason.allCases)
    func unreadable(reason: FailureReason) async throws {
        // The end of the puller, and not an answer.
        guard reason != .cancelled else { return }
        allow()
        clusters["jane"].set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .pulls { throw Failure(reason, "no events") }
            }
        }
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(pool.recorder.events(.failed) == [])
        #expect(pool.recorder.events(.pulled) == [])
        let unread = pool.recorder.events(.progress).filter { $0.reason == reason.rawValue }
        #expect(unread.map(\.level) == [.debug])
        #expect(unread.first?.message == "the events about pulls could not be read: no events")
        #expect(clusters["jane"].counts[.pulls] == 1)
        _ = await pool.stop()
    }

    @Test("asks for nothing after a check that failed, and asks after the rollout all the same")
    func afterFailure() async throws {
        allow()
        clusters["jane"].set { for node in 0..<3 { $0.readyAfter[node] = .seconds(3600) } }
        let pool = try pool()
        pool.simulation.advance(by: .seconds(60))
        #expect(pool.recorder.events(.created).count == 1)
        clusters["jane"].set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .get || verb == .watch { throw Failure(.unreachable, "no") }
            }
        }
        pool.simulation.advance(by: .seconds(600))
        #expect(!pool.recorder.events(.failed).isEmpty)
        #expect(clusters["jane"].counts[.pulls] == nil)
        clusters["jane"].set { $0.fault = { (_, _) throws(Failure) in } }
        pool.simulation.advance(by: .seconds(3 * 3600))
        #expect(clusters["jane"].counts[.pulls] == 1)
        _ = await pool.stop()
    }

    @Test("says nothing of events that it has no time to read when it ends")
    func end() async throws {
        allow()
        clusters["jane"].set {
            $0.hasEndlessEvents = true
            $0.latency = .milliseconds(700)
        }
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(5))
        let asked = try #require(clusters["jane"].counts[.pulls])
        _ = await pool.stop()
        pool.simulation.advance(by: .seconds(60))
        #expect(clusters["jane"].counts[.pulls] ?? 0 <= asked + 1)
        #expect(pool.recorder.events(.progress).filter { $0.reason == "Cancelled" } == [])
    }

    @Test("gives up a cluster that has ever more events, and goes on keeping it")
    func endless() async throws {
        allow()
        clusters["jane"].set {
            $0.hasEndlessEvents = true
            $0.latency = .milliseconds(100)
        }
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(120))
        #expect(pool.recorder.events(.pulled).count == 1)
        let asked = clusters["jane"].counts[.pulls] ?? 0
        #expect(asked > 1 && asked <= 310)
        let gets = clusters["jane"].counts[.get] ?? 0
        pool.simulation.advance(by: .seconds(3 * 3600))
        #expect(clusters["jane"].counts[.get] ?? 0 > gets)
        #expect(clusters["jane"].counts[.pulls] == asked)
        _ = await pool.stop()
    }

    @Test(
        "lets a cluster without an answer keep no other one from rolling out, and itself from nothing but this"
    )
    func silent() async throws {
        let users = ["jane", "joe"]
        for user in users { allow(user) }
        clusters["jane"].set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .pulls { throw Failure(.timeout, "no answer") }
            }
        }
        let pool = try pool(users, ["MAX_CONCURRENT_ROLLOUTS": "1"])
        #expect(pool.waitUntilReady(2))
        pool.simulation.advance(by: .seconds(5))
        #expect(pool.recorder.events(.pulled).map(\.user) == ["joe"])
        _ = await pool.stop()
    }
}
