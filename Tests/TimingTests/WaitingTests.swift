import TestSupport
import Testing
import Timing

private typealias Line = WaitingLine<CheckedContinuation<Bool, Never>>

@Suite("A waiting line")
struct WaitingLineTests {
    /// Adds `count` tasks to a line, applies `body` to it, and returns the value with which each task was resumed;
    /// `nil` for a task that was not.
    private func told(_ count: Int, _ body: (inout Line, [Line.Place]) -> Void) async -> [Bool?] {
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

    @Test("serves waiters in the order in which they came")
    func order() async {
        let all = await told(5) { line, _ in
            #expect(line.count == 5)
            for _ in 0..<3 { line.removeFirst()?.resume(returning: true) }
            #expect(line.count == 2)
        }
        #expect(all == [true, true, true, nil, nil])
    }

    @Test("serves those who come after a crowd has gone, too")
    func crowd() {
        var line = WaitingLine<Int>()
        for crowd in [3000, 2, 5000, 1] {
            for number in 0..<crowd { line.add(number, at: line.reserve()) }
            #expect(line.count == crowd)
            #expect((0..<crowd).allSatisfy { line.removeFirst() == $0 })
            #expect(line.removeFirst() == nil)
            #expect(line.count == 0)
        }
    }

    @Test("closes the gap when a waiter is removed, and resumes no waiter twice")
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

    @Test("has no first waiter while it is empty, and does not count a place that was only reserved")
    func empty() {
        var line = Line()
        let place = line.reserve()
        #expect(line.count == 0)
        #expect(line.remove(place) == nil)
        #expect(line.removeFirst() == nil)
        #expect(line.removeAll().isEmpty)
        #expect(line.reserve() != place)
    }

    @Test("keeps its order while hundreds of waiters are removed")
    func long() async {
        let all = await told(500) { line, places in
            for (index, place) in places.enumerated() where index % 3 == 0 {
                line.remove(place)?.resume(returning: false)
            }
            for _ in 0..<200 { line.removeFirst()?.resume(returning: true) }
        }
        for (index, answer) in all.enumerated() {
            // The first 200 of the two thirds that stayed.
            #expect(answer == (index % 3 == 0 ? false : index < 300 ? true : nil))
        }
    }
}

private final class LineOwner: Sendable {
    private let line = Guarded(Line())

    func with<Value: Sendable>(_ body: (inout Line) -> Value) -> Value { line.with(body) }

    func with(_ body: (inout Line) -> [CheckedContinuation<Bool, Never>]) -> [CheckedContinuation<
        Bool, Never
    >] {
        line.with(body)
    }
}

@Suite("Scheduled calls")
struct TimersTests {
    private let simulation = Simulation()
    private let calls = Recorded<Int>()

    private func schedule(_ seconds: Double, _ number: Int) -> Timers.Timer {
        let calls = calls
        return simulation.clock.schedule(after: .seconds(seconds)) { calls.add(number) }
    }

    @Test(
        "are made when they are due, and in the order of their scheduling when they are due at the same time"
    )
    func order() {
        for (number, seconds) in [5, 1, 3, 1, 0, 3].enumerated() { _ = schedule(Double(seconds), number) }
        simulation.advance(by: .seconds(0.9))
        #expect(calls.all == [4])
        simulation.advance(by: .seconds(4.2))
        #expect(calls.all == [4, 1, 3, 2, 5, 0])
    }

    @Test("are made exactly once, or not at all after they were cancelled")
    func cancelled() {
        let timers = (0..<10).map { schedule(Double($0), $0) }
        for number in [0, 3, 4, 9] { timers[number].cancel() }
        simulation.advance(by: .seconds(20))
        #expect(calls.all == [1, 2, 5, 6, 7, 8])
        for timer in timers { timer.cancel() }
        simulation.advance(by: .seconds(20))
        #expect(calls.count == 6)
    }

    @Test("keep their order among thousands of cancelled calls")
    func many() {
        let timers = (0..<20_000).map { schedule(Double($0 * 7919 % 20_011), $0) }
        for (number, timer) in timers.enumerated() where number % 100 != 0 { timer.cancel() }
        simulation.advance(by: .seconds(30_000))
        let expected = stride(from: 0, to: 20_000, by: 100).sorted { $0 * 7919 % 20_011 < $1 * 7919 % 20_011 }
        #expect(calls.all == expected)
    }

    @Test("may schedule and cancel other calls")
    func nested() {
        let (simulation, calls) = (simulation, calls)
        let second = schedule(3, 2)
        _ = simulation.clock.schedule(after: .seconds(1)) {
            second.cancel()
            _ = simulation.clock.schedule(after: .seconds(1)) { calls.add(1) }
        }
        simulation.advance(by: .seconds(5))
        #expect(calls.all == [1])
    }

    @Test("are also made by the system's clock, even an early one that was scheduled last")
    func system() async throws {
        let clock = MonotonicClock.system()
        let calls = calls
        let late = clock.schedule(after: .seconds(3600)) { calls.add(9) }
        _ = clock.schedule(after: .milliseconds(60)) { calls.add(2) }
        _ = clock.schedule(after: .milliseconds(10)) { calls.add(1) }
        clock.schedule(after: .milliseconds(1)) { calls.add(8) }.cancel()
        let began = clock.now()
        try await poll(within: .seconds(60), "two calls") { calls.count == 2 }
        #expect(calls.all == [1, 2])
        #expect(clock.now() - began >= .milliseconds(50))
        late.cancel()
    }

    @Test("end a sleep when it is due, and a cancelled task's sleep ends at once")
    func sleep() async {
        let (clock, calls) = (simulation.clock, calls)
        let task = simulation.start {
            do {
                try await clock.sleep(.seconds(2))
                calls.add(1)
                try await clock.sleep(.seconds(2))
            } catch { calls.add(2) }
        }
        simulation.advance(by: .seconds(1.9))
        #expect(calls.all == [])
        simulation.advance(by: .seconds(0.2))
        #expect(calls.all == [1])
        task.cancel()
        simulation.settle()
        #expect(calls.all == [1, 2])
    }
}
