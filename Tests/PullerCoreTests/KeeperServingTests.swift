import TestSupport
import Testing

@testable import PullerCore

/// When the older of two may go: see "Serving" in docs/architecture.md.
@Suite("The older of two DaemonSets is deleted")
struct KeeperServingTests {
    /// An older one of another configuration beside the right one, which is ready on no node yet.
    private func bench(
        _ changes: [String: String] = [:],
        nodes: Int = 10,
        served: Int,
        ready: Int
    ) throws -> KeeperBench {
        let noRefresh = ["IMAGE_REFRESH_HOURS": "0"]
        var bench = try KeeperBench(changes.merging(noRefresh) { $1 }, nodes: nodes)
        bench.cluster.put(.primary, try KeeperBench.other(), ready: served, age: 200)
        bench.cluster.put(.alternate, bench.desired, ready: ready, age: 100)
        return bench
    }

    @Test("when all nodes of the newer one are ready, and at least as many as the older one serves")
    func allReady() throws {
        var bench = try bench(served: 10, ready: 9)
        #expect(bench.turn()?.isUnready == true)
        #expect(bench.names == "ab")
        bench.cluster.setReady(.alternate, 10)
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
    }

    @Test("not while the older one still serves more nodes, counting those that are down")
    func misscheduled() throws {
        var bench = try bench(served: 10, ready: 0)
        bench.cluster.down = [0, 1]
        bench.cluster.objects[.alternate]?.pods = [:]
        for node in 2..<10 { bench.cluster.objects[.alternate]?.pods[node] = true }
        let outcome = bench.turn()
        #expect(outcome?.standing?.health == Health(.ready, ready: 8, desired: 8))
        #expect(bench.names == "ab")
        // Nor after the rollout's time: what counts is how many nodes are served.
        bench.advance(by: .seconds(3600))
        bench.turn()
        #expect(bench.names == "ab")
    }

    @Test("when all nodes of the newer one have been ready for a full day, and not a moment earlier")
    func aDay() throws {
        var bench = try bench(served: 10, ready: 0)
        bench.cluster.down = [0]
        bench.cluster.objects[.alternate]?.pods = Dictionary(
            uniqueKeysWithValues: (1..<10).map { ($0, true) }
        )
        bench.turn()
        bench.advance(by: .seconds(24 * 3600 - 1))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
    }

