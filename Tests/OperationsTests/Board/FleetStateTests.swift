import Testing

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

@Suite("What the board knows of a cluster")
struct FleetStateTests {
    private var bench = BoardBench()

    @Test("A cluster that was added waits; once a round has ended ready, it is ready, with figures and times")
    mutating func ready() throws {
        bench.pass(.seconds(5))
        bench.add("jane")
        #expect(bench["jane"]?.state == .waiting)
        #expect(bench["jane"]?.since == .seconds(5))
        #expect(bench["jane"]?.lastCheck == nil)
        bench.pass(.seconds(5))
        bench.succeed("jane")
        let jane = try #require(bench["jane"])
        #expect(jane.state == .ready && jane.reason == nil && jane.message == "")
        #expect(
            jane.since == .seconds(10) && jane.lastCheck == .seconds(10) && jane.lastSuccess == .seconds(10)
        )
        #expect(jane.nextCheck == .seconds(70))
        #expect(jane.health == Health(.ready, ready: 3, desired: 3))
        #expect(
            bench.detail("jane")?.daemonSets
                == [
                    DaemonSetFigures(
                        name: "cache",
                        health: Health(.ready, ready: 3, desired: 3),
                        isBeside: false
                    )
                ]
        )
    }

    @Test("How long it has been so lasts until the state or its reason is another one")
    mutating func since() {
        bench.add("jane")
        bench.fail("jane")
        bench.pass(.seconds(60))
        bench.fail("jane", .unreachable, "refused")
        #expect(bench["jane"]?.since == .zero)
        #expect(bench["jane"]?.message == "refused" && bench["jane"]?.failures == 2)
        bench.fail("jane", .timeout)
        #expect(bench["jane"]?.since == .seconds(60) && bench["jane"]?.reason == "Timeout")
        bench.pass(.seconds(60))
        bench.succeed("jane")
        #expect(bench["jane"]?.since == .seconds(120) && bench["jane"]?.failures == 0)
        bench.pass(.seconds(60))
        bench.succeed("jane")
        #expect(bench["jane"]?.since == .seconds(120) && bench["jane"]?.lastCheck == .seconds(180))
    }

    @Test("A failure leaves the figures and the last success as they were seen")
    mutating func lastSeen() throws {
        bench.add("jane")
        bench.succeed("jane")
        bench.pass(.seconds(60))
        bench.fail("jane")
        let jane = try #require(bench["jane"])
        #expect(jane.state == .failing && jane.lastSuccess == .zero && jane.lastCheck == .seconds(60))
        #expect(jane.health?.ready == 3)
        #expect(bench.detail("jane")?.daemonSets.count == 1)
    }

    @Test("What has been undone several times in a row fails with the reason Conflict")
    mutating func contested() {
        bench.add("jane")
        let standing = Standing(slot: .primary, health: Health(.ready, ready: 3, desired: 3))
        bench.round(.contested(.edited, standing), "jane", failures: 1)
        #expect(bench["jane"]?.state == .failing && bench["jane"]?.reason == "Conflict")
        #expect(bench.state.counters.reconciles == [.contested: 1])
    }

    @Test("It is queued until it rolls out, rolls out until its round ends, and its figures follow meanwhile")
    mutating func activity() {
        bench.add("jane")
        #expect(bench["jane"]?.activity == ClusterStatus.Activity.none)
        bench.take(.queued, "jane")
        #expect(bench["jane"]?.activity == .queued)
        bench.take(.created(name: "cache", beside: nil), "jane")
        #expect(bench["jane"]?.activity == .rollingOut)
        bench.take(.progress(Health(.degraded, ready: 2, desired: 3)), "jane")
        #expect(bench["jane"]?.health?.ready == 2 && bench["jane"]?.activity == .rollingOut)
        bench.succeed("jane")
        #expect(bench["jane"]?.activity == ClusterStatus.Activity.none)
        bench.take(.adopted(name: "cache", Health(.ready, ready: 3, desired: 3)), "jane")
        #expect(bench["jane"]?.activity == ClusterStatus.Activity.none)
        bench.take(.adopted(name: "cache", Health(.pending, ready: 0, desired: 4)), "jane")
        #expect(bench["jane"]?.activity == .rollingOut && bench["jane"]?.health?.desired == 4)
    }

    @Test("Of two DaemonSets, the one that counts comes first, under the names that they have in the cluster")
    mutating func beside() {
        bench.add("jane")
        let old = Health(.ready, ready: 3, desired: 3)
        bench.beUnready(
            "jane",
            beside: Standing.Beside(slot: .primary, health: old, since: .seconds(9), finalizers: [])
        )
        #expect(bench.detail("jane")?.daemonSets.map(\.name) == ["cache-b", "cache"])
        #expect(bench.detail("jane")?.daemonSets.map(\.isBeside) == [false, true])
        #expect(bench.detail("jane")?.daemonSets.map(\.health.ready) == [1, 3])
        bench.succeed("jane")
        #expect(bench.detail("jane")?.daemonSets.map(\.name) == ["cache"])
    }

    @Test("Images and problems are shown as the last round read them, and not at all where it did not")
    mutating func pods() {
        var image = PodReport.Image(name: "a", reference: "quay.io/a:1")
        image.present = 1
        image.failing = 2
        var pods = PodReport()
        pods.nodes = 3
        pods.images = [image]
        pods.problems = [
            PodReport.Problem(
                image: PodImages.Image(name: "a", reference: "quay.io/a:1"),
                reason: "ErrImagePull",
                cause: "not found",
                fault: .image,
                nodes: 2
            )
        ]
        bench.add("jane", "joe")
        bench.beUnready("jane", pods: pods)
        bench.beUnready("joe", pods: pods)
        #expect(bench.detail("jane")?.images == [image])
        #expect(bench.detail("jane")?.problems.map(\.cause) == ["not found"])
        #expect(bench["jane"]?.reason == "ImageFault")
        let sums = bench.state.summary().images
        #expect(sums.map(\.image.failing) == [4] && sums.map(\.clusters) == [2])
        // What could not be read is not known any more.
        bench.beUnready("jane")
        #expect(bench.detail("jane")?.images == [] && bench.detail("jane")?.problems == [])
        bench.succeed("joe")
        #expect(bench.state.summary().images == [])
    }

    @Test("Replacements are counted by reason when they begin, and creations where there was nothing are not")
    mutating func replacements() {
        bench.add("jane", "joe")
        bench.take(.created(name: "cache", beside: nil), "jane")
        for user in ["jane", "jane", "joe"] { bench.take(.created(name: "cache-b", beside: .refresh), user) }
        bench.take(.created(name: "cache", beside: .edited), "jane")
        bench.take(.replaced(.edited, old: "cache-b", new: "cache"), "jane")
        #expect(bench.detail("jane")?.replacements == ["Refresh": 2, "Drift": 1])
        #expect(bench.state.counters.replacements == ["Refresh": 3, "Drift": 1])
        #expect(bench.state.figures().map(\.replacements.count) == [2, 1])
    }

    @Test("A worker that does not go on is stuck until its next round ends")
    mutating func stuck() {
        bench.add("jane")
        bench.succeed("jane")
        bench.take(.stuck(for: .seconds(700)), "jane")
        #expect(bench["jane"]?.isStuck == true)
        #expect(bench.state.summary().stuck == 1)
        #expect(bench["jane"]?.state == .ready)
        bench.fail("jane")
        #expect(bench["jane"]?.isStuck == false)
        #expect(bench.state.summary().stuck == 0)
    }

    @Test("A cluster that was removed is not there any more, and what comes late does not bring it back")
    mutating func removed() {
        bench.add("jane", "joe")
        bench.take(.removed(.deleted), "jane")
        bench.take(.removalGivenUp(Failure(.timeout, "-")), "joe")
        for user in ["jane", "joe"] {
            bench.take(.serverWarning("deprecated"), user)
            bench.take(.queued, user)
            #expect(bench.detail(user) == nil)
        }
        #expect(bench.state.summary().total == 0)
        bench.add("jane")
        #expect(bench["jane"]?.state == .waiting)
    }

    @Test("The summary counts clusters by state and by reason, those of most clusters first")
    mutating func summary() {
        bench.add("a", "b", "c", "d", "e", "f")
        bench.pass(.seconds(1))
        bench.succeed("a")
        bench.beUnready("b")
        bench.fail("c", .timeout)
        bench.pass(.seconds(1))
        bench.fail("d")
        bench.pass(.seconds(1))
        bench.fail("e")
        let summary = bench.state.summary()
        #expect(summary.clusters == [.ready: 1, .unready: 1, .failing: 3, .waiting: 1])
        #expect(summary.total == 6 && summary.inBackoff == 3)
        #expect(
            summary.reasons == [
                FleetSummary.Reason(state: .failing, reason: "Unreachable", clusters: 2, since: .seconds(2)),
                FleetSummary.Reason(state: .unready, reason: "Degraded", clusters: 1, since: .seconds(1)),
                FleetSummary.Reason(state: .failing, reason: "Timeout", clusters: 1, since: .seconds(1)),
            ]
        )
        #expect(FleetState().summary().clusters == [.ready: 0, .unready: 0, .failing: 0, .waiting: 0])
    }

    @Test("A file that changes nothing is named until it is usable again")
    mutating func files() {
        bench.take(.users(.unusable(path: "/users", "it cannot be read")))
        bench.take(.images(.braked(path: "/images", RemovalCount(removed: 2, of: 3), "too many")))
        #expect(bench.state.summary().files.map(\.kind) == [.users, .images])
        #expect(bench.state.summary().files.map(\.isBraked) == [false, true])
        bench.take(.users(.braked(path: "/users", RemovalCount(removed: 2, of: 3), "too many")))
        #expect(bench.state.summary().files.filter { $0.kind == .users }.map(\.isBraked) == [true])
        bench.take(.users(.usable(path: "/users")))
        bench.take(.images(.changed(added: 1, removed: 0)))
        #expect(bench.state.summary().files == [])
    }

    @Test("Rounds are counted by outcome with their durations, and how often a cluster had to wait")
    mutating func counters() {
        bench.add("a")
        bench.take(.queued, "a")
        bench.succeed("a")
        bench.beUnready("a")
        bench.fail("a")
        bench.fail("a")
        #expect(bench.state.counters.reconciles == [.ready: 1, .unready: 1, .failed: 2])
        #expect(bench.state.counters.durations.count == 4)
        #expect(bench.state.counters.durations.sum == 8)
    }

    @Test("A ready cluster takes less than 600 bytes, even where the table is as sparse as it can be")
    func size() {
        // A dictionary grows when it is three quarters full, and is three eighths full then.
        let key = MemoryLayout<ClusterID>.stride + MemoryLayout<Int>.stride + 1
        #expect(MemoryLayout<ClusterEntry>.stride + key * 8 / 3 < 600 - 128)
    }
}
