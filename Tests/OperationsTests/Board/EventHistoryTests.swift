import Testing

@testable import Operations
@testable import PullerCore
@testable import WorkerPool

@Suite("The history of a cluster")
struct EventHistoryTests {
    private var bench = BoardBench()

    private func events(_ user: String) -> [String] {
        bench.detail(user)?.history.map { "\($0.event.rawValue) \($0.reason ?? "-")" } ?? []
    }

    @Test("has what is news, the latest first, and not every round")
    mutating func news() {
        bench.add("jane", "joe")
        bench.take(.queued, "jane")
        bench.take(.created(name: "cache", beside: nil), "jane")
        bench.take(.progress(Health(.degraded, ready: 1, desired: 3)), "jane")
        for _ in 0..<3 { bench.succeed("jane") }
        bench.succeed("joe")
        for _ in 0..<3 { bench.fail("jane") }
        bench.fail("jane", .timeout)
        bench.succeed("jane")
        #expect(events("jane") == ["ready -", "failed Timeout", "failed Unreachable", "ready -", "created -"])
        #expect(events("joe") == ["ready -"])
    }

    @Test("has no end of the pool's own repetitions, but what began and what is over")
    mutating func pool() {
        bench.take(.started("-"))
        bench.take(.summary(PoolEvent.Summary(clusters: 1, ready: 1, unready: 0, failing: 0)))
        for phase in [PoolEvent.SharedFault.Phase.began, .lasts, .lasts, .over(recovered: 1)] {
            bench.take(
                .fault(
                    PoolEvent.SharedFault(
                        phase: phase,
                        reason: "Unreachable",
                        isFailing: true,
                        text: "no route",
                        share: PoolEvent.Share(clusters: 2, all: 2, users: ""),
                        age: .zero
                    )
                )
            )
        }
        #expect(bench.state.history.all.map(\.event) == [.started, .fault, .fault])
    }

    @Test("is bounded, in its entries and in their texts, and keeps the latest")
    mutating func bounded() {
        bench.add("jane")
        let count = 2 * EventHistory.limit + 10
        for number in 1...count {
            bench.pass(.seconds(1))
            bench.take(.serverWarning("\(number) " + String(repeating: "x", count: 5000)), "jane")
        }
        let history = Array(bench.state.history.all)
        #expect(history.count <= EventHistory.limit && history.count > EventHistory.limit - 100)
        #expect(history.last?.time == .seconds(count))
        #expect(history.first?.time == .seconds(count - history.count + 1))
        #expect(history.allSatisfy { $0.message.count <= EventHistory.messageLimit + 1 })
    }
}
