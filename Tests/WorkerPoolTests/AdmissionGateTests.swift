import Foundation
import KubernetesAPI
import PullerCore
import Synchronization
import TestSupport
import Testing
import Timing
import WorkerPool

@Suite("The gate")
struct AdmissionGateTests {
    private let simulation = Simulation()
    private let twoSeconds = Patience(.seconds(2) ... .seconds(2))

    /// Who is inside, who came in when, and how everybody ended.
    private final class Book: Sendable {
        private struct State {
            var inside = 0
            var most = 0
            var entered: [Int] = []
            var ended: [Int: FailureReason?] = [:]
        }

        private let state = Mutex(State())

        var inside: Int { state.withLock { $0.inside } }
        var most: Int { state.withLock { $0.most } }
        var entered: [Int] { state.withLock { $0.entered } }
        var ended: [Int: FailureReason?] { state.withLock { $0.ended } }

        func enter(_ number: Int) {
            state.withLock { state in
                state.inside += 1
                state.most = max(state.most, state.inside)
                state.entered.append(number)
            }
        }

        func leave() { state.withLock { $0.inside -= 1 } }

        func end(_ number: Int, _ reason: FailureReason?) {
            state.withLock { $0.ended[number] = .some(reason) }
        }
    }

    private let book = Book()

    /// Starts a task that works inside for so long.
    @discardableResult
    private func visit(
        _ gate: RequestGate,
        _ number: Int,
        _ lane: RequestLane = .regular,
        work: Duration = .seconds(10),
        isTimed: Bool = false
    ) -> Task<Void, Never> {
        let (book, clock) = (book, simulation.clock)
        let inside: @Sendable () async throws(Failure) -> Void = { () async throws(Failure) in
            book.enter(number)
            defer { book.leave() }
            do { try await clock.sleep(work) } catch { throw .ending }
        }
        return simulation.start {
            do throws(Failure) {
                if isTimed {
                    try await gate.run(lane, clock: clock, inside)
                } else {
                    try await gate.run(lane, inside)
                }
                book.end(number, nil)
            } catch {
                book.end(number, error.reason)
            }
        }
    }

    @Test("lets in so many at once, in the order in which they came")
    func capacity() {
        let gate = RequestGate(capacity: 3)
        for number in 0..<10 { visit(gate, number) }
        simulation.settle()
        #expect(book.entered == [0, 1, 2])
        simulation.advance(by: .seconds(10))
        #expect(book.entered == [0, 1, 2, 3, 4, 5])
        simulation.advance(by: .seconds(30))
        #expect(book.entered == Array(0..<10))
        #expect(book.most == 3)
        #expect(book.ended.count == 10)
    }

    @Test("hands on what its visitor gives or throws, and lets the next one in after either")
    func results() async {
        let gate = RequestGate(capacity: 1)
        let outcomes = simulation.start { () -> (Int?, FailureReason?) in
            var reason: FailureReason?
            do throws(Failure) {
                _ = try await gate.run { () async throws(Failure) -> Int in throw Failure(.conflict, "") }
            } catch {
                reason = error.reason
            }
            return (try? await gate.run { () async throws(Failure) in 7 }, reason)
        }
        simulation.settle()
        #expect(await outcomes.value == (7, .conflict))
    }

    @Test("lets those that failed into a quarter of its slots, after the others that wait")
    func lanes() {
        let gate = RequestGate(capacity: 8)
        for number in 0..<10 { visit(gate, number, .suspect) }
        simulation.settle()
        #expect(book.entered == [0, 1])
        for number in 10..<20 { visit(gate, number) }
        simulation.settle()
        #expect(book.entered == [0, 1] + Array(10..<16))
        simulation.advance(by: .seconds(10))
        // Eight of the regular ones in a row, then one of the others, and so on.
        #expect(book.entered.dropFirst(8) == [16, 17, 2, 18, 19, 3])
    }

