import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("What a pool says of a fault that its clusters share")
struct SharedOutageTests {
    private static let users = (1...500).map { "user-\($0)" }

    private func shown(_ pool: PoolHarness) -> [PoolEvent] {
        pool.recorder.events.filter { $0.level > .debug }
    }

    @Test("is a few lines for 500 clusters, from the first start without a token until all are ready")
    func tokenService() async throws {
        let clusters = try PoolHarness.Clusters()
        let clock = clusters.simulation.clock
        let outage = Duration.seconds(600)
        for user in Self.users {
            clusters[user].set {
                $0.fault = { (_, _) throws(Failure) in
                    if clock.now() < outage { throw Failure(.tokenUnavailable, "answered 500") }
                }
            }
        }
        // One of them is refused besides, which shows once there are tokens.
        clusters["user-100"].set {
            $0.fault = { (_, _) throws(Failure) in
                throw clock.now() < outage
                    ? Failure(.tokenUnavailable, "answered 500") : Failure(.forbidden, "403")
            }
        }
        let pool = try PoolHarness(users: Self.users, clusters: clusters)
        pool.simulation.advance(by: outage)
        let during = shown(pool).filter { $0.level >= .warning }
        // It begins, and lasts for 1, 3 and 7 minutes.
        #expect(during.map(\.kind) == [.fault, .fault, .fault, .fault])
        #expect(during.last?.fields.contains { $0.name == "clusters" && $0.value == .count(500) } == true)
        #expect(
            during.last?.message.hasPrefix("500 of 500 clusters still fail in the same way, for 7 min now")
                == true
        )
        // And each round is at level debug.
        #expect(pool.recorder.events(.failed).count > 2000)

        #expect(pool.waitUntilReady(499, within: .seconds(301)))
        pool.simulation.advance(by: .seconds(30))
        let faults = pool.recorder.events(.fault)
        #expect(faults.last?.level == .info)
        #expect(faults.last?.message.contains("recovered") == true)
        let warnings = shown(pool).filter { $0.level >= .warning && $0.kind != .fault }
        #expect(Set(warnings.map(\.user)) == ["user-100"])
        #expect(Set(warnings.map(\.reason)) == ["Forbidden"])
        _ = await pool.stop()
    }

    @Test("does not say again of each cluster that it is ready, when it was before")
    func proxy() async throws {
        let clusters = try PoolHarness.Clusters()
        let clock = clusters.simulation.clock
        for user in Self.users {
            clusters[user].set {
                $0.fault = { (_, _) throws(Failure) in
                    if (.seconds(7200) ..< .seconds(14_400)).contains(clock.now()) {
                        throw Failure(.unreachable, "\(user).example.org: connection refused")
                    }
                }
            }
        }
        let pool = try PoolHarness(users: Self.users, clusters: clusters)
        #expect(pool.waitUntilReady(500, within: .seconds(100)))
        let before = shown(pool).count
        pool.simulation.advance(by: .seconds(6 * 3600))
        #expect(pool.readyUsers.count == 500)
        let lines = Dictionary(grouping: shown(pool).dropFirst(before), by: \.kind)
        // Four clusters in a row have to fail before it is a fault of all, so the first few have lines of their own.
        #expect(Set(lines[.failed, default: []].map(\.user)).count < 4)
        #expect(lines[.failed, default: []].count < 7)
        #expect(lines[.ready, default: []].count < 4)
        #expect((4...12).contains(lines[.fault, default: []].count))
        #expect(pool.recorder.events(.digest).contains { $0.reason == "Unreachable" })
        _ = await pool.stop()
    }

    @Test("sums up each hour, also when nothing has changed")
    func summaries() async throws {
        let clusters = try PoolHarness.Clusters()
        clusters["user-3"].set { $0.readyAfter = [.zero, .seconds(1_000_000)] }
        let pool = try PoolHarness(users: Array(Self.users.prefix(5)), clusters: clusters)
        pool.simulation.advance(by: .seconds(2 * 3600))
        let count = pool.recorder.events(.summary).count
        let digests = pool.recorder.events(.digest).count
        pool.simulation.advance(by: .seconds(5 * 3600))
        #expect(pool.recorder.events(.summary).count == count + 5)
        #expect(pool.recorder.events(.digest).count == digests + 5)
        let last = pool.recorder.events(.digest).last
        #expect(last?.reason == "Degraded")
        #expect(last?.fields.first { $0.name == "users" }?.value == .text("user-3 (5 h)"))
        _ = await pool.stop()
    }

    @Test("comes out at the end, also what was held for a moment")
    func end() async throws {
        let clusters = try PoolHarness.Clusters()
        clusters["user-1"].set { $0.fault = { (_, _) throws(Failure) in throw Failure(.forbidden, "403") } }
        let pool = try PoolHarness(users: Array(Self.users.prefix(5)), clusters: clusters)
        #expect(pool.simulation.advance(upTo: .seconds(300)) { clusters["user-1"].counts[.get] == 1 })
        pool.simulation.settle()
        #expect(pool.recorder.events(.failed).isEmpty)
        _ = await pool.stop()
        #expect(pool.recorder.events(.failed).map(\.level) == [.warning])
    }
}
