import TestSupport
import Testing

@testable import PullerCore

@Suite("The delay before the next round")
struct WorkerCadenceTests {
    private let schedule: Schedule

    init() throws {
        schedule = try Configuration.sample().schedule
    }

    private func failed(_ reason: FailureReason = .serverError, retryAfter: Duration? = nil) -> RoundOutcome {
        .failed(Failure(reason, "x", retryAfter: retryAfter))
    }

    private let ready = RoundOutcome.ready(
        Standing(slot: .primary, health: Health(.ready, ready: 3, desired: 3))
    )
    private func unready(_ count: Int, outdated: ReplaceReason? = nil) -> RoundOutcome {
        let health = Health(.degraded, ready: count, desired: 5)
        return .unready(Standing(slot: .alternate, health: health, outdated: outdated))
    }

    @Test("doubles with each failure up to the cap, and is anywhere between zero and that")
    func doubles() {
        var cadence = WorkerCadence()
        let longest = (0..<12).map { _ in cadence.record(failed(), schedule: schedule, random: 1) }
        #expect(longest == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { Duration.seconds($0) })
        cadence = WorkerCadence()
        #expect(cadence.record(failed(), schedule: schedule, random: 0) == .zero)
        #expect(cadence.record(failed(), schedule: schedule, random: 0.25) == .milliseconds(500))
    }

    @Test("starts over after a success")
    func resets() {
        var cadence = WorkerCadence()
        for _ in 0..<8 { _ = cadence.record(failed(), schedule: schedule, random: 1) }
        #expect(cadence.record(ready, schedule: schedule, random: 0.5) == .seconds(3600))
        #expect(cadence.record(failed(), schedule: schedule, random: 1) == .seconds(1))
    }

    @Test("is the interval after success, a twentieth less or more")
    func interval() {
        var cadence = WorkerCadence()
        #expect(cadence.record(ready, schedule: schedule, random: 0) == .seconds(3420))
        #expect(cadence.record(ready, schedule: schedule, random: 1) == .seconds(3780))
    }

    @Test(
        "lasts until the phase of a cluster after success, a twentieth of the interval at least",
        arguments: [
            // (phase, seconds since the start of an interval, delay in seconds)
            (0.5, 0.0, 1800.0), (0.5, 1619, 181), (0.5, 1621, 3779), (0.5, 1800, 3600),
            (0.5, 1801, 3599), (0.5, 3599, 1801), (0, 0, 3600), (0, 3599, 3601), (0.01, 3599, 3637),
            (0.999, 0, 3596.4),
        ]
    )
    func phase(_ phase: Double, second: Double, delay: Double) {
        for intervals in [0.0, 1, 100_000] {
            var cadence = WorkerCadence()
            let now = Duration.seconds(3600 * intervals + second)
            let wait = cadence.record(ready, schedule: schedule, at: now, phase: phase, random: 0.7)
            #expect(abs(wait / .seconds(1) - delay) < 0.001)
        }
    }

    @Test("lasts until the phase of a cluster that stays unready, too")
    func phaseOfUnready() {
        var cadence = WorkerCadence()
        for _ in 0..<20 { _ = cadence.record(unready(2), schedule: schedule, random: 1) }
        let wait = cadence.record(unready(2), schedule: schedule, at: .seconds(900), phase: 0.5, random: 0.7)
        #expect(wait == .seconds(900))
    }

    @Test(
        "has phases that are spread over the interval, whatever users are called",
        arguments: [
            { "user-\($0)" }, { "user-\(String($0 + 1_000_000).dropFirst())" }, { "\($0)@example.com" },
            { "system:serviceaccount:team-\($0 / 10):puller-\($0 % 10)" }, { String($0, radix: 36) },
        ] as [@Sendable (Int) -> String]
    )
    func phases(name: @Sendable (Int) -> String) {
        var counts = [Int](repeating: 0, count: 1000)
        for number in 0..<100_000 {
            guard let phase = ClusterID.user(name(number)).phase, (0..<1).contains(phase) else {
                Issue.record("no phase from 0 to 1")
                return
            }
            counts[Int(phase * 1000)] += 1
        }
        #expect(counts.allSatisfy { (50...150).contains($0) }, "\(counts.min() ?? 0) to \(counts.max() ?? 0)")
        #expect(ClusterID.only.phase == nil)
    }

