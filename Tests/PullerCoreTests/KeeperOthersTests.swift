import TestSupport
import Testing

@testable import PullerCore

/// Other pullers, foreign, webhooks, and people who undo what the puller does.
@Suite("A keeper and other clients of the cluster")
struct KeeperOthersTests {
    private static let foreign: @Sendable (inout ObservedDaemonSet) -> Void = {
        $0.labels = ["app": "theirs"]
        $0.selector = ["app": "theirs"]
        $0.annotations = [:]
    }

    // MARK: Foreign DaemonSets

    @Test("a foreign DaemonSet under the first name is left alone, and nothing is created")
    func foreignUnderFirst() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 3, Self.foreign)
        for _ in 0..<3 { #expect(bench.turn()?.failure?.reason == .conflict) }
        #expect(bench.requests.allSatisfy { $0.hasPrefix("GET") })
    }

    @Test(
        "a foreign DaemonSet under the alternate name blocks only a replacement, and the failure says so"
    )
    func foreignUnderAlternate() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.alternate, bench.desired, ready: 3, Self.foreign)
        let standing = bench.turn()?.standing
        #expect(standing?.isReady == true)
        #expect(standing?.obstacle != nil)
        try bench.restart(["IMAGES": "java=next:1"])
        for _ in 0..<3 {
            let failure = bench.turn()?.failure
            #expect(failure?.reason == .conflict)
            #expect(failure?.message.contains("kubernetes-image-puller-b") == true)
        }
        #expect(bench.names == "ab")
        #expect(bench.deletions.isEmpty)
    }

    @Test(
        "an alternate name that may not be read blocks only a replacement, and the existing DaemonSet stays"
    )
    func forbiddenAlternate() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, bench.desired, ready: 3)
        bench.fault = { $0 == "GET b" ? .refused(Failure(.forbidden, "may not get name-b")) : nil }
        #expect(bench.turn()?.isReady == true)
        let second = bench.turn()
        #expect(second?.isReady == true)
        #expect(second?.standing?.obstacle?.contains("may not get name-b") == true)
        try bench.restart(["IMAGES": "java=next:1"])
        for _ in 0..<3 {
            let failure = bench.turn()?.failure
            #expect(failure?.reason == .forbidden)
            #expect(
                failure?.message.contains("the account needs get, create, delete and watch for the name")
                    == true
            )
        }
        #expect(bench.names == "a")
        #expect(bench.requests.allSatisfy { $0.hasPrefix("GET") })
    }

    @Test("an alternate name that may not be read does not keep the first DaemonSet from being created")
    func forbiddenAlternateAtTheStart() throws {
        var bench = try KeeperBench()
        bench.fault = { $0 == "GET b" ? .refused(Failure(.forbidden, "may not get name-b")) : nil }
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "a")
    }

    @Test("a read that fails for another reason ends the round, and changes nothing")
    func failedLook() throws {
        for reason in FailureReason.allCases {
            var bench = try KeeperBench()
            bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
            bench.fault = { $0 == "GET a" ? .refused(Failure(reason, "x")) : nil }
            #expect(bench.turn()?.failure?.reason == reason)
            #expect(bench.names == "a")
        }
    }

    // MARK: Another puller

    @Test(
        "a DaemonSet with another configuration that appears while this process runs is left alone for the rollout time"
    )
    func foreign() throws {
        var bench = try KeeperBench()
        bench.turn()
        bench.cluster.objects = [:]
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        #expect(bench.turn()?.standing?.outdated == .newConfiguration)
        bench.advance(by: .seconds(599))
        #expect(bench.turn()?.standing?.outdated == .newConfiguration)
        #expect(bench.names == "a")
        bench.advance(by: .seconds(1))
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
    }

    @Test(
        "the newer of two, if another puller created it while this process runs, is left alone for the rollout time"
    )
    func foreignBeside() throws {
        var bench = try KeeperBench()
        bench.turn()
        bench.cluster.put(.alternate, try KeeperBench.other(), ready: 3, age: 0)
        // The other name is read in the 24th round.
        for _ in 2...24 { bench.turn() }
        bench.advance(by: .seconds(599))
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(1))
        bench.turn()
        #expect(bench.names == "a")
    }

    /// Two DaemonSets, of which another puller may have created the newer one: before this process started, or while it runs.
    private func two(
        isOlderRight: Bool = true,
        _ allowed: String = "0",
        ready: Int,
        older: Int,
        appear: Bool = false
    ) throws -> KeeperBench {
        var bench = try KeeperBench(["IMAGE_REFRESH_HOURS": "0", "ROLLOUT_MAX_UNAVAILABLE": allowed])
        if appear {
            for _ in 1...2 { bench.turn() }
            bench.cluster.objects = [:]
        }
        let old = isOlderRight ? bench.desired : try KeeperBench.other(["IMAGES": "a=b"])
        bench.cluster.put(.primary, old, ready: older, age: 100)
        bench.cluster.put(.alternate, try KeeperBench.other(), ready: ready, age: 0)
        // The second round shows the other name, and then the 24th.
        for _ in appear ? 3...24 : 1...2 { bench.turn() }
        return bench
    }

    /// Checks that the newer of two stays for so many seconds, and no longer.
    private func expectStay(_ bench: inout KeeperBench, _ seconds: Int) {
        bench.advance(by: .seconds(seconds - 1))
        bench.turn()
        #expect(bench.deletions.isEmpty)
        #expect(bench.keeper.nextDecision(after: bench.now, bench.settings) == .seconds(1))
        bench.advance(by: .seconds(1))
        bench.turn()
        #expect(bench.deletions.first?.doomed.slot == .alternate)
    }

    @Test(
        "the newer of two that was there at the start stays for 20 seconds if another puller may delete the older one, and else goes at once",
        arguments: [true, false],
        [("0", 3, 3), ("0", 2, 3), ("0", 2, 2), ("1", 2, 3), ("0", 0, 3)]
    )
    func takeover(isOlderRight: Bool, row: (allowed: String, ready: Int, older: Int)) throws {
        var bench = try two(isOlderRight: isOlderRight, row.allowed, ready: row.ready, older: row.older)
        if row.ready == 3 {
            expectStay(&bench, 20)
        } else if isOlderRight, row.older < 3 {
            // The older one, which is as desired, has the rollout time to become complete.
            #expect(bench.deletions.isEmpty)
        } else {
            #expect(bench.deletions.first?.doomed.slot == .alternate)
        }
    }

    @Test(
        "the newer of two that appears stays for 20 seconds around the time when another puller may delete the older one after a standstill",
        arguments: [true, false],
        [("0", 2, 2), ("1", 2, 3)]
    )
    func takeoverAfterStandstill(isOlderRight: Bool, row: (allowed: String, ready: Int, older: Int)) throws {
        var bench = try two(
            isOlderRight: isOlderRight,
            row.allowed,
            ready: row.ready,
            older: row.older,
            appear: true
        )
        bench.advance(by: .seconds(590))
        bench.turn()
        expectStay(&bench, 20)
    }

    @Test("the newer of two that appears stays for 20 seconds from when it is complete")
    func takeoverWhenComplete() throws {
        var bench = try two(ready: 1, older: 3, appear: true)
        bench.advance(by: .seconds(595))
        bench.cluster.setReady(.alternate, 3)
        bench.turn()
        expectStay(&bench, 20)
    }

    @Test("the newer of two that appears stays for 20 seconds from when the node that it lacks is removed")
    func takeoverWithoutANode() throws {
        var bench = try two(ready: 2, older: 2, appear: true)
        bench.advance(by: .seconds(300))
        bench.turn()
        bench.cluster.nodes.remove(2)
        for slot in Slot.allCases { bench.cluster.setReady(slot, 2) }
        bench.advance(by: .seconds(295))
        bench.turn()
        expectStay(&bench, 20)
    }

    @Test("the newer of two stays for 20 seconds if it is complete on fewer nodes, where fewer are desired")
    func takeoverWithFewerNodes() throws {
        var bench = try KeeperBench(["IMAGE_REFRESH_HOURS": "0"])
        let narrow = try KeeperBench.other(["NODE_SELECTOR": #"{"disktype":"ssd"}"#])
        bench.cluster.placements[narrow.placementHash] = [0, 1]
        bench.cluster.put(.primary, bench.desired, ready: 3, age: 100)
        bench.cluster.put(.alternate, narrow, ready: 2, age: 0)
        bench.cluster.objects[.alternate]?.pods = [0: true, 1: true]
        for _ in 1...2 { bench.turn() }
        expectStay(&bench, 20)
    }

    @Test("the newer of two goes at once if this process created it, before something else was wanted")
    func wantedBefore() throws {
        let reverted = try KeeperBench.settings()
        var bench = try KeeperBench(["IMAGES": "java=other:1"])
        bench.cluster.put(.primary, reverted.desired, ready: 3, age: 200)
        bench.whileWatching = { $0.schedule() }
        bench.turn()
        #expect(bench.names == "ab")
        bench.cluster.setReady(.alternate, 3)
        bench.settings = Keeper.Settings(
            desired: reverted.desired,
            schedule: reverted.schedule,
            formerHashes: [bench.desired.specHash]
        )
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "a")
    }

    @Test(
        "a name is not used for five seconds after another client deleted its DaemonSet during the rollout, and at once after the rollout",
        arguments: [true, false]
    )
    func freedByOthers(isRollingOut: Bool) throws {
        var bench = try KeeperBench()
        if isRollingOut { bench.whileWatching = { $0.schedule() } }
        bench.turn()
        bench.cluster.objects = [:]
        bench.turn()
        #expect(bench.pauses == [nil, isRollingOut ? .seconds(5) : nil])
    }

    @Test("a DaemonSet with another configuration that existed at the start is replaced without waiting")
    func notForeign() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        bench.turn()
        #expect(bench.names == "b")
    }

    // MARK: A Go puller

    private func goPullers(_ bench: inout KeeperBench) {
        bench.cluster.put(.primary, bench.desired, ready: 3) {
            $0.labels = ["test": "daemonset-test"]
            $0.annotations = [:]
            $0.selector = [MetadataKey.goPuller: "daemonset-test"]
        }
    }

    @Test(
        "a Go puller's DaemonSet is taken over once, when its replacement serves; if it comes back, it is left alone"
    )
    func goPuller() throws {
        var bench = try KeeperBench()
        goPullers(&bench)
        #expect(bench.turn()?.isReady == true)
        #expect(bench.names == "b")
        goPullers(&bench)
        for _ in 0..<30 { #expect(bench.turn()?.isReady == true) }
        #expect(bench.names == "ab")
        #expect(bench.deletions.count == 1)
        #expect(bench.turn()?.standing?.health.ready == 3)
    }

    @Test("a Go puller's DaemonSet counts as taken over if the answer to its deletion was lost")
    func goPullerLost() throws {
        var bench = try KeeperBench()
        goPullers(&bench)
        bench.fault = { $0 == "DELETE a" ? .lost : nil }
        #expect(bench.turn()?.failure?.reason == .timeout)
        bench.fault = { _ in nil }
        goPullers(&bench)
        for _ in 0..<3 { bench.turn() }
        #expect(bench.names == "ab")
        #expect(bench.deletions.count == 1)
    }

    @Test("a refused deletion of a Go puller's DaemonSet is retried")
    func goPullerRefused() throws {
        var bench = try KeeperBench()
        goPullers(&bench)
        bench.fault = { $0 == "DELETE a" ? .refused(Failure(.forbidden, "x")) : nil }
        #expect(bench.turn()?.failure?.reason == .forbidden)
        bench.fault = { _ in nil }
        bench.turn()
        #expect(bench.names == "b")
    }

    @Test("a Go puller's DaemonSet that a finalizer held also counts as taken over")
    func goPullerHeld() throws {
        var bench = try KeeperBench()
        goPullers(&bench)
        bench.cluster.change(.primary) { $0.finalizers = ["example.com/hold"] }
        bench.turn()
        bench.cluster.objects[.primary] = nil
        goPullers(&bench)
        for _ in 0..<3 { bench.turn() }
        #expect(bench.deletions.count == 1)
    }

    // MARK: Webhooks

    private static let webhooks: [(String, @Sendable (inout ObservedDaemonSet) -> Void)] = [
        ("drops the annotations", { $0.annotations = [:] }),
        ("drops the hash's annotation", { $0.annotations[MetadataKey.specHash] = nil }),
        ("drops the hash's label", { $0.labels[MetadataKey.specHash] = nil }),
        ("replaces all labels", { $0.labels = ["owner": "another"] }),
        ("drops all labels", { $0.labels = [:] }),
        (
            "drops labels and annotations",
            {
                $0.labels = [:]
                $0.annotations = [:]
            }
        ),
    ]

    @Test("a webhook's changes to a new DaemonSet do not cause a replacement", arguments: webhooks.indices)
    func webhook(row: Int) throws {
        var bench = try KeeperBench(["IMAGE_REFRESH_HOURS": "0"])
        bench.cluster.webhook = Self.webhooks[row].1
        for _ in 0..<30 {
            #expect(bench.turn()?.isReady == true)
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.requests.count { $0.hasPrefix("POST") } == 1)
    }

    @Test(
        "a DaemonSet that a webhook changed is recognised after a restart as long as one hash is left",
        arguments: 0..<5
    )
    func webhookAndRestart(row: Int) throws {
        var bench = try KeeperBench(["IMAGE_REFRESH_HOURS": "0"])
        bench.cluster.webhook = Self.webhooks[row].1
        bench.turn()
        for _ in 0..<3 {
            try bench.restart()
            #expect(bench.turn()?.isReady == true)
            #expect(bench.turn()?.isReady == true)
        }
        #expect(bench.requests.count { $0.hasPrefix("POST") } == 1)
    }

    @Test("a webhook that drops every mark causes one replacement per start, and no more")
    func webhookWithoutHash() throws {
        var bench = try KeeperBench(["IMAGE_REFRESH_HOURS": "0"])
        bench.cluster.webhook = Self.webhooks[5].1
        bench.turn()
        try bench.restart()
        for _ in 0..<10 {
            #expect(bench.turn()?.isReady == true)
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.requests.count { $0.hasPrefix("POST") } == 2)
        #expect(bench.cluster.objects.count == 1)
    }

    @Test("after a step back, a webhook that drops every mark does not cause a replacement")
    func webhookAndStepBack() throws {
        var bench = try KeeperBench()
        bench.cluster.webhook = Self.webhooks[5].1
        bench.turn()
        bench.advance(by: .seconds(27 * 3600))
        bench.whileWatching = { $0.schedule() }
        bench.turn()
        #expect(bench.names == "ab")
        bench.advance(by: .seconds(61))
        bench.cluster.setReady(.primary, 2)
        bench.turn()
        bench.advance(by: .seconds(60))
        let standing = bench.turn()?.standing
        #expect(bench.names == "a")
        #expect(standing?.outdated == nil)
    }

    // MARK: Contest

    /// Rounds before each of which the work was undone.
    private func contest(_ undo: (inout KeeperBench) throws -> Void) throws -> [RoundOutcome?] {
        var bench = try KeeperBench()
        bench.turn()
        return try (0..<4).map { _ in
            bench.advance(by: .seconds(3600))
            try undo(&bench)
            return bench.turn()
        }
    }

    private static func edit(_ bench: inout KeeperBench) {
        for slot in Slot.allCases { bench.cluster.edit(slot) }
    }

    @Test("two repaired edits in a row are no contest, but three are")
    func edits() throws {
        let outcomes = try contest { Self.edit(&$0) }
        #expect(outcomes.map { $0?.isContested } == [false, false, true, true])
        #expect(outcomes.prefix(2).allSatisfy { $0?.isReady == true })
    }

    @Test("a round without interference ends a contest")
    func calmRound() throws {
        var round = 0
        let outcomes = try contest {
            round += 1
            if round != 3 { Self.edit(&$0) }
        }
        #expect(outcomes.allSatisfy { $0?.isReady == true })
    }

    @Test(
        "a replacement that is edited each time while it rolls out is a contest within the turn, and nothing is lost"
    )
    func editsWhileRollingOut() throws {
        var bench = try KeeperBench()
        bench.cluster.put(.primary, try KeeperBench.other(), ready: 3)
        bench.whileWatching = {
            $0.schedule()
            $0.edit(.alternate)
        }
        #expect(bench.turn()?.isContested == true)
        #expect(bench.requests.count { $0 == "POST b" } == 2)
        #expect(bench.cluster.read(.primary)?.served == 3)
    }

    @Test("a DaemonSet that is deleted each time while it rolls out ends the round the second time")
    func deletionsWhileRollingOut() throws {
        var bench = try KeeperBench()
        bench.whileWatching = { $0.objects = [:] }
        #expect(bench.turn()?.failure?.reason == .recreated)
        #expect(bench.requests.count { $0 == "POST a" } == 2)
    }
}
