import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("What the journal says of one cluster")
struct JournalTests {
    @Test("is a line at once when there is only one cluster")
    func oneCluster() {
        var bench = JournalBench(clusters: 1)
        bench.fail("jane", .tokenUnavailable)
        #expect(bench.ownFailures.map(\.reason) == ["TokenUnavailable"])
        #expect(bench.journal.nextWake == nil)
    }

    @Test(
        "in a fleet is a line of its own after a second, with its failures in a row and since when it fails"
    )
    func heldFailure() throws {
        var bench = JournalBench(clusters: 100)
        bench.fail("jane")
        #expect(bench.lines.isEmpty)
        bench.pass(.milliseconds(600))
        bench.fail("jane")
        // The first of the two is at level debug, as the second one tells more.
        #expect(bench.shown.isEmpty && bench.lines.count == 1)
        bench.pass(.seconds(1))
        let fields = try #require(bench.ownFailures.first).fields
        #expect(bench.ownFailures.count == 1)
        #expect(fields.first { $0.name == "failures" }?.value == .count(2))
        #expect(fields.first { $0.name == "failing_since" }?.value == .ago(.seconds(1)))
    }

    @Test(
        "is said before its next line when its state changes while the line is held, and at the end of the pool"
    )
    func releasesWhatIsHeld() {
        var bench = JournalBench(clusters: 100)
        bench.fail("jane")
        bench.succeed("jane")
        #expect(bench.shown.map(\.kind) == [.failed, .ready])
        bench.clear()
        bench.fail("jane", .unreachable)
        bench.fail("jane", .timeout)
        bench.fail("joe", .forbidden)
        bench.flush()
        #expect(bench.shown.map(\.reason) == ["Unreachable", "Timeout", "Forbidden"])
        bench.clear()
        // After that, nothing is held, and nothing shared.
        for user in JournalBench.users(1...5) { bench.fail(user) }
        #expect(bench.shown.map(\.kind) == [.failed, .failed, .failed, .failed, .failed])
    }

    @Test("is repeated after 2, 4, 8 failures, and when the reason changes")
    func repetitions() {
        var bench = JournalBench(clusters: 100)
        for _ in 0..<16 {
            bench.fail("jane")
            bench.pass(.seconds(5))
        }
        bench.fail("jane", .forbidden)
        bench.pass(.seconds(5))
        #expect(
            bench.ownFailures.map { event in
                if case .round(let report) = event.what { report.failures } else { 0 }
            } == [1, 2, 4, 8, 16, 17]
        )
        #expect(bench.lines.count == 17)
    }

    @Test("is not said at each check when two reasons take turns")
    func alternation() {
        var bench = JournalBench(clusters: 100)
        for _ in 0..<64 {
            bench.fail("jane", .unreachable, "reset")
            bench.pass(.seconds(5))
            bench.fail("jane", .timeout, "30 s")
            bench.pass(.seconds(5))
        }
        // The first one of each reason, and after 4, 8, ..., 128 failures.
        #expect(bench.ownFailures.count == 8)
        bench.succeed("jane")
        bench.clear()
        bench.fail("jane", .unreachable, "reset")
        bench.pass(.seconds(5))
        #expect(bench.ownFailures.count == 1)
    }

    @Test("tells since when its DaemonSet has not been ready, also when a round in between failed")
    func unreadySince() {
        var bench = JournalBench(clusters: 1)
        bench.beUnready("jane")
        bench.pass(.seconds(600))
        bench.fail("jane")
        bench.pass(.seconds(600))
        bench.beUnready("jane")
        let last = bench.lines.last
        #expect(last?.level == .warning)
        #expect(last?.fields.first { $0.name == "unready_since" }?.value == .ago(.seconds(1200)))
        #expect(last?.fields.contains { $0.name == "failing_since" || $0.name == "failures" } == false)
    }

    @Test("is told at its own level only when it is news, or about a new DaemonSet")
    func news() {
        var bench = JournalBench(clusters: 2)
        for _ in 0..<3 { bench.succeed("jane") }
        #expect(bench.shown.count == 1)
        bench.take(.created(name: "cache-b", beside: .refresh), "jane")
        bench.succeed("jane")
        #expect(bench.shown.map(\.kind) == [.ready, .replacing, .ready])
    }

    @Test("never lacks a reason when it is a warning or an error")
    func reasons() {
        let failure = Failure(.timeout, "m")
        let what: [PoolEvent.What] = [
            .serverWarning("m"), .altered(name: "n", missing: ["k"]), .clock(.missing),
            .clock(.differs(by: .zero)),
            .warning("m"), .warning("m", reason: .openFiles), .linesDropped(3),
            .steppedBack(.harm, new: "a", old: "b"),
            .removalGivenUp(failure), .leftover(failure), .users(.unusable(path: "p", "m")),
            .users(.braked(path: "p", RemovalCount(removed: 5, of: 9), "m")),
        ]
        for event in what.map({ PoolEvent($0) }) {
            #expect(event.level >= .warning)
            #expect(event.reason?.isEmpty == false, "\(event)")
        }
        var bench = JournalBench(clusters: 3)
        for user in JournalBench.users(1...3) { bench.fail(user) }
        bench.beUnready("user-3")
        bench.pass(.seconds(3600))
        bench.sumUp()
        for event in bench.shown where event.level >= .warning { #expect(event.reason != nil, "\(event)") }
        #expect(Set(bench.shown.map(\.kind)) == [.fault, .unready, .digest, .summary])
    }
}
