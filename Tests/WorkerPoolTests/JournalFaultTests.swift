import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A fault that several clusters share")
struct JournalFaultTests {
    private typealias Bench = JournalBench

    @Test("is one line when a fleet of 5,000 starts without a token, and one when it is over")
    func startWithoutAToken() throws {
        var bench = Bench(clusters: 5000)
        for user in Bench.users(1...5000) {
            bench.fail(user, .tokenUnavailable, "answered 500")
            bench.pass(.milliseconds(10))
        }
        #expect(bench.shown.count == 1)
        let began = try #require(bench.faults.first)
        #expect(began.phase == .began)
        #expect(
            began.share
                == PoolEvent.Share(clusters: 101, all: 5000, users: "user-1, user-2, user-3 and 98 more")
        )
        #expect(bench.shown.first?.level == .warning)
        #expect(bench.lines.count == 5001)
        bench.pass(.seconds(30))
        bench.clear()
        for user in Bench.users(1...5000) {
            bench.succeed(user)
            bench.pass(.milliseconds(10))
        }
        bench.pass(.seconds(60))
        let over = try #require(bench.faults.last)
        #expect(bench.faults.count == 1)
        // It is over when it has been quiet for ten seconds; by then, a thousand have recovered.
        guard case .over(let recovered) = over.phase else {
            Issue.record("\(over)")
            return
        }
        #expect((1000...1002).contains(recovered) && recovered + over.share.clusters == 5000)
        // They had not been ready before, so each is said to be ready.
        #expect(bench.shown.filter { $0.kind == .ready }.count == 5000)
    }

    @Test(
        "names some clusters and counts all, is repeated at growing distance, and is over once all have recovered"
    )
    func reminders() throws {
        var bench = Bench(clusters: 60)
        for user in Bench.users(1...60) { bench.succeed(user) }
        bench.clear()
        for user in Bench.users(1...57) { bench.fail(user) }
        bench.pass(.seconds(1))
        #expect(bench.shown.count == 1)
        bench.pass(.seconds(4 * 3600))
        let lasts = bench.faults.dropFirst()
        // After 1, 3, 7, 15, 31, 63, 123, 183 minutes.
        #expect(lasts.map { $0.age.components.seconds / 60 } == [1, 3, 7, 15, 31, 63, 123, 183])
        #expect(
            lasts.first?.share
                == PoolEvent.Share(clusters: 57, all: 60, users: "user-1, user-10, user-11 and 54 more")
        )
        bench.clear()
        for user in Bench.users(1...57) { bench.succeed(user) }
        bench.pass(.seconds(20))
        #expect(bench.faults.map(\.phase) == [.over(recovered: 57)])
        // Not with the ten seconds in which it might have come back.
        #expect(bench.faults.first?.age == .seconds(4 * 3600 + 1))
        #expect(bench.shown.count == 1)
        #expect(bench.shown.first?.level == .info)
        #expect(bench.journal.causes.isEmpty && bench.journal.faults.isEmpty)
    }

    @Test(
        "keeps what only some clusters of a large fleet have in lines of their own",
        arguments: [300, 2000, 10_000]
    )
    func ownFailures(fleet: Int) {
        var bench = Bench(clusters: fleet)
        let random = seededRandom(7)
        var failing: Set<String> = []
        // A cluster that fails does so at its first request; one that does not waits for its turn to roll out.
        for user in Bench.users(1...fleet) {
            if random() < 0.05 {
                failing.insert(user)
                bench.fail(user, .forbidden, "403")
            } else {
                bench.take(.queued, user)
            }
            bench.pass(.milliseconds(10))
        }
        bench.pass(.seconds(1))
        #expect(bench.faults.isEmpty)
        #expect(Set(bench.ownFailures.compactMap(\.user)) == failing)
        #expect(bench.ownFailures.count == failing.count)
    }

    @Test("is found also when every other cluster is spared, such as when one of two proxies is down")
    func half() {
        for fleet in [10, 100, 1000] {
            var bench = Bench(clusters: fleet)
            let random = seededRandom(3)
            var failing = 0
            for user in Bench.users(1...fleet) {
                if random() < 0.5 {
                    failing += 1
                    bench.fail(user)
                } else {
                    bench.succeed(user)
                }
                bench.pass(.milliseconds(20))
            }
            bench.pass(.seconds(60))
            #expect(bench.faults.first?.phase == .began)
            #expect(bench.faults.last?.share.clusters == failing)
            #expect(bench.ownFailures.count <= 2, "of \(failing) of \(fleet)")
        }
    }

    @Test("is a fault for each reason when two of them strike at once")
    func twoAtOnce() {
        var bench = Bench(clusters: 40)
        for user in Bench.users(1...20) { bench.fail(user, .unreachable, "no route") }
        for (user, other) in zip(Bench.users(21...30), Bench.users(31...40)) {
            bench.fail(user, .untrusted, "unknown authority")
            bench.fail(other, .unreachable, "no route")
        }
        bench.pass(.seconds(65))
        #expect(bench.ownFailures.isEmpty)
        let last = bench.faults.filter { $0.phase == .lasts }
        #expect(Set(last.map { "\($0.reason) \($0.share.clusters)" }) == ["Unreachable 30", "Untrusted 10"])
        bench.clear()
        for user in Bench.users(21...30) { bench.succeed(user) }
        bench.pass(.seconds(10))
        #expect(bench.faults.map(\.reason) == ["Untrusted"])
        #expect(bench.faults.map(\.phase) == [.over(recovered: 10)])
    }

    @Test("is known with the number of clusters that have it now, and as long as several have it")
    func ongoing() {
        var bench = Bench(clusters: 20)
        #expect(bench.journal.ongoingFaults(at: bench.now) == [])
        for user in Bench.users(1...20) { bench.fail(user) }
        bench.pass(.seconds(5))
        let fault = bench.journal.ongoingFaults(at: bench.now).first
        #expect(fault?.share == PoolEvent.Share(clusters: 20, all: 20, users: ""))
        #expect(fault?.reason == "Unreachable" && fault?.isFailing == true && fault?.age == .seconds(5))
        for user in Bench.users(1...15) { bench.succeed(user) }
        #expect(bench.journal.ongoingFaults(at: bench.now).map(\.share.clusters) == [5])
        for user in Bench.users(16...19) { bench.succeed(user) }
        // It is not over before it has been quiet for a while.
        #expect(!bench.journal.faults.isEmpty)
        #expect(bench.journal.ongoingFaults(at: bench.now) == [])
    }

    @Test("does not hide what one cluster has besides: before it, during it, and after it")
    func toldApart() {
        var bench = Bench(clusters: 20)
        bench.fail("user-1", .forbidden, "403")
        bench.pass(.seconds(2))
        #expect(bench.ownFailures.map(\.user) == ["user-1"])
        for user in Bench.users(2...20) { bench.succeed(user) }
        bench.clear()

        // All fail, the first one included; then one of them fails for a reason of its own.
        for user in Bench.users(1...20) { bench.fail(user, .tokenUnavailable) }
        bench.pass(.seconds(2))
        #expect(bench.shown.map(\.kind) == [.fault])
        bench.fail("user-2", .namespaceMissing, "no namespace")
        bench.pass(.seconds(2))
        #expect(bench.ownFailures.map(\.user) == ["user-2"])
        bench.clear()

        for user in Bench.users(3...19) { bench.succeed(user) }
        bench.fail("user-1", .forbidden, "403")
        bench.fail("user-20", .unreachable, "no route")
        bench.pass(.seconds(20))
        #expect(bench.ownFailures.map(\.user) == ["user-1", "user-20"])
        // Those that were ready before are not worth a line.
        #expect(bench.shown.map(\.kind) == [.failed, .failed, .fault])
        #expect(bench.faults.map(\.phase) == [.over(recovered: 17)])
    }

    @Test("is followed by a line of its own for a cluster that goes on failing after it")
    func goesOn() {
        var bench = Bench(clusters: 20)
        for user in Bench.users(1...20) { bench.fail(user) }
        bench.pass(.seconds(11))
        for user in Bench.users(1...19) { bench.succeed(user) }
        bench.pass(.seconds(11))
        #expect(bench.faults.last?.share == PoolEvent.Share(clusters: 1, all: 20, users: "user-20"))
        bench.clear()
        bench.fail("user-20")
        bench.pass(.seconds(2))
        #expect(bench.ownFailures.map(\.user) == ["user-20"])
        bench.succeed("user-20")
        #expect(bench.shown.map(\.kind) == [.failed, .ready])
    }

    @Test("that comes and goes is reported less and less often")
    func flapping() {
        var bench = Bench(clusters: 200)
        let random = seededRandom(11)
        // For six hours, each round of a cluster ends in failure with a probability of one half.
        for _ in 0..<(6 * 3600 / 5) {
            for _ in 0..<3 {
                let user = "user-\(1 + Int(random() * 200))"
                if random() < 0.5 { bench.fail(user) } else { bench.succeed(user) }
            }
            bench.pass(.seconds(5))
        }
        #expect(bench.lines.filter { $0.kind == .failed }.count > 5000)
        #expect(bench.shown.filter { $0.level >= .warning }.count < 60)
    }

    @Test("no longer counts users who are removed, and is over without them")
    func removal() {
        var bench = Bench(clusters: 10)
        for user in Bench.users(1...10) { bench.fail(user) }
        for user in Bench.users(1...7) { bench.take(.removed(.absent), user) }
        bench.pass(.seconds(61))
        #expect(
            bench.faults.last?.share
                == PoolEvent.Share(clusters: 3, all: 10, users: "user-10, user-8 and user-9")
        )
        for user in Bench.users(8...10) { bench.take(.removed(.absent), user) }
        bench.pass(.seconds(20))
        #expect(bench.faults.last?.phase == .over(recovered: 0))
        #expect(bench.journal.records.isEmpty && bench.journal.causes.isEmpty && bench.journal.faults.isEmpty)
        #expect(bench.journal.nextWake == nil)
    }

    @Test("is not what three clusters have while the others answer in between")
    func chance() {
        var bench = Bench(clusters: 50)
        for user in Bench.users(1...50) { bench.succeed(user) }
        bench.clear()
        for user in Bench.users(1...3) {
            bench.fail(user)
            bench.succeed("user-50")
        }
        bench.pass(.seconds(2))
        #expect(bench.ownFailures.count == 3)
        #expect(bench.faults.isEmpty)
    }

    @Test("is also what keeps the DaemonSets of all clusters from being ready, such as a wrong NODE_SELECTOR")
    func unready() throws {
        var bench = Bench(clusters: 100)
        for user in Bench.users(1...100) {
            bench.take(.created(name: "cache", beside: nil), user)
            bench.beUnready(user)
            bench.pass(.milliseconds(50))
        }
        #expect(bench.shown.filter { $0.level >= .warning }.map(\.kind) == [.fault])
        #expect(bench.shown.filter { $0.level >= .warning }.first?.reason == "Degraded")
        bench.pass(.seconds(60))
        let last = try #require(bench.shown.last)
        #expect(
            last.message.hasPrefix(
                "100 of 100 clusters are still not ready for the same reason, for 1 min now: "
            )
        )
        #expect(last.fields.map(\.name) == ["state", "clusters", "of", "users", "unready_since"])
        bench.clear()
        for user in Bench.users(1...100) { bench.succeed(user) }
        bench.pass(.seconds(20))
        #expect(bench.faults.map(\.phase) == [.over(recovered: 100)])
        // They had not been ready before.
        #expect(bench.shown.filter { $0.kind == .ready }.count == 100)
    }

    @Test("is not what some DaemonSets have that are not ready, however soon they are known to be")
    func someUnready() {
        var bench = Bench(clusters: 1000)
        for (number, user) in Bench.users(1...1000).enumerated() {
            bench.take(.created(name: "cache", beside: nil), user)
            // The others are still pulling.
            if number % 10 == 9 { bench.beUnready(user) }
            bench.pass(.milliseconds(10))
        }
        bench.pass(.seconds(1))
        #expect(bench.faults.isEmpty)
        #expect(bench.shown.filter { $0.kind == .unready }.count == 100)
    }

    @Test("is said to have begun before the pool ends, and before it is over, however short it is")
    func short() {
        var bench = Bench(clusters: 10)
        for user in Bench.users(1...10) { bench.fail(user) }
        for user in Bench.users(1...10) { bench.succeed(user) }
        bench.pass(.seconds(20))
        #expect(bench.faults.map(\.phase) == [.began, .over(recovered: 10)])
        #expect(bench.faults.first?.share.clusters == 10)
        bench.clear()
        for user in Bench.users(1...10) { bench.fail(user) }
        bench.flush()
        #expect(bench.shown.map(\.kind) == [.fault])
        #expect(bench.faults.first?.share.clusters == 10)
    }

    @Test("counts a cluster that has recovered several times once, and not if it fails again or is removed")
    func recoveredOnce() {
        var bench = Bench(clusters: 20)
        for user in Bench.users(1...20) { bench.succeed(user) }
        for user in Bench.users(1...5) { bench.fail(user) }
        for _ in 0..<10 {
            bench.pass(.seconds(5))
            bench.succeed("user-1")
            bench.succeed("user-2")
            bench.fail("user-1")
            bench.fail("user-2")
        }
        for user in Bench.users(1...5) { bench.succeed(user) }
        bench.take(.removed(.deleted), "user-5")
        bench.pass(.seconds(20))
        #expect(bench.faults.map(\.phase).last == .over(recovered: 4))
    }

    @Test(
        "tells what its clusters are told now, such as when a token service is up but has revoked the client"
    )
    func latestText() {
        var bench = Bench(clusters: 5)
        for user in Bench.users(1...5) { bench.fail(user, .tokenUnavailable, "no route") }
        bench.pass(.seconds(30))
        for user in Bench.users(1...5) { bench.fail(user, .tokenUnavailable, "answered 401: invalid_client") }
        bench.pass(.seconds(60))
        #expect(bench.faults.map(\.text) == ["no route", "answered 401: invalid_client"])
    }

    @Test("has not lasted since one cluster had the same trouble of its own, long before")
    func sinceTheOthersHaveIt() {
        var bench = Bench(clusters: 12)
        for user in Bench.users(1...12) { bench.succeed(user) }
        bench.fail("user-1")
        bench.pass(.seconds(3 * 24 * 3600))
        // One of two proxies goes down: the others answer in between.
        for (user, other) in zip(Bench.users(2...6), Bench.users(7...11)) {
            bench.fail(user)
            bench.succeed(other)
            bench.pass(.seconds(10))
        }
        #expect(bench.faults.first?.phase == .began)
        #expect(bench.faults.first.map { $0.age < .seconds(60) } == true)
    }
}