    @Test("lets one that failed in after eight others, however many of those wait")
    func share() {
        let gate = RequestGate(capacity: 4)
        for number in 0..<100 { visit(gate, number, work: .seconds(1)) }
        for number in 100..<105 { visit(gate, number, .suspect, work: .seconds(1)) }
        simulation.advance(by: .seconds(100))
        let positions = (100..<105).compactMap { book.entered.firstIndex(of: $0) }
        #expect(positions == [8, 17, 26, 35, 44])
    }

    @Test("makes a call when there is a slot, in turn with tasks, and once")
    func calls() {
        let gate = RequestGate(capacity: 2)
        let slots = Mutex<[RequestGate.Slot]>([])
        func call(_ number: Int, _ lane: RequestLane = .regular) {
            gate.call(lane) { [book] slot in
                book.enter(number)
                slots.withLock { $0.append(slot) }
            }
        }
        func leave() { slots.withLock { $0.removeFirst() }.leave() }
        call(0)
        visit(gate, 1)
        simulation.settle()
        call(2)
        call(3, .suspect)
        visit(gate, 4)
        simulation.settle()
        #expect(book.entered == [0, 1])
        leave()
        #expect(book.entered == [0, 1, 2])
        leave()
        simulation.settle()
        #expect(book.entered == [0, 1, 2, 4])
        simulation.advance(by: .seconds(20))
        #expect(book.entered == [0, 1, 2, 4, 3])
        // More than once is once.
        let last = slots.withLock { $0.removeFirst() }
        for _ in 0..<5 { last.leave() }
        for number in 10..<15 { call(number) }
        #expect(book.entered.dropFirst(5) == [10, 11])
    }

    @Test("makes no more calls once they are stopped, and lets tasks in")
    func stoppedCalls() {
        let gate = RequestGate(capacity: 1)
        let held = Mutex<RequestGate.Slot?>(nil)
        gate.call(.regular) { slot in held.withLock { $0 = slot } }
        for lane in [RequestLane.regular, .suspect] {
            gate.call(lane) { [book] _ in book.enter(99) }
        }
        visit(gate, 1)
        visit(gate, 2, .suspect)
        simulation.settle()
        gate.stopCalls()
        gate.call(.regular) { [book] _ in book.enter(99) }
        held.withLock { $0 }?.leave()
        simulation.advance(by: .seconds(100))
        #expect(book.entered == [1, 2])
        #expect(book.ended.count == 2)
    }

    @Test("has at least one slot for those that failed", arguments: [1, 2, 3])
    func smallestLane(capacity: Int) {
        let gate = RequestGate(capacity: capacity)
        for number in 0..<2 { visit(gate, number, .suspect) }
        simulation.settle()
        #expect(book.entered == [0])
        simulation.advance(by: .seconds(20))
        #expect(book.ended.count == 2)
    }

    @Test("gets a slot back from who hangs, while that one goes on, within its bound")
    func leavingEarly() {
        let gate = RequestGate(capacity: 2, overdueCapacity: 3, patience: twoSeconds)
        for number in 0..<10 { visit(gate, number, work: .seconds(100), isTimed: true) }
        simulation.advance(by: .milliseconds(1900))
        #expect(book.entered == [0, 1])
        simulation.advance(by: .milliseconds(100))
        #expect(book.entered == [0, 1, 2, 3])
        // One more may hang, and then none before another one has ended.
        simulation.advance(by: .seconds(2))
        #expect(book.entered == [0, 1, 2, 3, 4])
        simulation.advance(by: .seconds(90))
        #expect(book.entered == [0, 1, 2, 3, 4])
        #expect(book.inside == 5)
        simulation.advance(by: .seconds(6))
        #expect(book.ended.count == 2)
        simulation.advance(by: .seconds(1000))
        #expect(book.ended.count == 10)
        #expect(book.most == 5)
        #expect(book.ended.values.allSatisfy { $0 == nil })
    }

