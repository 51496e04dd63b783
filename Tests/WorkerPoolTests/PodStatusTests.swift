import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("A pool that reads pods (POD_STATUS)")
struct PodStatusTests {
    private let clusters: PoolHarness.Clusters
    private static let image = "quay.io/eclipse/che-java11-maven:nightly"
    private static let notFound = ObservedPod.State.waiting(
        reason: "ErrImagePull",
        message: "rpc error: code = NotFound desc = failed to pull and unpack image: not found"
    )

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func pool(_ users: [String] = ["jane"], _ changes: [String: String] = [:]) throws -> PoolHarness {
        let changes = changes.merging(["POD_STATUS": "true"]) { given, _ in given }
        return try PoolHarness(users: users, clusters: clusters, changes)
    }

    /// A tag has vanished: what is created from now on cannot be pulled.
    private func vanish(_ user: String = "jane", isReadable: Bool = true) {
        clusters[user].set {
            $0.allowsReads = isReadable
            $0.imageFaults = [Self.image: Self.notFound]
        }
    }

    // MARK: What is said

    @Test("says which image fails, why and on how many nodes, and does not create the DaemonSet again")
    func imageFault() async throws {
        vanish()
        let pool = try pool()
        pool.simulation.advance(by: .seconds(12 * 3600))
        let event = try #require(pool.recorder.events(.unready).first)
        #expect(event.reason == "ImageFault")
        #expect(event.level == .warning)
        #expect(
            event.message == "0/3 nodes are ready; image java (\(Self.image)): not found, on 3 of 3 nodes"
        )
        #expect(event.pods?.images.map(\.failing) == [3, 0])
        let fields = Dictionary(uniqueKeysWithValues: event.fields.map { ($0.name, $0.value) })
        #expect(fields["nodes_failing"] == .count(3))
        #expect(fields["images_failing"] == .count(1))
        #expect(fields["images_pulling"] == .count(0))
        let counts = clusters["jane"].counts
        #expect(counts[.create] == 1)
        // One at the end of each round.
        #expect(counts[.read] == pool.recorder.events(.unready).count)
        // It is said once, as long as nothing changes.
        #expect(pool.recorder.events(.unready).count { $0.level == .warning } == 1)
        clusters["jane"].set { $0.imageFaults = [:] }
        #expect(pool.waitUntilReady(1, within: .seconds(2 * 3600)))
        _ = await pool.stop()
    }

    @Test("says that nodes have no room, and does not create the DaemonSet again")
    func noRoom() async throws {
        clusters["jane"].set {
            $0.allowsReads = true
            $0.fullNodes = [0, 1]
        }
        let pool = try pool()
        pool.simulation.advance(by: .seconds(12 * 3600))
        let event = try #require(pool.recorder.events(.unready).first)
        #expect(event.reason == "NoRoom")
        #expect(
            event.message
                == "1/3 nodes are ready; no room on the node: Insufficient memory, on 2 of 3 nodes"
        )
        #expect(clusters["jane"].counts[.create] == 1)
        _ = await pool.stop()
    }

    @Test("otherwise reads none, says only how many nodes are ready, and creates the ill DaemonSet again")
    func without() async throws {
        vanish()
        let pool = try pool(["jane"], ["POD_STATUS": "false"])
        pool.simulation.advance(by: .seconds(12 * 3600))
        let event = try #require(pool.recorder.events(.unready).first)
        #expect(event.reason == "Degraded")
        #expect(event.message == "0/3 nodes are ready")
        #expect(event.pods == nil)
        #expect(clusters["jane"].counts[.read] == nil)
        #expect(clusters["jane"].counts[.create] == 2)
        _ = await pool.stop()
    }

    @Test("sends no further request where all nodes are ready")
    func ready() async throws {
        clusters["jane"].set { $0.allowsReads = true }
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(clusters["jane"].counts[.read] == nil)
        _ = await pool.stop()
    }

    @Test("says why a refresh was given up when a tag has vanished")
    func stepBack() async throws {
        clusters["jane"].set { $0.allowsReads = true }
        let pool = try pool()
        #expect(pool.waitUntilReady(1))
        let now = pool.simulation.clock.now()
        vanish()
        clusters["jane"].set { $0.imageFaultsSince = now }
        pool.simulation.advance(by: .seconds(30 * 3600))
        let event = try #require(pool.recorder.events(.steppedBack).first)
        #expect(event.reason == "Refresh")
        #expect(event.message.hasSuffix("; image java (\(Self.image)): not found, on 3 of 3 nodes"))
        #expect(event.pods?.lasting == 3)
        #expect(clusters["jane"].daemonSets.keys.sorted() == ["kubernetes-image-puller"])
        #expect(clusters["jane"].daemonSet?.status.ready == 3)
        _ = await pool.stop()
    }

    // MARK: Not allowed, or not possible

    @Test("says once for a fleet that the account may not read pods, and asks each cluster once a day")
    func notAllowed() async throws {
        let users = (1...20).map { "user-\($0)" }
        for user in users { vanish(user, isReadable: false) }
        let pool = try pool(users)
        pool.simulation.advance(by: .seconds(20 * 3600))
        let warnings = pool.recorder.events(.warning).filter { $0.level == .warning }
        #expect(warnings.map(\.reason) == ["PodsNotReadable", "PodsNotReadable"])
        #expect(
            warnings.first?.message
                == "POD_STATUS has no effect, because the account may not list pods: 403 on list pods"
        )
        // The other line counts the other clusters.
        #expect(warnings.last?.message.hasPrefix("the same warning from 20 clusters: ") == true)
        for user in users { #expect(clusters[user].counts[.read] == 1) }
        #expect(pool.recorder.events(.failed) == [])
        pool.simulation.advance(by: .seconds(20 * 3600))
        for user in users { #expect(clusters[user].counts[.read] == 2) }
        #expect(pool.recorder.events(.warning).count { $0.level == .warning } == 2)
        _ = await pool.stop()
    }

    @Test("goes on where pods cannot be read: no round fails for that", arguments: FailureReason.allCases)
    func unreadable(reason: FailureReason) async throws {
        // The end of the puller, and not an answer.
        guard reason != .cancelled else { return }
        vanish()
        clusters["jane"].set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .read { throw Failure(reason, "no pods") }
            }
        }
        let pool = try pool()
        pool.simulation.advance(by: .seconds(400))
        #expect(pool.recorder.events(.failed) == [])
        #expect(pool.recorder.events(.unready).first?.message == "0/3 nodes are ready")
        let unread = pool.recorder.events(.progress).filter { $0.reason == reason.rawValue }
        #expect(!unread.isEmpty && unread.allSatisfy { $0.level == .debug })
        #expect(unread.first?.message == "the pods could not be read: no pods")
        clusters["jane"].set { $0.imageFaults = [:] }
        #expect(pool.waitUntilReady(1, within: .seconds(2 * 3600)))
        _ = await pool.stop()
    }

    // MARK: Fleets

    @Test("says in one line that one vanished image keeps many clusters from being ready")
    func shared() async throws {
        let users = (1...50).map { "user-\($0)" }
        for (index, user) in users.enumerated() {
            clusters[user].set {
                $0.allowsReads = true
                $0.readyAfter = Array(repeating: .milliseconds(100), count: 1 + index % 5)
                if index < 15 { $0.imageFaults = [Self.image: Self.notFound] }
            }
        }
        let pool = try pool(users)
        pool.simulation.advance(by: .seconds(1800))
        let faults = pool.recorder.events(.fault)
        let began = try #require(faults.first)
        #expect(began.reason == "ImageFault")
        #expect(began.message.contains("image java (\(Self.image)): not found, on "))
        guard case .fault(let fault) = faults.last?.what else { return }
        #expect(fault.share.clusters == 15)
        #expect(pool.recorder.events(.unready).count { $0.level == .warning } < 10)
        _ = await pool.stop()
    }
}
