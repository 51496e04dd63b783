import TestSupport
import Testing

@testable import PullerCore

@Suite("A keeper steps back")
struct KeeperStepBackTests {
    /// An older DaemonSet beside a newer one as desired that was created for a given reason.
    private func bench(
        _ reason: String = "Drift",
        served: Int = 10,
        ready: Int = 0,
        _ changes: [String: String] = [:]
    ) throws -> KeeperBench {
        var bench = try KeeperBench(changes, nodes: 10)
        let isDrift = reason == "Drift"
        let old = isDrift ? try KeeperBench.other() : bench.desired
        bench.cluster.put(.primary, old, ready: served, age: isDrift ? 200 : 30 * 3600)
        let note = CreationNote(reason: reason, readyBefore: served, desiredBefore: 10, generation: 1)
        bench.cluster.put(.alternate, bench.desired, ready: ready, note: note, age: 0)
        return bench
    }

    private func stepBacks(_ bench: KeeperBench) -> [Keeper.StepBack] {
        bench.deletions.compactMap { if case .steppedBack(let why) = $0.doomed.why { why } else { nil } }
    }

    @Test("when the older one serves fewer nodes for a minute, although it desires as many")
    func harm() throws {
        var bench = try bench(ready: 3)
        bench.turn()
        bench.cluster.setReady(.primary, 9)
        bench.turn()
        bench.advance(by: .seconds(59))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        let outcome = bench.turn()
        #expect(stepBacks(bench) == [.harm])
        #expect(bench.names == "a")
        #expect(outcome?.standing?.outdated == .newConfiguration)
    }

    @Test("not when a pod of the older one restarts within the minute")
    func noHarm() throws {
        var bench = try bench(ready: 3)
        for _ in 0..<5 {
            bench.cluster.setReady(.primary, 9)
            bench.turn()
            bench.advance(by: .seconds(50))
            bench.cluster.setReady(.primary, 10)
            bench.turn()
            bench.advance(by: .seconds(50))
        }
        #expect(bench.names == "ab")
    }

    @Test("not when nodes of the older one go down or are removed")
    func nodesGo() throws {
        var bench = try bench(ready: 3)
        bench.turn()
        bench.cluster.down = [0, 1]
        bench.turn()
        bench.advance(by: .seconds(120))
        bench.turn()
        bench.cluster.nodes.remove(9)
        bench.cluster.schedule()
        bench.turn()
        bench.advance(by: .seconds(120))
        bench.turn()
        #expect(bench.names == "ab")
    }

    @Test("from a replacement that did harm, and retries at growing intervals, up to the refresh age")
    func growingDistance() throws {
        var bench = try KeeperBench(nodes: 10)
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 10)
        bench.whileWatching = { $0.schedule() }
        var tries: [Duration] = []
        while tries.count < 7, bench.now < .seconds(30 * 86400) {
            // While the other name is in use, the older one lacks a node.
            bench.cluster.setReady(.primary, bench.cluster.objects[.alternate] == nil ? 10 : 9)
            bench.turn()
            if bench.takeRequests().contains("POST b") { tries.append(bench.now) }
            bench.advance(by: .seconds(600))
        }
        let hours = zip(tries.dropFirst(), tries).map { Int((($0 - $1) / .seconds(3600)).rounded()) }
        #expect(hours == [1, 2, 4, 8, 16, 24])
        #expect(bench.deletions.allSatisfy { $0.doomed.slot == .alternate })
    }

    @Test("from a refresh that does not serve as many nodes after the rollout time")
    func refresh() throws {
        var bench = try bench(ReplaceReason.refreshName, ready: 9)
        bench.turn()
        bench.advance(by: .seconds(599))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        #expect(bench.turn()?.isReady == true)
        #expect(stepBacks(bench) == [.refresh])
        // It is retried, but not at once.
        bench.turn()
        bench.advance(by: .seconds(3500))
        bench.turn()
        #expect(bench.names == "a")
        bench.whileWatching = { $0.schedule() }
        bench.advance(by: .seconds(101))
        bench.turn()
        #expect(bench.names == "ab")
    }

    @Test("not from a refresh that lacks no more nodes than are allowed")
    func refreshWithin() throws {
        var bench = try bench(ReplaceReason.refreshName, ready: 9, ["ROLLOUT_MAX_UNAVAILABLE": "1"])
        bench.turn()
        bench.advance(by: .seconds(600))
        bench.turn()
        #expect(bench.names == "b")
        #expect(stepBacks(bench) == [])
    }

    @Test("from a replacement for ill health that is no better after the rollout time, once per episode")
    func noBetter() throws {
        var bench = try KeeperBench(nodes: 10)
        bench.cluster.put(.primary, bench.desired, ready: 3)
        bench.cluster.broken = Set(3..<10)
        for _ in 0..<40 {
            bench.turn()
            bench.advance(by: .seconds(600))
        }
        #expect(stepBacks(bench) == [.noBetter])
        #expect(bench.requests.count { $0 == "POST b" } == 1)
        #expect(bench.names == "a")
        // A new episode has a replacement of its own.
        bench.cluster.setReady(.primary, 10)
        bench.turn()
        bench.cluster.setReady(.primary, 3)
        for _ in 0..<10 {
            bench.turn()
            bench.advance(by: .seconds(600))
        }
        #expect(bench.requests.count { $0 == "POST b" } == 2)
    }

    @Test("not from a replacement for ill health that serves more nodes")
    func better() throws {
        var bench = try bench(ReplaceReason.unhealthyName, served: 3, ready: 4)
        bench.turn()
        bench.advance(by: .seconds(600))
        bench.turn()
        #expect(stepBacks(bench) == [])
        #expect(bench.names == "b")
    }

    @Test("not from a new configuration that never serves enough nodes: both stay, and both are reported")
    func configuration() throws {
        var bench = try bench(ready: 2)
        for _ in 0..<50 {
            let standing = bench.turn()?.standing
            #expect(standing?.health == Health(.degraded, ready: 2, desired: 10))
            #expect(standing?.beside?.health == Health(.ready, ready: 10, desired: 10))
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == "ab")
        #expect(bench.turn()?.standing?.beside?.since == .seconds(50 * 3600))
    }

    @Test(
        "never to an older DaemonSet that is being deleted or serves no node",
        arguments: [true, false]
    )
    func nowhereToGo(isTerminating: Bool) throws {
        for reason in ["Drift", ReplaceReason.refreshName, ReplaceReason.unhealthyName] {
            var bench = try bench(reason, ready: 0)
            bench.turn()
            if isTerminating {
                bench.cluster.change(.primary) {
                    $0.isTerminating = true
                    $0.finalizers = ["example.com/hold"]
                }
                bench.cluster.setReady(.primary, 5)
            } else {
                bench.cluster.setReady(.primary, 0)
            }
            for _ in 0..<5 {
                bench.turn()
                bench.advance(by: .seconds(600))
            }
            #expect(stepBacks(bench) == [])
            #expect(bench.cluster.objects[.alternate] != nil)
        }
    }

    @Test("from a refresh, and still repairs an edit at once")
    func editAfterRefresh() throws {
        var bench = try bench(ReplaceReason.refreshName, ready: 9)
        bench.turn()
        bench.advance(by: .seconds(600))
        bench.turn()
        #expect(stepBacks(bench) == [.refresh])
        bench.cluster.edit(.primary)
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
    }
}
