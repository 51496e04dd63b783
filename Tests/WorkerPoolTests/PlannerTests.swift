import KubernetesAPI
import PullerCore
import Synchronization
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A plan")
struct PlannerTests {
    private let clusters: PoolHarness.Clusters
    private let base = "kubernetes-image-puller"

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private final class Told: Sendable {
        private let list = Mutex<[(String, String)]>([])
        func add(_ user: String, _ text: String) { list.withLock { $0.append((user, text)) } }
        var lines: [String] { list.withLock { $0.map { "\($0.0): \($0.1)" } } }
    }

    /// Plans for users, and checks that nothing but reads was sent.
    private func plan(
        _ users: [String],
        _ changes: [String: String] = [:],
        file: String? = nil
    ) throws -> (lines: [String], summary: PlanSummary) {
        let configuration = try Configuration.sample(changes)
        var daemonSet = configuration.daemonSet
        if let file {
            let images = try ImagesFile.parse(file, resources: daemonSet.resources).get().images
            daemonSet.listedImages = []
            daemonSet = try daemonSet.withFile(images: images).get()
        }
        let clusters = clusters
        for user in users { clusters[user].resetCounts() }
        let survey = Survey(configuration)
        let clock = clusters.simulation.clock
        let planner = Planner(
            context: PoolContext(
                cache: CurrentCache(
                    daemonSet,
                    survey.facts,
                    schedule: configuration.schedule,
                    readsPods: configuration.readsPods
                ),
                schedule: configuration.schedule,
                survey: survey,
                clock: clock,
                wallTime: { Timestamp(seconds: 1_800_000_000 + Int(clock.now().components.seconds)) },
                random: seededRandom(1),
                report: { _ in },
                makeAPI: { clusters[$0.user ?? ""] }
            )
        )
        let told = Told()
        let sent = SharedBox<PlanSummary>()
        _ = clusters.simulation.start {
            let summary = await planner.run(users.map(ClusterID.user)) { told.add($0.user ?? "", "\($1)") }
            sent.set(summary)
        }
        #expect(clusters.simulation.advance(upTo: .seconds(600)) { sent.value != nil })
        for user in users {
            let counts = clusters[user].counts
            #expect(Set(counts.keys).isSubset(of: [.get, .read]))
        }
        return (told.lines, try #require(sent.value))
    }

    /// Runs a pool until its clusters are ready, and ends it.
    private func roll(_ users: [String], _ changes: [String: String] = [:], file: String? = nil) async throws
    {
        let pool = try PoolHarness(
            users: users,
            clusters: clusters,
            changes,
            imagesFile: file.map { FakeFile($0) }
        )
        #expect(pool.waitUntilReady(users.count, within: .seconds(300)))
        _ = await pool.stop()
    }

    @Test("has nothing to do in a cluster that fell back from image volumes to containers")
    func fallenBack() async throws {
        let changes = [
            "KIP_IMAGE": "quay.io/example/puller:1", "CACHE_MODE": "image-volumes",
            "CACHE_MODE_FALLBACK": "containers",
        ]
        clusters["jane"].set { $0.keepsImageVolumes = false }
        let pool = try PoolHarness(users: ["jane"], clusters: clusters, changes)
        #expect(pool.waitUntilReady(1))
        _ = await pool.stop()
        #expect(try plan(["jane"], changes).lines == ["jane: nothing to do: 3/3 nodes are ready"])
    }

    @Test("of clusters without anything is to create, and their nodes are not known")
    func create() throws {
        let (lines, summary) = try plan(["b", "a"])
        #expect(lines == ["b: create \(base)", "a: create \(base)"])
        #expect(summary.hasChanges && !summary.hasFailed)
        #expect(
            summary.lines == [
                "2 clusters: 2 create", "requested of a node: 100m CPU and 20Mi memory",
                "how many nodes 2 clusters have is not known before the DaemonSets stand",
            ]
        )
    }

