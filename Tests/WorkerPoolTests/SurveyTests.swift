import KubernetesAPI
import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A pool of one cluster that is asked about itself")
struct SurveyTests {
    private let clusters: PoolHarness.Clusters
    private let recorder = EventRecorder()
    private var cluster: InMemoryCluster { clusters[""] }

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    /// Runs a pool for a time, and returns what it wants then.
    private func run(_ changes: [String: String], for time: Duration = .seconds(30)) throws -> CurrentCache {
        let configuration = try Configuration.sample(["START_SPREAD_SECONDS": "0"].merging(changes) { $1 })
        let clusters = clusters
        let simulation = clusters.simulation
        let clock = simulation.clock
        let survey = Survey(configuration)
        let cache = CurrentCache(configuration.daemonSet, survey.facts, schedule: configuration.schedule)
        let journal = PoolJournal(clock: clock, log: recorder.record)
        let supervisor = Supervisor(
            context: PoolContext(
                cache: cache,
                schedule: configuration.schedule,
                survey: survey,
                clock: clock,
                wallTime: { Timestamp(seconds: 1_800_000_000 + Int(clock.now().components.seconds)) },
                random: seededRandom(1),
                report: journal.report,
                makeAPI: { _ in clusters[""] }
            ),
            exit: configuration.exit,
            journal: journal
        )
        let (stream, feed) = AsyncStream.makeStream(of: String.self)
        let isOver = SharedFlag()
        _ = simulation.start {
            _ = await supervisor.run(until: stream)
            isOver.set()
        }
        simulation.advance(by: time)
        feed.finish()
        #expect(simulation.advance(upTo: .seconds(60)) { isOver.isSet })
        return cache
    }

    private static let restricted = ["POD_SECURITY": "restricted", "KIP_IMAGE": "kip:1"]
    private static let owned = ["DEPLOYMENT_NAME": "kip"]

    @Test("sends not one request more without these settings")
    func nothing() throws {
        _ = try run([:])
        #expect(cluster.counts[.read] == nil)
        #expect(cluster.daemonSet != nil)
        #expect(recorder.events(.surveyed) == [])
    }

    @Test("renders its pods for the platform that it is, and for the owner that it has")
    func learns() throws {
        cluster.set {
            $0.allowsReads = true
            $0.deployments = ["kip": "u-7"]
            $0.discovery = .openShift(group: "route.openshift.io")
        }
        let cache = try run(Self.restricted.merging(Self.owned) { $1 })
        // The owner is confirmed before the creation.
        #expect(cluster.counts[.read] == 3)
        let manifest = cache.settings.cache.prettyJSON()
        #expect(manifest.contains(#""uid": "u-7""#))
        #expect(!manifest.contains("runAsUser"))
        #expect(cluster.counts[.create] == 1)
        #expect(recorder.events(.surveyed).count == 2)
        #expect(recorder.events(.warning) == [])
    }

    @Test("decides nothing while it does not answer, and then asks only what is still open")
    func waits() throws {
        cluster.set {
            $0.allowsReads = true
            $0.deployments = ["kip": "u-7"]
            $0.discovery = .kubernetes
            $0.fault = { (verb, number) throws(Failure) in
                // The first answer is there, and the second is not to be had twice.
                if verb == .read, [2, 3].contains(number) { throw Failure(.serverError, "503") }
            }
        }
        let cache = try run(Self.restricted.merging(Self.owned) { $1 }, for: .seconds(300))
        #expect(cluster.counts[.read] == 5)
        #expect(recorder.events(.failed).map(\.reason) == ["ServerError", "ServerError"])
        let kinds = recorder.events.map(\.kind).filter { [.surveyed, .failed, .created].contains($0) }
        #expect(kinds == [.surveyed, .failed, .failed, .surveyed, .created])
        #expect(cache.settings.cache.prettyJSON().contains("runAsUser"))
        #expect(cluster.counts[.create] == 1)
    }

    @Test("goes on without an owner that it may not read or that is not there, and says so once")
    func unowned() throws {
        _ = try run(Self.owned, for: .seconds(8000))
        let warnings = recorder.events(.warning)
        #expect(warnings.map(\.reason) == ["Owner"])
        #expect(warnings.first?.message.contains("cannot be read: 403 on get deployments") == true)
        #expect(cluster.counts[.read] == 1)
        #expect(cluster.daemonSet != nil)
    }

    @Test("replaces nothing because it learns who the owner is")
    func adopts() throws {
        _ = try run([:])
        let before = cluster.daemonSet?.uid
        cluster.set {
            $0.allowsReads = true
            $0.deployments = ["kip": "u-7"]
        }
        _ = try run(Self.owned)
        #expect(cluster.daemonSet?.uid == before)
        #expect(cluster.daemonSets.count == 1)
        #expect(recorder.events(.adopted).count == 1)
    }

    @Test("goes on where the answer about the owner makes no sense")
    func nonsense() throws {
        cluster.set {
            $0.fault = { (verb, _) throws(Failure) in
                if verb == .read { throw Failure(.malformedResponse, "a page") }
            }
        }
        _ = try run(Self.owned)
        #expect(recorder.events(.warning).map(\.reason) == ["Owner"])
        #expect(cluster.daemonSet != nil)
    }

    @Test("creates nothing for an owner that is gone, and goes on for one that has come in its place")
    func ownerGoes() throws {
        cluster.set {
            $0.allowsReads = true
            $0.deployments = ["kip": "u-7"]
            $0.fault = { [cluster] (verb, number) throws(Failure) in
                if verb == .read, number == 2 { cluster.set { $0.deployments = [:] } }
                if verb == .read, number == 4 { cluster.set { $0.deployments = ["kip": "u-8"] } }
            }
        }
        let cache = try run(Self.owned, for: .seconds(300))
        #expect(recorder.events(.failed).map(\.reason) == ["Conflict", "Conflict"])
        #expect(
            recorder.events(.failed).first?.message.contains("which owns the DaemonSets, is gone") == true
        )
        #expect(cluster.counts[.create] == 1)
        #expect(cache.settings.cache.prettyJSON().contains("u-8"))
    }
}
