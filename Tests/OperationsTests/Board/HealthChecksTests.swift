import KubernetesAPI
import PullerCore
import Synchronization
import Testing
import Timing

@testable import Operations
@testable import WorkerPool

/// A pool of which only its pulse and its token matter, on a clock that the test sets.
private final class ProbedPool: Sendable {
    let time = Mutex(Duration.zero)
    let tokens = Mutex<TokenFigures?>(nil)
    let timers = Timers()

    var now: Duration { time.withLock { $0 } }

    var status: PoolStatus {
        PoolStatus(
            facts: PoolStatus.Facts(
                version: "1",
                mode: .fleet,
                interval: .seconds(60),
                namespace: "n",
                name: "cache"
            ),
            board: StatusBoard(clock: clock),
            gauges: {
                let figures = GateFigures(inside: 0, overdue: 0, waiting: 0, capacity: 1)
                return PoolGauges(requests: figures, rollouts: figures)
            },
            pulse: PoolPulse(clock: clock),
            tokens: { self.tokens.withLock { $0 } },
            meter: RequestMeter(),
            images: { [] },
            clock: clock,
            wallTime: { 0 },
            startedAt: .zero
        )
    }

    private var clock: MonotonicClock { MonotonicClock(now: { self.now }, timers: timers) }

    /// Sets the clock, and makes the calls that are due; or not.
    func pass(_ duration: Duration, timersAct: Bool = true) {
        let end = now + duration
        if timersAct {
            while let (deadline, call) = timers.takeFirst(dueAt: end) {
                time.withLock { $0 = max($0, deadline) }
                call()
            }
        }
        time.withLock { $0 = end }
    }
}

@Suite("The health checks")
struct HealthChecksTests {
    private func failing(_ status: PoolStatus) -> [String] {
        HealthChecks.live(status).filter { !$0.isOK }.map(\.name)
    }

    @Test("A pool is alive while its timers fire and its supervisor acts")
    func alive() {
        let pool = ProbedPool()
        let status = pool.status
        status.pulse.start { status.pulse.note(.supervisor) }
        pool.pass(.seconds(3600))
        #expect(failing(status) == [])
        #expect(HealthChecks.live(status).map(\.name) == ["timers", "supervisor"])
    }

    @Test("A pool whose supervisor has not acted for a minute is not alive, although its timers fire")
    func supervisor() {
        let pool = ProbedPool()
        let status = pool.status
        status.pulse.start {}
        pool.pass(.seconds(59))
        #expect(failing(status) == [])
        pool.pass(.seconds(2))
        #expect(failing(status) == ["supervisor"])
        status.pulse.note(.supervisor)
        #expect(failing(status) == [])
    }

    @Test("A pool whose clock makes no calls any more is not alive")
    func timers() {
        let pool = ProbedPool()
        let status = pool.status
        status.pulse.start { status.pulse.note(.supervisor) }
        pool.pass(.seconds(3600))
        pool.pass(.seconds(61), timersAct: false)
        #expect(failing(status) == ["timers", "supervisor"])
    }

    @Test("A pool that is stopping is alive, however long that takes: a probe must not cut it short")
    func stopping() {
        let pool = ProbedPool()
        let status = pool.status
        status.pulse.start {}
        status.pulse.stop()
        pool.pass(.seconds(3600))
        #expect(failing(status) == [])
        // It does not beat any more.
        #expect(pool.timers.firstDeadline == nil)
    }

    @Test("A pool is ready once it had a token, or when it uses none, and stays so")
    func token() {
        let pool = ProbedPool()
        let status = pool.status
        func isReady() -> Bool { HealthChecks.ready(status).allSatisfy(\.isOK) }
        #expect(isReady())
        var figures = TokenFigures(successes: 0, failures: 0, fetched: nil, expires: nil, failure: nil)
        pool.tokens.withLock { $0 = figures }
        #expect(!isReady())
        figures.failures = 1
        figures.failure = Failure(.tokenUnavailable, "answered 401")
        pool.tokens.withLock { $0 = figures }
        #expect(!isReady())
        figures.successes = 1
        pool.tokens.withLock { $0 = figures }
        #expect(isReady())
        #expect(HealthChecks.ready(status).map(\.name) == ["configuration", "token"])
    }
}