    @Test("keeps the retries of many clusters at about 500 a second, and lets them decrease gradually")
    func manyFail() {
        // Thousandths of a second of simulated time.
        var due = [0: Array(0..<20_000)]
        var cadences = [WorkerCadence](repeating: WorkerCadence(), count: 20_000)
        var pace = RetryPace()
        let random = seededRandom(1)
        let outage = 120
        var seconds = [Int](repeating: 0, count: 2 * outage)
        for tick in 0..<1000 * seconds.count {
            for cluster in due.removeValue(forKey: tick) ?? [] {
                if tick > 0 { seconds[tick / 1000] += 1 }
                guard tick < 1000 * outage else { continue }
                let now = Duration.milliseconds(tick)
                let delay = cadences[cluster].record(
                    failed(),
                    schedule: schedule,
                    at: now,
                    phase: nil,
                    pace: &pace,
                    random: random()
                )
                due[tick + max(1, Int(delay / .milliseconds(1))), default: []].append(cluster)
            }
        }
        #expect(seconds.allSatisfy { $0 <= RetryPace.mostRetriesPerSecond }, "\(seconds)")
        // About 460 are the fewest by calculation; less five standard deviations.
        #expect(seconds[2..<outage].allSatisfy { $0 >= 460 - 5 * 22 }, "\(seconds)")
        // Without the random part of the delays, there would be 5,000 fewer from one ten seconds to the next.
        let tens = stride(from: outage, to: seconds.count, by: 10).map { seconds[$0..<$0 + 10].reduce(0, +) }
        #expect(zip(tens, tens.dropFirst()).allSatisfy { $0 - $1 < 2000 }, "\(seconds)")
        #expect(seconds.last == 0)
    }

    @Test(
        "is the longer of backoff and pace after a failure, and the pace is added to what the server asks for"
    )
    func pace() {
        // The next place is 100 seconds away.
        var pace = RetryPace()
        for _ in 0..<50_000 { _ = pace.delay(at: .zero, atMost: .seconds(300), random: 0) }
        let full = pace
        func delay(_ outcome: RoundOutcome, failures: Int = 0, random: Double) -> Double {
            pace = full
            var cadence = WorkerCadence()
            for _ in 0..<failures { _ = cadence.record(failed(), schedule: schedule, random: 1) }
            let delay = cadence.record(
                outcome,
                schedule: schedule,
                at: .zero,
                phase: nil,
                pace: &pace,
                random: random
            )
            return (delay / .seconds(1) * 100).rounded() / 100
        }
        #expect(delay(failed(), random: 0) == 50)
        #expect(delay(failed(), random: 0.5) == 100)
        #expect(delay(failed(), failures: 8, random: 0.9) == 230.4)
        #expect(delay(failed(), failures: 8, random: 0.1) == 60)
        #expect(delay(failed(.throttled, retryAfter: .seconds(30)), random: 0) == 80)
        #expect(delay(failed(.throttled, retryAfter: .seconds(30)), random: 0.5) == 130)
        #expect(delay(failed(.throttled, retryAfter: .seconds(250)), random: 0.5) == 285)
        #expect(pace != full)

        // What is retried at the cap, or not for a day, takes no place.
        #expect(delay(failed(.invalid), random: 0) == 270)
        #expect(pace == full)
        #expect(delay(failed(.denied), random: 0) == 270)
        #expect(pace == full)
        #expect(delay(failed(.unsupported, retryAfter: .seconds(86_400)), random: 0) == 86_400)
        #expect(pace == full)
        #expect(delay(ready, random: 0) == 3420)
        #expect(pace == full)
    }

    @Test("is never longer than the cap, however many clusters fail, and spread up to it")
    func veryManyFail() {
        var pace = RetryPace()
        let random = seededRandom(1)
        for _ in 0..<150_000 { _ = pace.delay(at: .zero, atMost: .seconds(300), random: 0.5) }
        let delays = (0..<1000).map { _ in
            pace.delay(at: .zero, atMost: .seconds(300), random: random()) / .seconds(1)
        }
        #expect(delays.allSatisfy { (100...300).contains($0) })
        #expect(delays.max() ?? 0 > 290 && delays.min() ?? 300 < 110)
        #expect(delays.reduce(0, +) / 1000 > 190)
        // By then, all places that were taken have passed.
        #expect(pace.delay(at: .seconds(202), atMost: .seconds(300), random: 0.9) == .zero)
    }

