import Synchronization
import Testing
import WorkerPool

@Suite("The lanes of a gate")
struct AdmissionLaneTests {
    /// A gate with one slot, which is taken.
    private func fullQueue(_ lane: RolloutLane = .missing) -> RolloutQueue {
        let queue = RolloutQueue(capacity: 1)
        queue.call(lane)
        return queue
    }

    private func repeated(_ lane: RolloutLane, _ times: Int) -> [RolloutLane] {
        Array(repeating: lane, count: times)
    }

    // MARK: Priority

    @Test("are served by priority, not in the order of arrival")
    func priority() {
        let queue = fullQueue()
        for lane in RolloutLane.allCases.reversed() { queue.call(lane, times: 2) }
        #expect(
            queue.leave(times: 8)
                == [.missing, .missing, .changed, .changed, .refresh, .refresh, .stalled, .stalled]
        )
    }

    @Test("let a cluster without a DaemonSet go before sixty refreshes that were there first")
    func missingFirst() {
        let queue = fullQueue(.refresh)
        queue.call(.refresh, times: 60)
        queue.call(.missing)
        #expect(queue.leave(times: 3) == [.missing, .refresh, .refresh])
    }

    // MARK: No starvation

    @Test("let a refresh in after eight of a thousand clusters without a DaemonSet")
    func oneRefresh() {
        let queue = fullQueue()
        queue.call(.missing, times: 1000)
        queue.call(.refresh)
        #expect(queue.leave(times: 10) == repeated(.missing, 8) + [.refresh, .missing])
    }

    @Test("get one turn in nine each while all of them have waiters, and the first one gets the rest")
    func ratio() {
        let queue = fullQueue()
        for lane in RolloutLane.allCases { queue.call(lane, times: 1000) }
        let first = queue.leave(times: 12)
        #expect(first == repeated(.missing, 8) + [.changed, .refresh, .stalled, .missing])
        let turns = queue.leave(times: 900)
        for lane in [RolloutLane.changed, .refresh, .stalled] {
            let positions = turns.indices.filter { turns[$0] == lane }
            #expect(positions.count == 100)
            #expect(zip(positions, positions.dropFirst()).allSatisfy { $1 - $0 <= 9 })
        }
        #expect(turns.count { $0 == .missing } == 600)
    }

    @Test("are passed over only while they have waiters")
    func withoutWaiters() {
        let queue = fullQueue()
        queue.call(.missing, times: 40)
        queue.leave(times: 20)
        queue.call(.refresh)
        #expect(queue.leave(times: 10) == repeated(.missing, 8) + [.refresh, .missing])
    }

    @Test("are passed over only while they are below their share")
    func shareWasFull() {
        let queue = RolloutQueue(capacity: 8)
        let stalled = [queue.gate.occupy(.stalled), queue.gate.occupy(.stalled)]
        queue.call(.stalled)
        queue.call(.missing, times: 100)
        queue.leave(times: 20)
        #expect(queue.count(of: .stalled) == 0)
        stalled[0].leave()
        #expect(queue.leave(times: 9) == repeated(.missing, 7) + [.stalled, .missing])
    }

    @Test("are not passed over by work that occupies a slot without asking")
    func occupiedIsNoTurn() {
        let queue = fullQueue()
        queue.call(.missing, times: 20)
        queue.call(.refresh)
        for slot in (0..<20).map({ _ in queue.gate.occupy(.missing) }) { slot.leave() }
        #expect(queue.leave(times: 9) == repeated(.missing, 8) + [.refresh])
    }

    // MARK: Shares

    @Test(
        "give rollouts that stalled a quarter of the slots at most, and at least one",
        arguments: [(1, 1), (2, 1), (3, 1), (4, 1), (7, 1), (8, 2), (50, 12)]
    )
    func share(capacity: Int, most: Int) {
        let queue = RolloutQueue(capacity: capacity)
        queue.call(.stalled, times: 100)
        #expect(queue.admitted == repeated(.stalled, most))
        queue.call(.refresh, times: 100)
        #expect(queue.admitted.count == capacity)
        #expect(queue.count(of: .stalled) == most)
    }

    @Test("keep to their share, however often they were passed over")
    func shareBeforeTurn() {
        let queue = RolloutQueue(capacity: 4)
        queue.call(.missing, times: 4)
        queue.call(.stalled)
        queue.call(.changed, times: 100)
        #expect(queue.leave(times: 8) == repeated(.changed, 8))
        let stalled = queue.gate.occupy(.stalled)
        // The first of the two releases only makes up for the slot beyond the capacity.
        #expect(queue.leave(times: 2) == [.changed])
        stalled.leave()
        #expect(queue.admitted.last == .stalled)
    }

    // MARK: Calls

    @Test("forget all calls once these are stopped, and accept no more")
    func stoppedCalls() {
        let queue = RolloutQueue(capacity: 1)
        let held = queue.gate.occupy(.missing)
        for lane in RolloutLane.allCases { queue.call(lane, times: 3) }
        queue.gate.stopCalls()
        for lane in RolloutLane.allCases { queue.call(lane) }
        held.leave()
        #expect(queue.admitted.isEmpty)
        #expect(queue.gate.tryEnter(.stalled) != nil)
    }

    @Test("serve thousands of calls that leave at once, without nesting them")
    func thousandsOfCalls() {
        let gate = RolloutGate(capacity: 1)
        let held = gate.occupy(.missing)
        let made = Mutex<[RolloutLane: Int]>([:])
        for _ in 0..<25_000 {
            for lane in RolloutLane.allCases {
                gate.call(lane) { slot in
                    made.withLock { $0[lane, default: 0] += 1 }
                    slot.move(to: .stalled)
                    slot.leave()
                }
            }
        }
        held.leave()
        #expect(
            made.withLock { $0 } == [.missing: 25_000, .changed: 25_000, .refresh: 25_000, .stalled: 25_000]
        )
    }
}
