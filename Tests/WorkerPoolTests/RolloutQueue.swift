import Synchronization
import WorkerPool

/// Registers calls at a gate for rollouts, keeps the slots that it gets, and notes the lanes that they came
/// from.
final class RolloutQueue: Sendable {
    private struct State {
        var admitted: [RolloutLane] = []
        var slots: [RolloutGate.Slot] = []
    }

    let gate: RolloutGate
    private let state = Mutex(State())

    init(capacity: Int) { gate = RolloutGate(capacity: capacity) }

    /// The lanes of all that were let in, in their order.
    var admitted: [RolloutLane] { state.withLock { $0.admitted } }

    func count(of lane: RolloutLane) -> Int { admitted.count { $0 == lane } }

    func call(_ lane: RolloutLane, times: Int = 1) {
        for _ in 0..<times { gate.call(lane) { self.add($0, lane) } }
    }

    /// Notes a slot that was obtained in another way than by a call.
    func add(_ slot: RolloutGate.Slot, _ lane: RolloutLane) {
        state.withLock { state in
            state.admitted.append(lane)
            state.slots.append(slot)
        }
    }

    /// Releases the oldest slots, one after the other.
    ///
    /// - Returns: The lanes of the waiters that were let in for them.
    @discardableResult
    func leave(times: Int) -> [RolloutLane] {
        let before = admitted.count
        for _ in 0..<times { state.withLock { $0.slots.isEmpty ? nil : $0.slots.removeFirst() }?.leave() }
        return Array(admitted.dropFirst(before))
    }
}