    @Test("is what the server asked for, up to the cap, and never less")
    func retryAfter() {
        var cadence = WorkerCadence()
        #expect(
            cadence.record(failed(.throttled, retryAfter: .seconds(7)), schedule: schedule, random: 0)
                == .seconds(7)
        )
        #expect(
            cadence.record(failed(.throttled, retryAfter: .seconds(7)), schedule: schedule, random: 1)
                == .milliseconds(8400)
        )
        let huge = failed(.throttled, retryAfter: .seconds(1_000_000))
        #expect(cadence.record(huge, schedule: schedule, random: 1) == .seconds(300))
    }

    @Test("also grows when the server asks for an immediate retry")
    func retryAfterZero() {
        var cadence = WorkerCadence()
        let atOnce = failed(.throttled, retryAfter: .zero)
        let delays = (0..<4).map { _ in cadence.record(atOnce, schedule: schedule, random: 1) }
        #expect(delays == [1, 2, 4, 8].map { Duration.seconds($0) })
    }

    @Test(
        "is the cap from the first failure on when only a change of the configuration or of a policy helps",
        arguments: [FailureReason.invalid, .denied]
    )
    func invalid(reason: FailureReason) {
        var cadence = WorkerCadence()
        #expect(cadence.record(failed(reason), schedule: schedule, random: 0) == .seconds(270))
    }

    @Test("is a day or more, whatever the cap, when only an upgrade of the cluster helps")
    func unsupported() {
        var cadence = WorkerCadence()
        let outcome = failed(.unsupported, retryAfter: .seconds(86_400))
        #expect(cadence.record(outcome, schedule: schedule, random: 0) == .seconds(86_400))
        #expect(cadence.record(outcome, schedule: schedule, random: 1) == .seconds(95_040))
    }

    @Test(
        "doubles up to the interval while nodes are missing, and is at least five seconds after each further node"
    )
    func unreadyDelays() {
        var cadence = WorkerCadence()
        var delays: [Duration] = []
        for _ in 0..<4 { delays.append(cadence.record(unready(1), schedule: schedule, random: 1)) }
        #expect(delays == [5, 2, 4, 8].map { Duration.seconds($0) })
        #expect(cadence.record(unready(2), schedule: schedule, random: 1) == .seconds(5))
        for _ in 0..<20 { _ = cadence.record(unready(2), schedule: schedule, random: 1) }
        #expect(cadence.record(unready(2), schedule: schedule, random: 0) == .seconds(3420))
    }

    @Test("also doubles while a DaemonSet stays that is not the desired one")
    func outdated() {
        var cadence = WorkerCadence()
        let outcome = unready(1, outdated: .newConfiguration)
        let delays = (0..<3).map { _ in cadence.record(outcome, schedule: schedule, random: 1) }
        #expect(delays == [5, 2, 4].map { Duration.seconds($0) })
        #expect(cadence.isUnready)
    }

    @Test("does not count as progress a node that goes and comes back repeatedly")
    func flapping() {
        var cadence = WorkerCadence()
        let delays = (0..<6).map { round in
            cadence.record(unready(1 + round % 2), schedule: schedule, random: 1)
        }
        #expect(delays == [5, 5, 2, 4, 8, 16].map { Duration.seconds($0) })
    }

    @Test("doubles from the interval on while the work is undone each time")
    func contested() {
        var cadence = WorkerCadence()
        let health = Health(.ready, ready: 3, desired: 3)
        let contested = RoundOutcome.contested(.edited, Standing(slot: .primary, health: health))
        let hours = (0..<7).map { _ in
            cadence.record(contested, schedule: schedule, random: 0.3) / .seconds(3600)
        }
        #expect(hours == [1, 2, 4, 8, 16, 24, 24])
    }

    @Test("of a backoff never overflows, however long it lasts")
    func longBackoff() {
        let backoff = Backoff(initial: .milliseconds(1), maximum: .seconds(86400))
        #expect(backoff.ceiling(afterFailures: .max) == .seconds(86400))
        #expect(backoff.ceiling(afterFailures: 0) == .milliseconds(1))
        #expect(Backoff(initial: .seconds(5), maximum: .seconds(2)).ceiling(afterFailures: 1) == .seconds(2))
    }
}

extension WorkerCadence {
    /// Without a phase, as for the only cluster.
    fileprivate mutating func record(_ outcome: RoundOutcome, schedule: Schedule, random: Double) -> Duration
    {
        record(outcome, schedule: schedule, at: .zero, phase: nil, random: random)
    }

    /// When nothing else has failed.
    fileprivate mutating func record(
        _ outcome: RoundOutcome,
        schedule: Schedule,
        at now: Duration,
        phase: Double?,
        random: Double
    ) -> Duration {
        var pace = RetryPace()
        return record(outcome, schedule: schedule, at: now, phase: phase, pace: &pace, random: random)
    }
}
