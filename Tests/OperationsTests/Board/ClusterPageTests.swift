import TestSupport
import Testing

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

@Suite("What the board answers to a query")
struct ClusterPageTests {
    private var bench = BoardBench()

    init() {
        bench.add("zoe", "amy", "Bob", "kim", "lee", "max")
        bench.succeed("zoe")
        bench.succeed("amy")
        bench.beUnready("kim")
        bench.fail("max", .timeout)
        bench.fail("lee")
    }

    @Test("Clusters come by state, those in trouble first, and then by name")
    func order() {
        #expect(bench.names() == ["lee", "max", "kim", "Bob", "amy", "zoe"])
        #expect(bench.page().total == 6 && bench.page().matching == 6 && bench.page().next == nil)
    }

    @Test(
        "Only those in a state, with a reason, or with a part of a name in any case are on the page if that is asked"
    )
    func filters() {
        #expect(bench.names { $0.states = [.failing, .unready] } == ["lee", "max", "kim"])
        #expect(bench.names { $0.reasons = ["Timeout", "Degraded"] } == ["max", "kim"])
        #expect(bench.names { $0.search = "bO" } == ["Bob"])
        #expect(bench.names { $0.search = "m" } == ["max", "kim", "amy"])
        #expect(bench.page { $0.search = "m" }.total == 6)
        #expect(bench.page { $0.search = "m" }.matching == 3)
        #expect(bench.names { $0.search = "none-of-them" } == [])
    }

    @Test("Page follows page without gap or repetition, whatever their size", arguments: 1...7)
    func paging(limit: Int) {
        var names: [String] = []
        var after: ClusterQuery.Place?
        repeat {
            let page = bench.page { query in
                query.limit = limit
                query.after = after
            }
            #expect(page.clusters.count <= limit && page.matching == 6)
            names += page.clusters.map(\.id.label)
            after = page.next
        } while after != nil
        #expect(names == ["lee", "max", "kim", "Bob", "amy", "zoe"])
    }

    @Test("The place after which a page begins need not exist any more")
    mutating func goneplace() {
        let first = bench.page { $0.limit = 2 }
        bench.take(.removed(.deleted), "max")
        let next = bench.names { query in
            query.after = first.next
            query.limit = 2
        }
        #expect(next == ["kim", "Bob"])
    }

    @Test("A reader that knows a revision gets what has changed and what was removed since")
    mutating func changes() {
        let known = bench.page().revision
        #expect(bench.names { $0.changedSince = known } == [])
        bench.succeed("max")
        bench.take(.removed(.deleted), "amy")
        bench.take(.removed(.deleted), "zoe")
        bench.add("zoe")
        let page = bench.page { $0.changedSince = known }
        #expect(page.clusters.map(\.id.label) == ["zoe", "max"])
        #expect(page.removed == [.user("amy")] && !page.isReset)
        #expect(page.revision > known)
        #expect(bench.page().removed == [])
        #expect(bench.page { $0.changedSince = page.revision }.removed == [])
    }

    @Test("A reader that knows a revision that is too old, or that of another run, gets all")
    mutating func reset() {
        let known = bench.page().revision
        for number in 0...Removals.limit {
            bench.add("user-\(number)")
            bench.take(.removed(.deleted), "user-\(number)")
        }
        let page = bench.page { $0.changedSince = known }
        #expect(page.isReset && page.clusters.count == 6 && page.removed == [])
        let latest = page.revision
        #expect(!bench.page { $0.changedSince = latest }.isReset)
        #expect(bench.page { $0.changedSince = latest + 1 }.isReset)
        var next = BoardBench(firstRevision: latest + 1000)
        next.add("amy")
        #expect(next.page { $0.changedSince = latest }.isReset)
        #expect(!next.page { $0.changedSince = latest + 1000 }.isReset)
    }

    @Test("A reader that follows all changes knows what the board knows, whatever happens", arguments: 1...10)
    mutating func followed(seed: Int) {
        let random = seededRandom(UInt64(seed))
        bench = BoardBench()
        var known: [ClusterID: ClusterStatus] = [:]
        var revision: UInt64 = 0
        for _ in 0..<300 {
            for _ in 0..<Int(random() * 12) {
                let user = "user-\(Int(random() * 200))"
                switch random() {
                case ..<0.4: bench.add(user)
                case ..<0.55: bench.take(.removed(.deleted), user)
                case _ where bench[user] == nil: break
                case ..<0.7: bench.succeed(user)
                case ..<0.8: bench.fail(user)
                case ..<0.9: bench.beUnready(user)
                default: bench.take(.queued, user)
                }
                bench.pass(.seconds(1))
            }
            let page = bench.page { query in
                query.changedSince = revision
                query.limit = 1000
            }
            #expect(!page.isReset)
            for id in page.removed { known[id] = nil }
            for status in page.clusters { known[status.id] = status }
            revision = page.revision
            let all = bench.page { $0.limit = 1000 }.clusters
            #expect(known == Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) }))
            #expect(bench.state.summary().total == all.count)
        }
    }
}
