import KubernetesAPI
import PullerCore
import Synchronization
import TestSupport
import Testing
import WorkerPool

@Suite("The slots of a gate")
struct AdmissionSlotTests {
    private let simulation = Simulation()

    // MARK: At once or not at all

    @Test("are given at once while there are any, and not beyond the capacity or a lane's share")
    func tryEnter() {
        let queue = RolloutQueue(capacity: 4)
        let gate = queue.gate
        let stalled = gate.tryEnter(.stalled)
        #expect(stalled != nil)
        #expect(gate.tryEnter(.stalled) == nil)
        let others = RolloutLane.allCases.dropLast().map { gate.tryEnter($0) }
        #expect(others.allSatisfy { $0 != nil })
        #expect(gate.tryEnter(.missing) == nil)
        stalled?.leave()
        #expect(gate.tryEnter(.missing) != nil)
        // They count for those that wait, too.
        queue.call(.changed)
        #expect(queue.admitted.isEmpty)
        others[0]?.leave()
        #expect(queue.admitted == [.changed])
    }

    /// Calls `probe` while a slot is free and others wait: after a slot is given back, before the next one is let in.
    private func whileWaiting(_ lanes: [RolloutLane], _ probe: @escaping @Sendable (RolloutGate) -> Void)
        -> RolloutQueue
    {
        let queue = RolloutQueue(capacity: 1)
        let held = queue.gate.occupy(.missing)
        queue.gate.call(.missing) { [gate = queue.gate] slot in
            slot.leave()
            probe(gate)
        }
        for lane in lanes { queue.call(lane) }
        held.leave()
        return queue
    }

    @Test("are not given at once ahead of a waiter of the same or a higher priority")
    func noJumping() {
        let given = Mutex<[RolloutLane]>([])
        let queue = whileWaiting([.changed]) { gate in
            for lane in RolloutLane.allCases {
                guard let slot = gate.tryEnter(lane) else { continue }
                given.withLock { $0.append(lane) }
                slot.leave()
            }
        }
        #expect(given.withLock { $0 } == [.missing])
        #expect(queue.admitted == [.changed])
    }

    @Test("are given at once ahead of a lower priority as often as in turn, and not more often")
    func noStarvationAtOnce() {
        let given = Mutex(0)
        let queue = whileWaiting([.refresh]) { gate in
            for _ in 0..<100 {
                guard let slot = gate.tryEnter(.missing) else { continue }
                given.withLock { $0 += 1 }
                slot.leave()
            }
        }
        // The probing call is the first of the eight.
        #expect(given.withLock { $0 } == 7)
        #expect(queue.admitted == [.refresh])
    }

    // MARK: Beyond the capacity

    @Test(
        "are given to work under way even beyond the capacity, and to no other waiter until the gate is below it"
    )
    func occupyBeyondCapacity() {
        let queue = RolloutQueue(capacity: 2)
        let slots = (0..<5).map { _ in queue.gate.occupy(.changed) }
        queue.call(.missing, times: 3)
        for slot in slots.prefix(3) {
            slot.leave()
            #expect(queue.admitted.isEmpty)
            #expect(queue.gate.tryEnter(.missing) == nil)
        }
        slots[3].leave()
        #expect(queue.admitted == [.missing])
        slots[4].leave()
        #expect(queue.admitted == [.missing, .missing])
    }

    @Test("are given to work under way even beyond a lane's share, and count in it")
    func occupyBeyondShare() {
        let queue = RolloutQueue(capacity: 8)
        let slots = (0..<3).map { _ in queue.gate.occupy(.stalled) }
        queue.call(.stalled)
        queue.call(.refresh)
        slots[0].leave()
        #expect(queue.admitted == [.refresh])
        slots[1].leave()
        #expect(queue.admitted == [.refresh, .stalled])
    }

    // MARK: Another lane