    @Test("gets the slot of a lane back from who hangs in that lane")
    func suspectsLeavingEarly() {
        let gate = RequestGate(capacity: 4, overdueCapacity: 100, patience: twoSeconds)
        for number in 0..<150 { visit(gate, number, .suspect, work: .seconds(1000), isTimed: true) }
        for number in 150..<200 { visit(gate, number, work: .milliseconds(100), isTimed: true) }
        simulation.advance(by: .seconds(5))
        #expect((150..<200).allSatisfy { book.ended[$0] != nil })
        #expect(book.inside < 10)
    }

    @Test("counts who has left early and ended for nothing more")
    func overdueEnds() {
        let gate = RequestGate(capacity: 1, overdueCapacity: 1, patience: twoSeconds)
        for round in 0..<20 {
            visit(gate, round * 2, work: .seconds(3), isTimed: true)
            visit(gate, round * 2 + 1, work: .seconds(0.5), isTimed: true)
            // The second one ends before the first does only if it came in when that one left early.
            simulation.advance(by: .milliseconds(3200))
            #expect(book.ended.count == round * 2 + 2)
        }
        #expect(book.most == 2)
        #expect(book.inside == 0)
    }

    @Test("is left by a cancelled one that waits, at once, and those behind it move up")
    func cancelledWaiting() {
        let gate = RequestGate(capacity: 1)
        let tasks = (0..<5).map { visit(gate, $0) }
        simulation.settle()
        tasks[1].cancel()
        tasks[3].cancel()
        simulation.settle()
        #expect(book.ended == [1: .cancelled, 3: .cancelled])
        simulation.advance(by: .seconds(30))
        #expect(book.entered == [0, 2, 4])
        #expect(book.ended.count == 5)
    }

    @Test("is not entered by a task that was cancelled before it came")
    func cancelledBefore() {
        let gate = RequestGate(capacity: 1)
        visit(gate, 0)
        let task = visit(gate, 1)
        task.cancel()
        simulation.settle()
        #expect(book.ended == [1: .cancelled])
        simulation.advance(by: .seconds(10))
        visit(gate, 2)
        simulation.settle()
        #expect(book.entered == [0, 2])
    }

    @Test("gets its slot back from a cancelled one inside")
    func cancelledInside() {
        let gate = RequestGate(capacity: 1, overdueCapacity: 1, patience: twoSeconds)
        let first = visit(gate, 0)
        let second = visit(gate, 1, isTimed: true)
        simulation.settle()
        first.cancel()
        simulation.settle()
        #expect(book.ended == [0: .cancelled])
        #expect(book.entered == [0, 1])
        // Cancelled when its slot is back already.
        simulation.advance(by: .seconds(3))
        visit(gate, 2)
        simulation.settle()
        #expect(book.entered == [0, 1, 2])
        second.cancel()
        simulation.advance(by: .seconds(10))
        #expect(book.ended == [0: .cancelled, 1: .cancelled, 2: nil])
    }

    @Test(
        "loses no waiter and never exceeds its capacity, whichever waiters are cancelled",
        arguments: 0..<20
    )
    func randomCancellations(seed: Int) {
        let random = seededRandom(UInt64(seed))
        let gate = RequestGate(capacity: 4, overdueCapacity: 3, patience: twoSeconds)
        let tasks = (0..<60).map { number in
            visit(
                gate,
                number,
                random() < 0.4 ? .suspect : .regular,
                work: .milliseconds(Int(random() * 5000)),
                isTimed: random() < 0.5
            )
        }
        for _ in 0..<100 {
            if random() < 0.3 { tasks[Int(random() * 60)].cancel() }
            simulation.advance(by: .milliseconds(Int(random() * 1000)))
            #expect(book.inside <= 7)
        }
        simulation.advance(by: .seconds(1000))
        #expect(book.ended.count == 60)
        #expect(book.inside == 0)
        // All slots are there again.
        for number in 100..<104 { visit(gate, number) }
        simulation.settle()
        #expect(book.inside == 4)
    }

