import TestSupport
import Testing

@testable import PullerCore

/// The rows of the table in docs/architecture.md, "Two names".
@Suite("A keeper's decisions")
struct KeeperDecisionTests {
    @Test("if there is no DaemonSet, one is created under the first name")
    func none() throws {
        var bench = try KeeperBench()
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "a")
        #expect(bench.cluster.read(.primary)?.creationReason == nil)
    }

    @Test(
        "a DaemonSet that is as desired is kept, whether it is ready or not",
        arguments: Slot.allCases
    )
    func right(slot: Slot) throws {
        for ready in [3, 2] {
            var bench = try KeeperBench()
            bench.cluster.put(slot, bench.desired, ready: ready)
            for _ in 0..<3 { #expect(bench.turn()?.standing?.health.ready == ready) }
            #expect(bench.requests.allSatisfy { $0.hasPrefix("GET") })
        }
    }

    /// What makes a DaemonSet other than desired.
    private static let wrongs: [(String, @Sendable (inout KeeperBench) throws -> Void, String)] = [
        ("another configuration", { $0.cluster.put(.primary, try KeeperBench.other(), ready: 3) }, "Drift"),
        (
            "an edit",
            {
                $0.cluster.put(.primary, $0.desired, ready: 3)
                $0.cluster.edit(.primary)
            }, "Drift"
        ),
        ("its age", { $0.cluster.put(.primary, $0.desired, ready: 3, age: 27 * 3600) }, "Refresh"),
        (
            "a client that deletes it",
            {
                $0.cluster.put(.primary, $0.desired, ready: 3) {
                    $0.isTerminating = true
                    $0.finalizers = ["example.com/hold"]
                }
            }, "Terminating"
        ),
        (
            "a Go puller",
            {
                $0.cluster.put(.primary, $0.desired, ready: 3) {
                    $0.labels = [:]
                    $0.annotations = [:]
                    $0.selector = [MetadataKey.goPuller: "daemonset-test"]
                }
            }, "GoPuller"
        ),
    ]

    @Test(
        "if a DaemonSet is not as desired, a replacement is created beside it under the other name",
        arguments: wrongs.indices
    )
    func wrong(row: Int) throws {
        let (_, prepare, reason) = Self.wrongs[row]
        var bench = try KeeperBench()
        try prepare(&bench)
        // Nothing becomes ready: both stay.
        bench.whileWatching = { $0.schedule() }
        #expect(bench.turn()?.isUnready == true)
        #expect(bench.takeRequests().prefix(3) == ["GET a", "GET b", "POST b"])
        #expect(bench.names == "ab")
        let new = try #require(bench.cluster.read(.alternate))
        #expect(new.creationReason == reason)
        #expect(new.annotations[MetadataKey.readyBefore] == "3/3")
        #expect(new.replacements == 1)
        #expect(bench.deletions.isEmpty)
    }

    @Test("if a DaemonSet is unhealthy for a whole interval, one replacement is created beside it")
    func ill() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 1)
        bench.cluster.broken = [1, 2]
        bench.turn()
        bench.advance(by: .seconds(1800))
        bench.turn()
        #expect(bench.names == "a")
        bench.advance(by: .seconds(1800))
        bench.turn()
        #expect(bench.names == "ab")
        #expect(bench.cluster.read(.alternate)?.creationReason == ReplaceReason.unhealthyName)
    }

    @Test("if there are two DaemonSets, neither age nor ill health causes a replacement")
    func twoStartNothing() throws {
        var bench = try KeeperBench(["ROLLOUT_OVERLAP": "until-ready"])
        let other = try KeeperBench.other()
        bench.cluster.put(.primary, other, ready: 3, age: 90 * 3600)
        bench.cluster.put(.alternate, bench.desired, ready: 1, age: 80 * 3600)
        for _ in 0..<8 {
            bench.turn()
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == "ab")
        #expect(bench.requests.allSatisfy { $0.hasPrefix("GET") })
    }

    @Test(
        "if neither is as desired, the one that serves fewer nodes is deleted, and its name is created again",
        arguments: [0, 1]
    )
    func bothWrong(better: Int) throws {
        var bench = try KeeperBench()
        let ready = better == 0 ? [3, 1] : [1, 3]
        bench.cluster.put(.primary, try KeeperBench.other(), ready: ready[0], age: 200)
        bench.cluster.put(.alternate, try KeeperBench.other(["IMAGES": "a=b"]), ready: ready[1], age: 100)
        bench.whileWatching = { $0.schedule() }
        bench.turn()
        let worse: Slot = better == 0 ? .alternate : .primary
        #expect(bench.deletions.map(\.doomed.slot) == [worse])
        #expect(bench.cluster.read(worse)?.annotations[MetadataKey.specHash] == bench.desired.specHash)
        #expect(bench.names == "ab")
    }

    @Test("if neither is as desired and both serve as many nodes, the newer one is deleted")
    func bothWrongTie() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.alternate, try KeeperBench.other(), ready: 2, age: 200)
        bench.cluster.put(.primary, try KeeperBench.other(["IMAGES": "a=b"]), ready: 2, age: 100)
        bench.whileWatching = { $0.schedule() }
        bench.turn()
        #expect(bench.deletions.map(\.doomed.slot) == [.primary])
    }

    @Test("if neither is as desired, the other one is not deleted because one is being deleted")
    func bothWrongTerminating() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3, age: 200) {
            $0.isTerminating = true
            $0.finalizers = ["example.com/hold"]
        }
        bench.cluster.put(.alternate, try KeeperBench.other(["IMAGES": "a=b"]), ready: 1, age: 100)
        let failure = bench.turn()?.failure
        #expect(failure?.reason == .terminating)
        #expect(failure?.message.contains("example.com/hold") == true)
        #expect(bench.deletions.isEmpty)
    }

    @Test(
        "if only the older one is as desired, the newer one is deleted when the older one serves as many nodes"
    )
    func olderRight() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 3, age: 200)
        bench.cluster.put(.alternate, try KeeperBench.other(), ready: 3, age: 100)
        bench.turn()
        #expect(bench.names == "ab")
        // The second check is the first of the other name. Another puller may have created what it shows.
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(20))
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "a")
    }

    @Test("if the older one is as desired and serves fewer nodes than the newer one, both stay")
    func olderRightButWorse() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.alternate, bench.desired, ready: 1, age: 200)
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3, age: 100)
        for _ in 0..<5 {
            #expect(bench.turn()?.isUnready == true)
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == "ab")
        bench.cluster.setReady(.alternate, 3)
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
    }

    @Test("if the older one is as desired, its progress counts, not that of the newer one")
    func olderRightProgress() throws {
        var bench = try KeeperBench(["ROLLOUT_MAX_UNAVAILABLE": "2", "IMAGE_REFRESH_HOURS": "0"])
        bench.cluster.put(.alternate, bench.desired, ready: 0, age: 200)
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3, age: 100)
        bench.turn()
        bench.advance(by: .seconds(599))
        bench.cluster.setReady(.alternate, 1)
        bench.turn()
        bench.advance(by: .seconds(599))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("the newer of two is determined by creation time, then by the replacement count, then by the uid")
    func newer() throws {
        let desired = try KeeperBench.settings().desired
        let old = Observed.right(desired, .primary)
        func isNewer(_ change: (inout ObservedDaemonSet) -> Void) -> Bool {
            let other = Observed.right(desired, .alternate, change)
            #expect(other.isNewer(than: old) != old.isNewer(than: other))
            return other.isNewer(than: old)
        }
        #expect(isNewer { $0.created = Timestamp(seconds: 1_800_000_001) })
        #expect(
            !isNewer {
                $0.created = Timestamp(seconds: 1_799_999_999)
                $0.annotations[MetadataKey.generation] = "9"
            }
        )
        #expect(isNewer { $0.annotations[MetadataKey.generation] = "1" })
        #expect(isNewer { _ in })
        #expect(!isNewer { $0.uid = "uid-0" })
    }

    @Test("after a deletion, the survivor is read, and created if it is gone")
    func survivor() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3, age: 200)
        bench.cluster.put(.alternate, bench.desired, ready: 3, age: 100)
        bench.meanwhile = { cluster throws(KeeperBench.Crash) in
            if cluster.objects[.primary] == nil, cluster.objects[.alternate]?.metadata.uid == "uid-2" {
                cluster.objects[.alternate] = nil
            }
        }
        #expect(bench.turn()?.isReady == true)
        #expect(bench.requests == ["GET a", "GET b", "DELETE a", "GET b", "POST a", "WATCH a"])
        #expect(bench.names == "a")
    }

    @Test("an object that has changed since it was read is not deleted, and both are read again")
    func changed() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 2, age: 200)
        bench.cluster.put(.alternate, bench.desired, ready: 3, age: 100)
        bench.cluster.broken = []
        bench.cluster.setReady(.alternate, 3)
        bench.fault = { _ in nil }
        var steps = 0
        bench.meanwhile = { cluster throws(KeeperBench.Crash) in
            steps += 1
            if steps == 3 { cluster.setReady(.primary, 3) }
        }
        #expect(bench.turn()?.isReady == true)
        #expect(bench.requests == ["GET a", "GET b", "DELETE a", "GET b", "GET a", "DELETE a", "GET b"])
    }

    @Test("a finalizer that holds the older one is named, and the deletion is requested once a round")
    func finalizers() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3, age: 200) {
            $0.finalizers = ["example.com/hold"]
        }
        let standing = bench.turn()?.standing
        #expect(standing?.beside?.finalizers == ["example.com/hold"])
        #expect(standing?.isReady == true)
        #expect(bench.requests.count { $0.hasPrefix("DELETE") } == 1)
        for _ in 0..<3 {
            #expect(bench.turn()?.standing?.beside?.finalizers == ["example.com/hold"])
        }
        #expect(bench.requests.count { $0.hasPrefix("DELETE") } == 1)
        bench.cluster.objects[.primary] = nil
        #expect(bench.turn()?.standing?.beside == nil)
        #expect(bench.names == "b")
    }

    @Test("a creation that is refused leaves the existing one alone")
    func refusedCreation() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        bench.fault = { $0 == "POST b" ? .refused(Failure(.forbidden, "exceeded quota")) : nil }
        for _ in 0..<3 { #expect(bench.turn()?.failure?.reason == .forbidden) }
        #expect(bench.names == "a")
        #expect(bench.deletions.isEmpty)
    }

    @Test("a creation whose answer was lost is found, and not sent again")
    func lostCreation() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        bench.fault = { $0 == "POST b" ? .lost : nil }
        #expect(bench.turn()?.failure?.reason == .timeout)
        bench.fault = { _ in nil }
        bench.cluster.schedule()
        #expect(bench.turn()?.isUnready == true)
        #expect(bench.names == "ab")
        bench.cluster.pull()
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
        #expect(bench.requests.count { $0 == "POST b" } == 1)
    }

    @Test(
        "a process that ends at any point leaves one DaemonSet or two, and the next process continues",
        arguments: 1...7
    )
    func crash(step: Int) throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        var steps = 0
        bench.meanwhile = { _ throws(KeeperBench.Crash) in
            steps += 1
            if steps == step { throw KeeperBench.Crash() }
        }
        bench.turn()
        #expect((1...2).contains(bench.cluster.objects.count))
        bench.meanwhile = { _ in }
        try bench.restart()
        for _ in 0..<3 {
            bench.cluster.schedule()
            bench.cluster.pull()
            bench.turn()
        }
        #expect(bench.names == "b")
        #expect(bench.turn()?.isReady == true)
    }
}