    @Test("count in the share of the lane that they move to, even beyond it, and once in the capacity")
    func move() {
        let queue = RolloutQueue(capacity: 8)
        let slots = (0..<3).map { _ in queue.gate.occupy(.missing) }
        for slot in slots { slot.move(to: .stalled) }
        queue.call(.stalled)
        queue.call(.missing, times: 11)
        #expect(queue.admitted == Array(repeating: .missing, count: 5))
        slots[0].leave()
        #expect(queue.count(of: .stalled) == 0)
        slots[1].leave()
        slots[2].leave()
        #expect(queue.admitted.count == 8)
        #expect(queue.count(of: .stalled) == 0)
        // Three more of the others wait, and go first.
        #expect(queue.leave(times: 4) == [.missing, .missing, .missing, .stalled])
    }

    @Test("let the next one of a lane in when they move out of it")
    func moveOut() {
        let queue = RolloutQueue(capacity: 8)
        let slots = (0..<2).map { _ in queue.gate.occupy(.stalled) }
        queue.call(.stalled, times: 5)
        #expect(queue.admitted.isEmpty)
        slots[0].move(to: .missing)
        #expect(queue.admitted == [.stalled])
        // Now there are three in the lane, which may have two.
        slots[0].move(to: .stalled)
        slots[1].move(to: .stalled)
        slots[0].leave()
        #expect(queue.admitted == [.stalled])
        slots[1].leave()
        #expect(queue.admitted == [.stalled, .stalled])
    }

    @Test("move nowhere once they were given back")
    func moveOutside() {
        let queue = RolloutQueue(capacity: 4)
        let slot = queue.gate.occupy(.missing)
        slot.leave()
        slot.move(to: .stalled)
        slot.leave()
        queue.call(.stalled, times: 2)
        #expect(queue.admitted == [.stalled])
        queue.call(.missing, times: 10)
        #expect(queue.admitted.count == 4)
    }

    @Test("move nowhere once they were given back early")
    func moveOverdue() {
        let gate = RolloutGate(
            capacity: 4,
            overdueCapacity: 1,
            patience: Patience(.seconds(2) ... .seconds(2))
        )
        let slot = gate.occupy(.missing)
        let clock = simulation.clock
        _ = simulation.start {
            try? await gate.run(in: slot, clock: clock) { () async throws(Failure) in
                do { try await clock.sleep(.seconds(10)) } catch { throw .ending }
            }
        }
        simulation.advance(by: .seconds(3))
        slot.move(to: .stalled)
        #expect(gate.tryEnter(.stalled) != nil)
        simulation.advance(by: .seconds(10))
        #expect(gate.tryEnter(.stalled) == nil)
        #expect((0..<5).count { _ in gate.tryEnter(.missing) != nil } == 3)
    }

    // MARK: Tasks

    @Test("go to tasks by priority as they do to calls, and not to cancelled ones")
    func tasks() {
        let queue = RolloutQueue(capacity: 1)
        let held = queue.gate.occupy(.changed)
        queue.call(.refresh)
        let tasks = (0..<3).map { _ in
            simulation.start {
                if let slot = try? await queue.gate.enter(.missing) { queue.add(slot, .missing) }
            }
        }
        simulation.settle()
        tasks[0].cancel()
        tasks[1].cancel()
        simulation.settle()
        held.leave()
        simulation.settle()
        #expect(queue.admitted == [.missing])
        #expect(queue.leave(times: 1) == [.refresh])
    }

    @Test("are all free again after threads took, moved and gave them back concurrently")
    func concurrency() async {
        let gate = RolloutGate(capacity: 8)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4000 {
                let lane = RolloutLane.allCases[number % 4]
                group.addTask {
                    let slot: RolloutGate.Slot?
                    switch number % 7 {
                    case 0: slot = gate.occupy(lane)
                    case 1, 2: slot = gate.tryEnter(lane)
                    default: slot = try? await gate.enter(lane)
                    }
                    await Task.yield()
                    // It is moved and given back concurrently.
                    await withTaskGroup(of: Void.self) { group in
                        for other in RolloutLane.allCases { group.addTask { slot?.move(to: other) } }
                        group.addTask { slot?.leave() }
                    }
                }
            }
        }
        #expect((0..<9).count { _ in gate.tryEnter(.stalled) != nil } == 2)
        #expect((0..<9).count { _ in gate.tryEnter(.missing) != nil } == 6)
    }
}
