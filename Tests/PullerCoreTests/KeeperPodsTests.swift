import TestSupport
import Testing

@testable import PullerCore

@Suite("A keeper that may read pods")
struct KeeperPodsTests {
    /// A DaemonSet with one ready node of three.
    private func bench(_ pods: ((ObservedDaemonSet) -> PodReport?)?, ready: Int = 1) throws -> KeeperBench {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: ready)
        bench.cluster.broken = Set(ready..<3)
        bench.pods = pods
        return bench
    }

    private static func image(_ name: String = "bad") -> PodImages.Image {
        PodImages.Image(name: name, reference: "quay.io/x/\(name):1")
    }

    /// A report on three nodes, on some of which an image fails.
    private static func report(
        _ count: Int,
        _ cause: String = "not found",
        reason: String = "ErrImagePull"
    ) -> PodReport {
        var report = PodReport()
        report.nodes = 3
        report.troubled = count
        report.lasting = count
        report.problems = [
            PodReport.Problem(image: image(), reason: reason, cause: cause, fault: .image, nodes: count)
        ]
        return report
    }

    private static let backOff = report(
        2,
        ContainerTrouble.bareBackOff,
        reason: "ImagePullBackOff"
    )

    // MARK: When

    @Test("reads them once in each turn in which nodes are missing, and reports them")
    func once() throws {
        var bench = try bench { _ in Self.report(2) }
        let outcome = bench.turn()
        #expect(bench.requests == ["GET a", "PODS a"])
        #expect(outcome?.standing?.pods?.text() == "image bad (quay.io/x/bad:1): not found, on 2 of 3 nodes")
        for _ in 0..<3 {
            bench.turn()
            #expect(bench.podReads == 1)
        }
    }

    @Test(
        "does not read them where all nodes are ready, none is meant, no pod exists or there is no status yet"
    )
    func notNeeded() throws {
        var bench = try bench({ _ in Self.report(2) }, ready: 3)
        for _ in 0..<3 { #expect(bench.turn()?.standing?.pods == nil) }
        bench.cluster.objects[.primary]?.pods = [:]
        #expect(bench.turn()?.standing?.health.condition == .podsRefused)
        bench.cluster.nodes = []
        #expect(bench.turn()?.standing?.health.condition == .noNodes)
        bench.cluster.objects[.primary]?.metadata.status.observedGeneration = 0
        #expect(bench.turn()?.standing?.health.condition == .pending)
        #expect(!bench.requests.contains { $0.hasPrefix("PODS") })
    }

    @Test("reads them at the end of a rollout that is not complete, and not before")
    func afterRollout() throws {
        var bench = try KeeperBench()
        bench.cluster.broken = [2]
        bench.pods = { _ in Self.report(1) }
        let outcome = bench.turn()
        #expect(outcome?.standing?.pods?.lasting == 1)
        #expect(bench.requests.last == "PODS a")
        #expect(bench.podReads == 1)
    }

    @Test("sends the same requests as another one until nodes are missing")
    func sameRequests() throws {
        var with = try KeeperBench()
        var without = try KeeperBench()
        with.pods = { _ in nil }
        for _ in 0..<30 {
            with.turn()
            without.turn()
            with.advance(by: .seconds(3600))
            without.advance(by: .seconds(3600))
        }
        #expect(with.requests == without.requests)
    }

    // MARK: Ill health

    private func turns(_ bench: inout KeeperBench, _ count: Int) {
        for _ in 0..<count {
            bench.turn()
            bench.advance(by: .seconds(1800))
        }
    }

    @Test("does not replace a DaemonSet that would be healthy but for an image or a lack of room")
    func imageAtFault() throws {
        var bench = try bench { _ in Self.report(1) }
        turns(&bench, 20)
        #expect(bench.names == "a")
        #expect(!bench.requests.contains { $0.hasPrefix("POST") })
    }

    @Test("replaces one that would be ill all the same")
    func illAllTheSame() throws {
        var bench = try bench({ _ in Self.report(1) }, ready: 0)
        turns(&bench, 3)
        #expect(bench.names == "ab")
        #expect(bench.cluster.read(.alternate)?.creationReason == ReplaceReason.unhealthyName)
    }

    @Test("replaces one that is ill for a whole interval after its image was mended")
    func mended() throws {
        var bench = try bench { _ in Self.report(2) }
        turns(&bench, 10)
        bench.pods = { _ in PodReport() }
        turns(&bench, 2)
        #expect(bench.names == "a")
        turns(&bench, 1)
        #expect(bench.names == "ab")
    }

    @Test("goes by what it last knew while pods cannot be read, and by the status alone if it never could")
    func unreadable() throws {
        var bench = try bench { _ in Self.report(2) }
        bench.turn()
        bench.pods = { _ in nil }
        turns(&bench, 10)
        #expect(bench.names == "a")
        #expect(bench.requests.count { $0 == "PODS a" } == 11)
        var never = try self.bench { _ in nil }
        turns(&never, 3)
        #expect(never.names == "ab")
    }

    @Test("takes nodes that were not read for as troubled as the others")
    func incomplete() throws {
        var partial = Self.report(2)
        partial.isComplete = false
        #expect(partial.lasting(of: 9) == 6)
        #expect(Self.report(2).lasting(of: 9) == 2)
        var none = PodReport()
        none.isComplete = false
        #expect(none.lasting(of: 9) == 0)
    }

    @Test("has one replacement in an episode of ill health, even if an image was at fault in between")
    func episode() throws {
        var bench = try bench { _ in PodReport() }
        turns(&bench, 12)
        #expect(bench.requests.count { $0 == "POST b" } == 1)
        bench.pods = { _ in Self.report(2) }
        turns(&bench, 3)
        bench.pods = { _ in PodReport() }
        turns(&bench, 12)
        #expect(bench.requests.count { $0 == "POST b" } == 1)
    }

    // MARK: Two

    @Test("reads those of the newer of two, before it is deleted because a refresh did not serve in time")
    func stepBack() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 3, age: 30 * 3600)
        let note = CreationNote(reason: "Refresh", readyBefore: 3, desiredBefore: 3, generation: 1)
        bench.cluster.put(.alternate, bench.desired, ready: 1, note: note, age: 0)
        bench.cluster.broken = [1, 2]
        bench.pods = { $0.name.hasSuffix("-b") ? Self.report(2) : nil }
        bench.turn()
        #expect(bench.turn()?.standing?.pods?.lasting == 2)
        _ = bench.takeRequests()
        bench.advance(by: .seconds(1200))
        bench.turn()
        #expect(bench.requests.prefix(4) == ["GET b", "GET a", "PODS b", "DELETE b"])
        #expect(bench.names == "a")
    }

    // MARK: What is remembered

    @Test("knows the cause of a failed pull while the kubelet only says that it waits, until nodes are ready")
    func causes() throws {
        var bench = try bench { _ in Self.report(2) }
        bench.turn()
        bench.pods = { _ in Self.backOff }
        for _ in 0..<3 {
            #expect(bench.turn()?.standing?.pods?.problems.map(\.cause) == ["not found"])
        }
        bench.cluster.setReady(.primary, 3)
        bench.turn()
        #expect(bench.keeper.podNotes == Keeper.PodNotes())
        bench.cluster.setReady(.primary, 1)
        #expect(
            bench.turn()?.standing?.pods?.problems.map(\.cause) == [ContainerTrouble.bareBackOff]
        )
    }

    @Test("keeps little of a report, and passes on the problems that most nodes have")
    func bounded() throws {
        var long = Self.report(2)
        long.problems = (0..<PodReport.mostProblems).map {
            PodReport.Problem(
                image: Self.image("i\($0)"),
                reason: "ErrImagePull",
                cause: "not found",
                fault: .image,
                nodes: 100 - $0
            )
        }
        var bench = try bench { _ in long }
        let report = try #require(bench.turn()?.standing?.pods)
        #expect(report.problems.map(\.nodes) == Array(93...100).reversed())
        #expect(report.unlisted == PodReport.mostProblems - 8)
        #expect(bench.keeper.podNotes.causes.count == 8)
    }

    // MARK: Placements

    @Test("does not ask again for a day where the account may not read pods, for any placement")
    func notAllowed() throws {
        var bench = try CacheBench(["a:1", "b:1@gpu"], readsPods: true)
        bench.turn()
        bench.changeNodes { $0.broken = CacheBench.all }
        for id in bench.clusters.keys { bench.clusters[id]?.setReady(.primary, 1) }
        bench.fault = { $0.hasPrefix("PODS") ? .refused(Failure(.forbidden, "no")) : nil }
        _ = bench.takeRequests()
        for _ in 0..<23 {
            bench.turn()
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.takeRequests().count { $0.hasPrefix("PODS") } == 1)
        bench.advance(by: .seconds(3600))
        bench.turn()
        #expect(bench.takeRequests().count { $0.hasPrefix("PODS") } == 1)
    }

    @Test("reads those of each placement that lacks nodes, once in a turn")
    func placements() throws {
        var bench = try CacheBench(["a:1", "b:1@gpu"], readsPods: true)
        bench.changeNodes { $0.broken = [1] }
        bench.turn()
        bench.changeNodes { $0.broken = [1] }
        for id in bench.clusters.keys { bench.clusters[id]?.setReady(.primary, 1) }
        _ = bench.takeRequests()
        bench.turn()
        #expect(Set(bench.requests.filter { $0.hasPrefix("PODS") }).count == 2)
        #expect(bench.requests.count { $0.hasPrefix("PODS") } == 2)
    }
}