    @Test("only a full day later, when one node of the newer one was not ready in between")
    func anotherDay() throws {
        var bench = try bench(served: 10, ready: 0)
        bench.cluster.down = [0]
        bench.cluster.objects[.alternate]?.pods = Dictionary(
            uniqueKeysWithValues: (1..<10).map { ($0, true) }
        )
        bench.turn()
        bench.advance(by: .seconds(12 * 3600))
        bench.cluster.objects[.alternate]?.pods[5] = false
        bench.turn()
        bench.cluster.objects[.alternate]?.pods[5] = true
        bench.turn()
        bench.advance(by: .seconds(23 * 3600))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(3600))
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("when the newer one is ready on all of its nodes, which are fewer because fewer are desired now")
    func placement() throws {
        var bench = try KeeperBench(["NODE_SELECTOR": #"{"disktype":"ssd"}"#], nodes: 10)
        bench.cluster.placements[bench.desired.placementHash] = [0, 1]
        bench.cluster.put(.primary, try KeeperBench.settings().desired, ready: 10, age: 200)
        bench.whileWatching = { $0.schedule() }
        bench.turn()
        #expect(bench.names == "ab")
        bench.cluster.pull()
        #expect(bench.turn()?.standing?.health == Health(.ready, ready: 2, desired: 2))
        #expect(bench.names == "b")
    }

    @Test("not because a webhook dropped the placement of one of them")
    func placementUnknown() throws {
        for slot in Slot.allCases {
            var bench = try bench(served: 10, ready: 0)
            bench.cluster.change(slot) { $0.annotations = [:] }
            bench.cluster.down = [0]
            bench.cluster.objects[.alternate]?.pods = Dictionary(
                uniqueKeysWithValues: (1..<10).map { ($0, true) }
            )
            bench.turn()
            #expect(bench.names == "ab")
        }
    }

    @Test("never when no node is desired any more")
    func placementNowhere() throws {
        var bench = try KeeperBench(["NODE_SELECTOR": #"{"disktype":"none"}"#], nodes: 10)
        bench.cluster.placements[bench.desired.placementHash] = []
        bench.cluster.put(.primary, try KeeperBench.settings().desired, ready: 10, age: 200)
        for _ in 0..<60 {
            bench.turn()
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == "ab")
    }

    @Test(
        "after the rollout time without progress, when the newer one lacks no more nodes than allowed",
        arguments: [
            ("0", 10, 9, false), ("0", 9, 9, true), ("1", 10, 9, true), ("1", 10, 8, false),
            ("10%", 10, 9, true),
            ("10%", 10, 8, false), ("10%", 9, 8, false), ("100%", 10, 1, true), ("100%", 10, 0, false),
            ("3", 3, 0, false), ("0", 0, 0, true),
        ]
    )
    func standstill(allowed: String, served: Int, ready: Int, goes: Bool) throws {
        var bench = try bench(["ROLLOUT_MAX_UNAVAILABLE": allowed], served: served, ready: ready)
        bench.turn()
        bench.advance(by: .seconds(599))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        bench.turn()
        #expect(bench.names == (goes ? "b" : "ab"))
    }

    @Test("later, if one more node has become ready meanwhile")
    func progress() throws {
        var bench = try bench(["ROLLOUT_MAX_UNAVAILABLE": "50%"], served: 10, ready: 7)
        bench.turn()
        bench.advance(by: .seconds(500))
        bench.cluster.setReady(.alternate, 8)
        bench.turn()
        bench.advance(by: .seconds(500))
        // A node that comes back is not progress.
        bench.cluster.setReady(.alternate, 7)
        bench.turn()
        bench.cluster.setReady(.alternate, 8)
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(100))
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("later, when the progress was seen in a round that failed")
    func progressInFailedRound() throws {
        var bench = try bench(["ROLLOUT_MAX_UNAVAILABLE": "50%"], served: 10, ready: 7)
        bench.turn()
        bench.advance(by: .seconds(500))
        bench.cluster.setReady(.alternate, 8)
        bench.fault = { $0 == "GET a" ? .lost : nil }
        #expect(bench.turn()?.failure != nil)
        bench.fault = { _ in nil }
        bench.advance(by: .seconds(500))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(100))
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test(
        "after the rollout time if it serves no node; not before, and not if it serves one"
    )
    func olderServesNothing() throws {
        var bench = try bench(served: 1, ready: 0)
        bench.turn()
        bench.advance(by: .seconds(601))
        bench.turn()
        #expect(bench.names == "ab")
        // For a moment only, it does not count.
        bench.cluster.setReady(.primary, 0)
        bench.turn()
        bench.advance(by: .seconds(599))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("not while the newer one's status is of another generation, or its pods have not been created")
    func notCurrent() throws {
        var bench = try bench(["ROLLOUT_OVERLAP": "0s"], served: 10, ready: 10)
        bench.cluster.change(.alternate) { $0.status.observedGeneration = 0 }
        bench.turn()
        #expect(bench.names == "ab")
        bench.cluster.change(.alternate) { $0.status.observedGeneration = 1 }
        bench.cluster.objects[.alternate]?.pods[9] = nil
        bench.turn()
        #expect(bench.names == "ab")
        bench.cluster.objects[.alternate]?.pods[9] = false
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("never when the newer one is being deleted")
    func newerTerminating() throws {
        var bench = try bench(["ROLLOUT_OVERLAP": "0s"], served: 1, ready: 10)
        bench.cluster.change(.alternate) {
            $0.isTerminating = true
            $0.finalizers = ["example.com/hold"]
        }
        for _ in 0..<5 {
            bench.turn()
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.deletions.isEmpty)
    }

    @Test(
        "after ROLLOUT_OVERLAP at the latest, as soon as the newer one's pods have been created",
        arguments: [("0s", 0), ("90s", 90), ("1h30m", 5400)]
    )
    func overlap(text: String, seconds: Int) throws {
        var bench = try bench(["ROLLOUT_OVERLAP": text], served: 10, ready: 0)
        if seconds > 0 {
            bench.turn()
            bench.advance(by: .seconds(seconds - 1))
            bench.turn()
            #expect(bench.names == "ab")
            bench.advance(by: .seconds(1))
        }
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("within the same turn with ROLLOUT_OVERLAP=0s, for nodes without room for both")
    func noRoom() throws {
        var bench = try KeeperBench(["ROLLOUT_OVERLAP": "0s"])
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        bench.whileWatching = { cluster in
            cluster.schedule()
            if cluster.objects[.primary] == nil { cluster.pull() }
        }
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
    }

    @Test("when neither desires any node")
    func noNodes() throws {
        var bench = try bench(nodes: 0, served: 0, ready: 0)
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("at a check that is scheduled for the moment when a rule about time takes effect")
    func nextDecision() throws {
        var bench = try bench(["ROLLOUT_OVERLAP": "90s"], served: 10, ready: 0)
        bench.turn()
        #expect(bench.keeper.nextDecision(after: bench.now, bench.settings) == .seconds(90))
        bench = try self.bench(served: 10, ready: 0)
        bench.turn()
        #expect(
            bench.keeper.nextDecision(after: bench.now, bench.settings).map { $0 <= .seconds(600) } == true
        )
    }
}