    @Test("after a rollout is nothing to do, and says how many nodes there are and what they give")
    func nothing() async throws {
        try await roll(["a"])
        let (lines, summary) = try plan(["a"])
        #expect(lines == ["a: nothing to do: 3/3 nodes are ready"])
        #expect(!summary.hasChanges && !summary.hasFailed)
        #expect(
            summary.lines == [
                "1 cluster: 1 nothing to do", "requested of a node: 100m CPU and 20Mi memory",
                "requested by 3 pods in 1 cluster: 300m CPU and 60Mi memory",
            ]
        )
    }

    @Test("of another configuration is to replace, and counts the pods twice while both stand")
    func replace() async throws {
        try await roll(["a"])
        let (lines, summary) = try plan(["a"], ["IMAGES": "a=a:1"])
        #expect(lines == ["a: replace \(base) by \(base)-b: the configuration changed"])
        #expect(summary.count(.replace) == 1)
        #expect(
            summary.lines.last
                == "requested by 3 pods in 1 cluster: 150m CPU and 30Mi memory, and 150m CPU and 30Mi memory more "
                + "while two DaemonSets stand"
        )
    }

    @Test("of a DaemonSet that is due is to refresh it")
    func refresh() async throws {
        try await roll(["a"])
        clusters["a"].set { $0.serverTimeOffset = 0 }
        clusters.simulation.advance(by: .seconds(40 * 24 * 3600))
        let (lines, _) = try plan(["a"], ["REFRESH_AGE_HOURS": "24"])
        #expect(lines == ["a: replace \(base) by \(base)-b: its images are due to be pulled again"])
    }

    @Test("of several placements names each, and those that are gone")
    func placements() async throws {
        let file = "a=a:1\nb=b:1 nodeSelector={\"pool\":\"gpu\"}\n"
        let (lines, summary) = try plan(["a"], file: file)
        let further = try #require(lines[0].split(separator: " ").last)
        #expect(lines == ["a: create \(base); create \(further)"])
        #expect(further.hasPrefix("\(base)-p"))
        #expect(
            summary.lines[1].hasPrefix(
                "requested of a node: 100m CPU and 20Mi memory, if all placements match it: \(base) 50m CPU"
            )
        )
        try await roll(["a"], file: file)
        #expect(try plan(["a"], file: file).summary.hasChanges == false)
        let gone = try plan(["a"], ["IMAGES": "a=a:1"])
        #expect(
            gone.lines == [
                "a: replace \(base) by \(base)-b: the configuration changed; delete what is left of \(further), "
                    + "once everything else serves: the configuration does not have this placement any more"
            ]
        )
    }

    @Test("sees what is left under the other name, and what waits for its successor")
    func two() async throws {
        try await roll(["a"])
        clusters["a"].set {
            $0.readyAfterByName = [base + "-b": Array(repeating: .seconds(1_000_000), count: 3)]
        }
        let pool = try PoolHarness(users: ["a"], clusters: clusters, ["IMAGES": "a=a:1"])
        clusters.simulation.advance(by: .seconds(20))
        _ = await pool.stop()
        let waiting = try plan(["a"], ["IMAGES": "a=a:1"])
        #expect(
            waiting.lines == [
                "a: nothing to do yet: \(base) (3/3) stands until \(base)-b (0/3) serves in its place"
            ]
        )
        clusters["a"].set { $0.readyAfterByName = [:] }
        let over = try plan(["a"], ["IMAGES": "a=a:1"])
        #expect(over.lines == ["a: delete \(base): \(base)-b serves in its place"])
        #expect(over.summary.count(.delete) == 1)
    }

    @Test("sees what is left of another configuration beside the desired one")
    func leftover() async throws {
        try await roll(["a"])
        let other = DesiredDaemonSet(try Configuration.sample(["IMAGES": "old=old:1"]).daemonSet)
        try await create(other, in: "a")
        let (lines, _) = try plan(["a"])
        #expect(
            lines == [
                "a: delete \(base)-b: it is not the desired one, and \(base) serves as many nodes"
            ]
        )
    }

    private func create(_ daemonSet: DesiredDaemonSet, in user: String) async throws {
        let cluster = clusters[user]
        let body = daemonSet.body(.alternate)
        _ = clusters.simulation.start { try? await cluster.create(body, name: daemonSet.name(.alternate)) }
        clusters.simulation.advance(by: .seconds(1))
    }

    @Test("says which image is at fault where pods are read, and that is no change")
    func pods() async throws {
        let image = "quay.io/eclipse/che-java11-maven:nightly"
        clusters["a"].set {
            $0.allowsReads = true
            $0.imageFaults = [image: .waiting(reason: "ErrImagePull", message: "manifest unknown")]
        }
        let pool = try PoolHarness(users: ["a"], clusters: clusters)
        clusters.simulation.advance(by: .seconds(60))
        _ = await pool.stop()
        let (lines, summary) = try plan(["a"], ["POD_STATUS": "true"])
        #expect(lines[0].hasPrefix("a: nothing to do: \(base) is right, but 0/3 nodes are ready"))
        #expect(lines[0].contains(image))
        #expect(!summary.hasChanges)
    }

    @Test("of what something else created is a conflict, and of a cluster that does not answer a failure")
    func trouble() async throws {
        clusters["other"].interfere(base) { $0.labels = ["app": "other"] }
        clusters["down"].set {
            $0.fault = { (_, _) throws(Failure) in throw Failure(.unreachable, "refused") }
        }
        let (lines, summary) = try plan(["other", "down", "good"])
        #expect(lines[0].hasPrefix("other: conflict: "))
        #expect(lines[1] == "down: failed: refused")
        #expect(lines[2] == "good: create \(base)")
        #expect(clusters["down"].counts == [.get: 3])
        #expect(summary.lines[0] == "3 clusters: 1 create, 1 conflict, 1 failed")
        #expect(summary.hasFailed && summary.hasChanges)
    }

    @Test("warns of limits that are too small and of much CPU, and of nothing else")
    func warnings() throws {
        #expect(try plan([], ["IMAGES": "a=a:1;b=b:1"]).summary.warnings == [])
        let small = try plan(
            [],
            ["IMAGES": "a=a:1", "CACHING_MEMORY_REQUEST": "1Mi", "CACHING_MEMORY_LIMIT": "2Mi"]
        )
        #expect(
            small.summary.warnings == [
                "the memory limit of a is below 4Mi: with some runtimes a container does not start with so little"
            ]
        )
        let much = try plan([], ["IMAGES": "a=a:1;b=b:1;c=c:1"]).summary.warnings
        #expect(much.count == 1 && much[0].hasPrefix("the pods request more than a tenth of a CPU of a node"))
    }
}

private final class SharedBox<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)
    func set(_ value: Value) { content.withLock { $0 = value } }
    var value: Value? { content.withLock { $0 } }
}
