import TestSupport
import Testing

@testable import PullerCore

@Suite("A keeper's requests")
struct KeeperRequestTests {
    @Test("of a first start are two reads, a creation and a watch")
    func firstStart() throws {
        var bench = try KeeperBench()
        #expect(bench.turn()?.isReady == true)
        #expect(bench.takeRequests() == ["GET a", "GET b", "POST a", "WATCH a"])
    }

    @Test("are one at a restart, two at the second check, two at every 24th, and one at all others")
    func calm() throws {
        var bench = try KeeperBench(["IMAGE_REFRESH_HOURS": "0"])
        bench.cluster.put(.primary, bench.desired, ready: 3)
        var counts: [Int] = []
        for _ in 0..<50 {
            #expect(bench.turn()?.isReady == true)
            counts.append(bench.takeRequests().count)
            bench.advance(by: .seconds(3600))
        }
        #expect(counts.prefix(3) == [1, 2, 1])
        #expect(counts.indices.filter { counts[$0] == 2 }.map { $0 + 1 } == [2, 24, 48])
        #expect(counts.reduce(0, +) == 53)
    }

    @Test(
        "of a replacement are six: two reads, a creation, a watch, a deletion, and a read of the one that stays"
    )
    func replacement() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        #expect(bench.turn()?.isReady == true)
        #expect(bench.takeRequests() == ["GET a", "GET b", "POST b", "WATCH b", "DELETE a", "GET b"])
        // The next one goes back to the first name.
        try bench.restart(["IMAGES": "java=third:1"])
        bench.advance(by: .seconds(60))
        #expect(bench.turn()?.isReady == true)
        #expect(bench.takeRequests() == ["GET a", "GET b", "POST a", "WATCH a", "DELETE b", "GET a"])
    }

    @Test("read first the name that was last as desired")
    func order() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.alternate, bench.desired, ready: 3)
        bench.turn()
        #expect(bench.takeRequests() == ["GET a", "GET b"])
        // Both were read, so the second check is like all others.
        bench.turn()
        #expect(bench.takeRequests() == ["GET b"])
    }

    @Test("begin with the creation after a wait for a slot, if nothing existed before")
    func afterWaiting() throws {
        var bench = try KeeperBench()
        #expect(bench.turn(from: Round(absent: [.primary, .alternate]))?.isReady == true)
        #expect(bench.takeRequests() == ["POST a", "WATCH a"])
    }

    @Test("read again after a wait for a slot, if another client was faster")
    func overtaken() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 3)
        #expect(bench.turn(from: Round(absent: [.primary, .alternate]))?.isReady == true)
        #expect(bench.takeRequests() == ["POST a", "GET a"])
        #expect(bench.cluster.objects.count == 1)
    }

    @Test("are limited: a cluster that answers differently each time ends the turn")
    func bounded() throws {
        var bench = try KeeperBench(["ROLLOUT_TIMEOUT_SECONDS": "86400"])
        // The rollout makes progress for ever, and never completes.
        var isReady = false
        bench.whileWatching = { cluster in
            isReady.toggle()
            cluster.schedule()
            cluster.setReady(.primary, isReady ? 1 : 2)
        }
        let outcome = bench.turn()
        #expect(outcome?.failure?.reason == .conflict)
        #expect(bench.steps <= 501)
    }

    @Test("are remembered if they were not answered, until the name is read again")
    func openCreation() throws {
        var bench = try KeeperBench()
        bench.fault = { $0 == "POST a" ? .lost : nil }
        #expect(bench.turn()?.failure?.reason == .timeout)
        #expect(bench.keeper.openCreations == [.primary])
        bench.fault = { _ in nil }
        bench.turn()
        #expect(bench.keeper.openCreations.isEmpty)
        #expect(bench.cluster.objects.count == 1)
        bench.fault = { $0 == "POST a" ? .refused(Failure(.forbidden, "quota")) : nil }
        bench.cluster.objects = [:]
        bench.turn()
        #expect(bench.keeper.openCreations.isEmpty)
    }
}
