import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A cluster in memory")
struct InMemoryClusterTests {
    private let simulation = Simulation()
    private let cluster: InMemoryCluster

    init() {
        cluster = InMemoryCluster(name: "base", clock: simulation.clock)
        cluster.set { $0.readyAfter = [.seconds(1), .seconds(2), .seconds(3)] }
    }

    /// The result of a request, without time passing.
    private func ask<Value: Sendable>(
        _ request: @escaping @Sendable (InMemoryCluster) async throws(Failure) -> Value
    ) throws -> Value {
        let results = Recorded<Result<Value, Failure>>()
        let cluster = cluster
        _ = simulation.start {
            do throws(Failure) {
                results.add(.success(try await request(cluster)))
            } catch {
                results.add(.failure(error))
            }
        }
        simulation.settle()
        return try #require(results.all.first).get()
    }

    private func create(_ name: String) throws -> Creation {
        var settings = try Configuration.sample().daemonSet
        settings.name = name
        let body = DesiredDaemonSet(settings).body()
        return try ask { (cluster) async throws(Failure) in try await cluster.create(body, name: name) }
    }

    private func delete(_ name: String, version: String? = nil) throws -> Deletion {
        let uid = try #require(cluster.daemonSets[name]?.uid)
        return try ask { (cluster) async throws(Failure) in
            try await cluster.delete(name, uid: uid, resourceVersion: version)
        }
    }

    /// The figures under a name: desired, scheduled, ready, misscheduled.
    private func figures(_ name: String) -> [Int]? {
        cluster.daemonSets[name].map {
            [$0.status.desired, $0.status.scheduled, $0.status.ready, $0.status.misscheduled]
        }
    }

    @Test("uses the only object if no name is given, or else that of the base name")
    func meaning() throws {
        _ = try create("other")
        #expect(cluster.daemonSet?.name == "other")
        cluster.interfere { $0.generation = 7 }
        #expect(cluster.daemonSets["other"]?.generation == 7)
        _ = try create("third")
        #expect(cluster.daemonSet == nil)
        cluster.interfere { $0.generation = 8 }
        #expect(cluster.daemonSets.keys.sorted() == ["base", "other", "third"])
        #expect(cluster.daemonSet?.generation == 8)
        cluster.interfereByDeleting("other")
        cluster.interfereByDeleting()
        #expect(cluster.daemonSets.keys.sorted() == ["third"])
        #expect(cluster.deletedUIDs == ["uid-1", "uid-3"])
    }

    @Test("gives an object another version if and only if its status changes")
    func version() throws {
        _ = try create("base")
        simulation.advance(by: .milliseconds(1500))
        let version = try #require(cluster.daemonSet?.resourceVersion)
        #expect(cluster.daemonSet?.resourceVersion == version)
        _ = try create("other")
        #expect(cluster.daemonSets["base"]?.resourceVersion == version)
        simulation.advance(by: .seconds(1))
        #expect(try delete("base", version: version) == .changed)
        #expect(try delete("base", version: cluster.daemonSets["base"]?.resourceVersion) == .gone)
        #expect(cluster.daemonSets.keys.sorted() == ["other"])
    }

    @Test("counts pods on nodes that are down as misscheduled, and desires none there for a new object")
    func nodesDown() throws {
        _ = try create("old")
        simulation.advance(by: .seconds(10))
        #expect(figures("old") == [3, 3, 3, 0])
        cluster.set { $0.unreadyNodes = [1] }
        _ = try create("new")
        simulation.advance(by: .seconds(10))
        #expect(figures("old") == [2, 2, 2, 1])
        #expect(figures("new") == [2, 2, 2, 0])
        // The node is back: its previous pod is there at once, and the new one takes its time.
        cluster.set { $0.unreadyNodes = [] }
        #expect(figures("old") == [3, 3, 3, 0])
        #expect(figures("new") == [3, 3, 2, 0])
        simulation.advance(by: .seconds(2))
        #expect(figures("new") == [3, 3, 3, 0])
    }

    @Test("can desire pods on nodes that are down, which are not ready")
    func nodesDownAndDesired() throws {
        cluster.set { $0.downNodesAreDesired = true }
        _ = try create("old")
        simulation.advance(by: .seconds(10))
        cluster.set { $0.unreadyNodes = [0, 2] }
        _ = try create("new")
        simulation.advance(by: .seconds(10))
        #expect(figures("old") == [3, 3, 1, 0])
        #expect(figures("new") == [3, 3, 1, 0])
    }

    @Test("can delay one name, and refuse to create another")
    func byName() throws {
        cluster.set {
            $0.readyAfterByName = ["slow": [.seconds(100), .seconds(200)]]
            $0.refusesCreation = { $0 == "refused" ? Failure(.forbidden, "quota") : nil }
        }
        #expect(throws: Failure(.forbidden, "quota")) { try create("refused") }
        _ = try create("base")
        _ = try create("slow")
        simulation.advance(by: .seconds(100))
        #expect(figures("base") == [3, 3, 3, 0])
        #expect(figures("slow") == [2, 2, 1, 0])
        #expect(cluster.counts[.create] == 3)
    }

    @Test("keeps deleted objects until their finalizers are released")
    func finalizers() throws {
        cluster.set { $0.holdsDeletions = ["example.com/hold"] }
        _ = try create("base")
        let uid = try #require(cluster.daemonSet?.uid)
        for _ in 0..<2 { #expect(try delete("base") == .going(finalizers: ["example.com/hold"])) }
        #expect(cluster.daemonSet?.isTerminating == true)
        #expect(cluster.daemonSet?.finalizers == ["example.com/hold"])
        #expect(try create("base") == .beingDeleted)
        #expect(cluster.deletedUIDs == [])
        cluster.releaseFinalizers()
        #expect(cluster.daemonSets.isEmpty)
        #expect(cluster.deletedUIDs == [uid])
    }

    @Test("sends the configured time, or none at all")
    func serverTime() throws {
        func time() throws -> Timestamp? {
            try ask { (cluster) async throws(Failure) in try await cluster.observe("base").serverTime }
        }
        simulation.advance(by: .seconds(60))
        #expect(try time() == Timestamp(seconds: 1_800_000_060))
        cluster.set { $0.serverTimeOffset = -3600 }
        #expect(try time() == Timestamp(seconds: 1_799_996_460))
        _ = try create("base")
        #expect(cluster.daemonSet?.created == Timestamp(seconds: 1_800_000_060))
        cluster.set { $0.saysDate = false }
        #expect(try time() == nil)
    }
}
