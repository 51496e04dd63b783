import TestSupport
import Testing

@testable import PullerCore

@Suite("Where nodes wait before they pull, a rollout")
struct PullSpreadTests {
    private static let spread = ["KIP_IMAGE": "quay.io/example/kip:1", "PULL_SPREAD_SECONDS": "1200"]

    /// A turn in which no node ever becomes ready.
    private func stalled(_ changes: [String: String]) throws -> Duration {
        var bench = try KeeperBench(changes)
        bench.whileWatching = { $0.schedule() }
        #expect(bench.turn()?.isUnready == true)
        return bench.now
    }

    @Test("is given that time more, with and without progress")
    func time() throws {
        #expect(try KeeperBench.settings(Self.spread).schedule.replacement.rolloutTimeout == .seconds(1800))
        let usual = try stalled([:])
        #expect(usual >= .seconds(60) && usual < .seconds(90))
        let longer = try stalled(Self.spread)
        #expect(longer >= .seconds(1260) && longer < .seconds(1290))
    }

    @Test("is not taken for ill before that time is over")
    func health() throws {
        let changes = [
            "CACHING_INTERVAL_HOURS": "0.1", "MIN_READY_PERCENT": "50", "IMAGE_REFRESH_HOURS": "0",
        ]
        for (more, isReplaced) in [([:], true), (Self.spread, false)] {
            var bench = try KeeperBench(changes.merging(more) { $1 })
            bench.whileWatching = { $0.schedule() }
            bench.cluster.put(.primary, bench.desired, ready: 0)
            for _ in 0..<3 {
                bench.turn()
                bench.advance(by: .seconds(400))
            }
            #expect(bench.requests.contains("POST b") == isReplaced)
        }
    }
}