    @Test("loses no waiter among tasks that really run in parallel")
    func concurrency() async {
        let gate = RequestGate(
            capacity: 5,
            overdueCapacity: 2,
            patience: Patience(.microseconds(50) ... .microseconds(50))
        )
        // Calls may be made at any moment: also while what they are about ends.
        let timers = Timers()
        let clock = MonotonicClock(now: { .zero }, timers: timers)
        let book = book
        let isOver = Mutex(false)
        let alarm = Thread {
            while !isOver.withLock({ $0 }) { timers.takeFirst(dueAt: .seconds(1))?.call() }
        }
        alarm.start()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2000 {
                let lane: RequestLane = number % 3 == 0 ? .suspect : .regular
                group.addTask {
                    let visit = Task {
                        let body: @Sendable () async throws(Failure) -> Void = {
                            book.enter(number)
                            for _ in 0..<(number % 7) { await Task.yield() }
                            book.leave()
                        }
                        do throws(Failure) {
                            if number % 2 == 0 {
                                try await gate.run(lane, body)
                            } else {
                                try await gate.run(lane, clock: clock, body)
                            }
                            book.end(number, nil)
                        } catch {
                            book.end(number, error.reason)
                        }
                    }
                    if number % 5 == 0 {
                        await Task.yield()
                        visit.cancel()
                    }
                    await visit.value
                }
            }
        }
        #expect(book.ended.count == 2000)
        #expect(book.inside == 0)
        #expect(book.most <= 7)
        let refused = book.ended.filter { $0.value != nil }
        #expect(refused.allSatisfy { $0.value == .cancelled && $0.key % 5 == 0 })
        #expect(book.entered.count == 2000 - refused.count)
        isOver.withLock { $0 = true }
        // A waiter that gave a slot back while it left gave back exactly one.
        await expectCapacity(5, of: gate)
    }

    /// Fills a gate, and looks whether it has so many slots: no more, no less.
    private func expectCapacity(_ capacity: Int, of gate: RequestGate) async {
        let book = Book()
        let end = (0..<(capacity + 5)).map { _ in WakeUp() }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<(capacity + 5) {
                group.addTask {
                    try? await gate.run { () async throws(Failure) in
                        book.enter(number)
                        await end[number].wait()
                    }
                }
            }
            let deadline = ContinuousClock.now + .seconds(120)
            while book.entered.count < capacity, ContinuousClock.now < deadline { await Task.yield() }
            for _ in 0..<1000 { await Task.yield() }
            #expect(book.entered.count == capacity)
            for number in 0..<(capacity + 5) { end[number].end() }
        }
    }

    @Test("makes thousands of calls that each end at once, without one within the other")
    func thousandsOfCalls() {
        let gate = RequestGate(capacity: 1)
        let first = Mutex<RequestGate.Slot?>(nil)
        gate.call(.regular) { slot in first.withLock { $0 = slot } }
        for number in 0..<100_000 {
            gate.call(.regular) { [book] slot in
                book.end(number, nil)
                slot.leave()
            }
        }
        first.withLock { $0 }?.leave()
        #expect(book.ended.count == 100_000)
    }

    @Test("stands thousands that wait")
    func thousands() {
        let gate = RequestGate(capacity: 10)
        for number in 0..<20000 { visit(gate, number, work: .milliseconds(1)) }
        simulation.advance(by: .seconds(10))
        #expect(book.entered == Array(0..<20000))
        #expect(book.ended.count == 20000)
    }
}

extension RequestGate {
    /// Works inside; with a clock, as long as patience lasts.
    fileprivate func run<Value: Sendable>(
        _ lane: Lane = .regular,
        clock: MonotonicClock? = nil,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let slot = try await enter(lane)
        defer { slot.leave() }
        guard let clock else { return try await body() }
        return try await run(in: slot, clock: clock, body)
    }
}
