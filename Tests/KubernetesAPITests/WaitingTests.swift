import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A line of those who wait")
struct WaitingLineTests {
    /// Puts so many tasks into a line, lets `body` work on it, and gives what each task was told.
    private func told(_ count: Int, _ body: (inout WaitingLine, [WaitingLine.Place]) -> Void) async -> [Bool?]
    {
        let simulation = Simulation()
        let told = (0..<count).map { _ in Recorded<Bool>() }
        let owner = LineOwner()
        let places = (0..<count).map { _ in owner.with { $0.reserve() } }
        for (place, told) in zip(places, told) {
            _ = simulation.start {
                told.add(
                    await withCheckedContinuation { continuation in
                        owner.with { $0.add(continuation, at: place) }
                    }
                )
            }
        }
        simulation.settle()
        owner.with { body(&$0, places) }
        simulation.settle()
        let all = told.map(\.all.first)
        // No continuation may be left behind.
        for rest in owner.with({ $0.removeAll() }) { rest.resume(returning: false) }
        simulation.settle()
        return all
    }

    @Test("is first come, first served")
    func order() async {
        let all = await told(5) { line, _ in
            #expect(line.count == 5)
            for _ in 0..<3 { line.removeFirst()?.resume(returning: true) }
            #expect(line.count == 2)
            #expect(!line.isEmpty)
        }
        #expect(all == [true, true, true, nil, nil])
    }

    @Test("closes up when somebody leaves it, and nobody is called twice")
    func leaving() async {
        let all = await told(5) { line, places in
            line.remove(places[0])?.resume(returning: false)
            line.remove(places[2])?.resume(returning: false)
            #expect(line.remove(places[2]) == nil)
            for _ in 0..<2 { line.removeFirst()?.resume(returning: true) }
            #expect(line.remove(places[1]) == nil)
        }
        #expect(all == [false, true, false, true, nil])
    }

    @Test("of nobody has no first, and a place that was only reserved is not in it")
    func empty() {
        var line = WaitingLine()
        let place = line.reserve()
        #expect(line.isEmpty)
        #expect(line.remove(place) == nil)
        #expect(line.removeFirst() == nil)
        #expect(line.removeAll().isEmpty)
        #expect(line.reserve() != place)
    }

    @Test("keeps its order over hundreds that come and go")
    func long() async {
        let all = await told(500) { line, places in
            for (index, place) in places.enumerated() where index % 3 == 0 {
                line.remove(place)?.resume(returning: false)
            }
            for _ in 0..<200 { line.removeFirst()?.resume(returning: true) }
        }
        for (index, answer) in all.enumerated() {
            // 200 of those that stayed, which are two of three.
            #expect(answer == (index % 3 == 0 ? false : index < 300 ? true : nil))
        }
    }
}

private final class LineOwner: Sendable {
    private let line = Guarded(WaitingLine())

    func with<Value: Sendable>(_ body: (inout WaitingLine) -> Value) -> Value { line.with(body) }

    func with(_ body: (inout WaitingLine) -> [CheckedContinuation<Bool, Never>]) -> [CheckedContinuation<
        Bool, Never
    >] {
        line.with(body)
    }
}

@Suite("Work with a time limit")
struct DeadlineTests {
    private let simulation = Simulation()

    private func run(
        _ body: @escaping @Sendable (MonotonicClock) async throws(Failure) -> Int
    ) -> (outcomes: Recorded<Result<Int, Failure>>, task: Task<Void, Never>) {
        let outcomes = Recorded<Result<Int, Failure>>()
        let clock = simulation.clock
        let task = simulation.start {
            do throws(Failure) {
                outcomes.add(
                    .success(
                        try await withDeadline(.seconds(10), clock: clock, what: "no end") {
                            () async throws(Failure) in try await body(clock)
                        }
                    )
                )
            } catch {
                outcomes.add(.failure(error))
            }
        }
        return (outcomes, task)
    }

    /// Sleeps, and fails as the transport does when that is cancelled.
    @Sendable private static func sleep(_ seconds: Int, _ clock: MonotonicClock) async throws(Failure) {
        do { try await clock.sleep(.seconds(seconds)) } catch { throw Failure(.cancelled, "cancelled") }
    }

    @Test("gives what it gives in time")
    func inTime() {
        let (outcomes, _) = run { (clock) async throws(Failure) in
            try await Self.sleep(9, clock)
            return 7
        }
        simulation.advance(by: .seconds(9))
        #expect(outcomes.all == [.success(7)])
    }

    @Test("fails as it fails in time")
    func failsInTime() {
        let (outcomes, _) = run { (_) async throws(Failure) in throw Failure(.conflict, "mine") }
        simulation.advance(by: .seconds(1))
        #expect(outcomes.all == [.failure(Failure(.conflict, "mine"))])
    }

    @Test("is cancelled at its limit, which is a time-out and not a cancellation")
    func tooLate() {
        let (outcomes, _) = run { (clock) async throws(Failure) in
            try await Self.sleep(11, clock)
            return 7
        }
        simulation.advance(by: .seconds(9.9))
        #expect(outcomes.count == 0)
        simulation.advance(by: .seconds(0.1))
        #expect(outcomes.all == [.failure(Failure(.timeout, "no end within 10.0 seconds"))])
    }

    @Test("is a cancellation, and not a time-out, when its task is cancelled")
    func cancelled() {
        let (outcomes, task) = run { (clock) async throws(Failure) in
            try await Self.sleep(11, clock)
            return 7
        }
        simulation.advance(by: .seconds(5))
        task.cancel()
        simulation.settle()
        #expect(outcomes.all == [.failure(Failure(.cancelled, "cancelled"))])
    }

    @Test("goes on where its timer only tells, which it does once")
    func timerOnly() {
        let fired = Recorded<Bool>()
        let outcomes = Recorded<Int>()
        let clock = simulation.clock
        _ = simulation.start {
            var count = 0
            let value = try? await withTimer(
                .seconds(2),
                clock: clock,
                onFire: {
                    count += 1
                    fired.add(true)
                    return .goOn
                },
                { () async throws(Failure) in
                    try await Self.sleep(30, clock)
                    return 7
                }
            )
            outcomes.add((value ?? 0) + count)
        }
        simulation.advance(by: .seconds(2))
        #expect(fired.count == 1)
        #expect(outcomes.count == 0)
        simulation.advance(by: .seconds(28))
        #expect(outcomes.all == [8])
        #expect(fired.count == 1)
    }
}
