import PullerCore
import Testing

@testable import WorkerPool

@Suite("What the journal says each hour")
struct JournalDigestTests {
    @Test("is a line for each reason, with the names of those who have waited longest, and a summary")
    func digest() throws {
        var bench = JournalBench(clusters: 20)
        for user in JournalBench.users(1...13) {
            bench.beUnready(user)
            bench.pass(.seconds(240))
        }
        bench.fail("jane", .forbidden, "403")
        for user in JournalBench.users(14...17) { bench.succeed(user) }
        bench.pass(.seconds(600))
        bench.clear()
        bench.sumUp()
        let digests = bench.lines.compactMap { if case .digest(let digest) = $0.what { digest } else { nil } }
        #expect(digests.map(\.reason) == ["Degraded", "Forbidden"])
        let users = try #require(digests.first?.share.users)
        #expect(users.hasPrefix("user-1 (1 h), user-2 (58 min), user-3 (54 min), "))
        #expect(users.hasSuffix("user-10 (26 min) and 3 more"))
        #expect(digests.map(\.share.clusters) == [13, 1])
        #expect(digests.last?.share.users == "jane (10 min)")
        #expect(
            bench.lines.map(\.message) == [
                "13 of 20 clusters are not ready for this reason, the longest for 1 h",
                "1 of 20 clusters is failing for this reason, the longest for 10 min",
                "4 of 20 clusters are ready; 13 not ready, 1 failing, 2 not checked yet",
            ]
        )
    }

    @Test("is a summary at least, and in between one when something has changed")
    func summary() {
        var bench = JournalBench(clusters: 2)
        bench.sumUp()
        #expect(bench.lines.isEmpty)
        bench.succeed("jane")
        bench.pass(.seconds(10))
        bench.sumUp()
        bench.sumUp()
        #expect(bench.lines.filter { $0.kind == .summary }.count == 1)
        bench.succeed("jane")
        bench.pass(.seconds(3600))
        bench.clear()
        bench.sumUp()
        bench.sumUp()
        #expect(bench.lines.map(\.kind) == [.summary])
        #expect(
            bench.lines.first?.fields.map(\.name) == ["clusters", "ready", "unready", "failing", "waiting"]
        )
    }
}

@Suite("A warning that servers send")
struct JournalWarningTests {
    @Test(
        "is one line when many clusters have it, and others at growing distance while there are more of them"
    )
    func common() {
        var bench = JournalBench(clusters: 500)
        for user in JournalBench.users(1...400) {
            bench.take(.serverWarning("spec.x is deprecated in \(user)"), user)
            bench.pass(.milliseconds(100))
        }
        bench.pass(.seconds(7200))
        // After 10 and 30 seconds, and one that tells of the rest.
        #expect(bench.shown.count == 4)
        let last = bench.shown.last
        #expect(last?.reason == "ServerWarning")
        #expect(
            last?.fields.map(\.value) == [
                .count(400), .count(500), .text("user-1, user-2, user-3 and 397 more"),
            ]
        )
        #expect(last?.message == "the same warning from 400 clusters: spec.x is deprecated in user-1")
        bench.clear()
        bench.take(.serverWarning("spec.y is deprecated"), "user-1")
        #expect(bench.shown.count == 1)
        bench.take(.serverWarning("spec.y is deprecated"), "user-2")
        bench.flush()
        #expect(bench.shown.last?.fields.first { $0.name == "clusters" }?.value == .count(2))
    }

    @Test("counts each cluster once, however often it has it, such as with each new DaemonSet")
    func repeated() {
        var bench = JournalBench(clusters: 3)
        for _ in 1...5 {
            for user in JournalBench.users(1...3) {
                bench.take(.altered(name: "cache", missing: ["label x"]), user)
            }
            bench.pass(.seconds(24 * 3600))
        }
        #expect(bench.shown.count == 2)
        #expect(bench.shown.last?.fields.first?.value == .count(3))
    }
}

@Suite("What makes two failures the same fault")
struct FaultCauseTests {
    private func isSame(_ one: (String, String), _ other: (String, String), reason: String = "Unreachable")
        -> Bool
    {
        FaultCause(reason: reason, text: one.1, of: .user(one.0))
            == FaultCause(reason: reason, text: other.1, of: .user(other.0))
    }

    @Test("is the text, but not the user's own name, nor words with digits")
    func sameText() {
        #expect(isSame(("jane", "jane.example.org: no address"), ("joe", "joe.example.org: no address")))
        #expect(isSame(("a b", "/users/a%20b/api"), ("joe", "/users/joe/api")))
        #expect(isSame(("Jane", "jane.example.org"), ("joe", "joe.example.org")))
        #expect(
            isSame(
                ("a", "request 5b1c-77aa failed at 10:00:03Z"),
                ("b", "request 9f0e-1234 failed at 10:01:17Z")
            )
        )
        #expect(isSame(("a", "10.0.0.1:443 refused"), ("b", "10.0.12.1:443 refused")))
        #expect(isSame(("a", "quota: used 9 of 9"), ("b", "quota: used 10 of 10")))
        #expect(
            isSame(
                ("a", "answered 429, to come back in 1.0 seconds"),
                ("b", "answered 429, to come back in 12.25 seconds")
            )
        )
        #expect(isSame(("a", "answered 502: Reference #3f2a"), ("b", "answered 502: Reference #9c")))
        #expect(
            isSame(("a", "answered 504: no answer after 345ms"), ("b", "answered 504: no answer after 1.2s"))
        )
        #expect(
            isSame(
                ("a", "answered 504: no answer after 345 ms"),
                ("b", "answered 504: no answer after 412 ms")
            )
        )
    }

    @Test("is not another status, another text, or another user's name")
    func otherText() {
        #expect(!isSame(("a", "answered 500"), ("b", "answered 503")))
        #expect(!isSame(("a", "answered 500: see page 12"), ("b", "answered 503: see page 12")))
        #expect(!isSame(("a", "no route"), ("b", "refused")))
        #expect(!isSame(("jane", "jane-doe is unknown"), ("joe", "joe is unknown")))
        #expect(
            FaultCause(reason: "Timeout", text: "x", of: .only)
                != FaultCause(reason: "Forbidden", text: "x", of: .only)
        )
    }

    @Test("is whatever the only token service says")
    func tokens() {
        #expect(isSame(("a", "answered 500"), ("b", "no route"), reason: "TokenUnavailable"))
    }
}
