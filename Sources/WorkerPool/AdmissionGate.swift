import KubernetesAPI
import PullerCore
import Synchronization

/// Lets so many in at once, first come, first served.
///
/// Clusters that failed last time stand in a lane of their own, which has a quarter of the slots at most: however
/// many of them are silent, the healthy ones are let in. A slot can also be given back before its work has ended,
/// because a request that hangs costs nothing but its connection (see ``Patience``); how many may do so at once is
/// bounded, too, and nobody may beyond that.
public final class AdmissionGate: Sendable {
    /// Where to stand.
    public enum Lane: Sendable {
        /// For clusters that work.
        case regular
        /// For clusters that failed last time.
        case suspect
    }

    /// Leave to be inside.
    private final class Slot: Sendable {
        enum Phase { case inside, overdue, outside }
        let lane: Lane
        let phase = Mutex(Phase.inside)

        init(_ lane: Lane) {
            self.lane = lane
        }
    }

    private struct State {
        var inside = 0
        var suspectsInside = 0
        var overdue = 0
        var regular = WaitingLine()
        var suspects = WaitingLine()
        var patience: Patience

        /// Works on a lane's line in its place: a copy of thousands who wait would be made each time.
        mutating func with<Value>(_ lane: Lane, _ body: (inout WaitingLine) -> Value) -> Value {
            switch lane {
            case .regular: body(&regular)
            case .suspect: body(&suspects)
            }
        }
    }

    private let capacity: Int
    private let suspectCapacity: Int
    private let overdueCapacity: Int
    private let state: Mutex<State>

    /// A gate.
    ///
    /// - Parameters:
    ///   - capacity: How many may be inside.
    ///   - overdueCapacity: How many more may have given their slot back and still be at work.
    ///   - patience: How long work may take before that.
    public init(capacity: Int, overdueCapacity: Int = 0, patience: Patience = Patience()) {
        self.capacity = capacity
        self.overdueCapacity = overdueCapacity
        state = Mutex(State(patience: patience))
        suspectCapacity = max(1, capacity / 4)
    }

    /// Runs `body` inside.
    ///
    /// - Throws: What `body` throws, or `cancelled` when the task was while it waited.
    public func run<Value: Sendable>(
        _ lane: Lane = .regular,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let slot = try await enter(lane)
        defer { leave(slot) }
        return try await body()
    }

    /// Runs `body` inside, and gives the slot back when patience is at its end.
    public func run<Value: Sendable>(
        _ lane: Lane,
        clock: MonotonicClock,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let slot = try await enter(lane)
        defer { leave(slot) }
        let began = clock.now()
        let timer = clock.schedule(after: state.withLock { $0.patience.limit }) { self.leaveEarly(slot) }
        defer { timer.cancel() }
        let value = try await body()
        // What fails at once tells nothing of how long an answer takes.
        let duration = clock.now() - began
        // Each counts once: who has left early has been noted then.
        if slot.phase.withLock({ $0 == .inside }) { state.withLock { $0.patience.note(duration) } }
        return value
    }

    private func enter(_ lane: Lane) async throws(Failure) -> Slot {
        let place = state.withLock { $0.with(lane) { $0.reserve() } }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let admitted = state.withLock { state in
                    state.with(lane) { $0.add(continuation, at: place) }
                    return admit(&state)
                }
                for continuation in admitted { continuation.resume(returning: true) }
                // A cancellation before the place was taken found nobody to resume.
                if Task.isCancelled { abandon(place, lane) }
            }
        } onCancel: {
            abandon(place, lane)
        }
        guard isIn else { throw .ending }
        return Slot(lane)
    }

    private func abandon(_ place: WaitingLine.Place, _ lane: Lane) {
        state.withLock { $0.with(lane) { $0.remove(place) } }?.resume(returning: false)
    }

    private func leave(_ slot: Slot) {
        let phase = slot.phase.withLock { phase in
            defer { phase = .outside }
            return phase
        }
        switch phase {
        case .inside: release(slot.lane)
        case .overdue: state.withLock { $0.overdue -= 1 }
        case .outside: break
        }
    }

    private func leaveEarly(_ slot: Slot) {
        let mayLeave = slot.phase.withLock { phase in
            // It may have left while this call was on its way.
            guard phase == .inside else { return false }
            let mayLeave = state.withLock { state in
                guard state.overdue < overdueCapacity else { return false }
                state.overdue += 1
                state.patience.noteOverdue()
                return true
            }
            if mayLeave { phase = .overdue }
            return mayLeave
        }
        if mayLeave { release(slot.lane) }
    }

    private func release(_ lane: Lane) {
        let admitted = state.withLock { state in
            state.inside -= 1
            if lane == .suspect { state.suspectsInside -= 1 }
            return admit(&state)
        }
        for continuation in admitted { continuation.resume(returning: true) }
    }

    /// Takes those off their lines for whom there is a slot now.
    private func admit(_ state: inout State) -> [CheckedContinuation<Bool, Never>] {
        var admitted: [CheckedContinuation<Bool, Never>] = []
        while state.inside < capacity {
            if let next = state.regular.removeFirst() {
                admitted.append(next)
            } else if state.suspectsInside < suspectCapacity, let next = state.suspects.removeFirst() {
                state.suspectsInside += 1
                admitted.append(next)
            } else {
                break
            }
            state.inside += 1
        }
        return admitted
    }
}
