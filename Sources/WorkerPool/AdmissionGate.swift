import KubernetesAPI
import PullerCore
import Synchronization
import Timing

/// Lets so many in at once, first come, first served.
///
/// Who waits is a task, or somebody who left a call and has no task before there is a slot: thousands of workers at
/// once would need more memory for their tasks than for anything else.
///
/// Clusters that failed last time stand in a lane of their own, which has a quarter of the slots at most, and a ninth of
/// the turns: however many of them are silent, the healthy ones are let in, and however many of those there are, the
/// others are, too. A slot can also be given back before its work has ended, because a request that hangs costs nothing
/// but its connection (see ``Patience``); how many may do so at once is bounded, too, and nobody may beyond that.
public final class AdmissionGate: Sendable {
    /// Where to stand.
    public enum Lane: Sendable {
        /// For clusters that work.
        case regular
        /// For clusters that failed last time.
        case suspect
    }

    /// Leave to be inside. Whoever has it gives it back; more than once is once.
    public final class Slot: Sendable {
        fileprivate enum Phase { case inside, overdue, outside }
        fileprivate let lane: Lane
        fileprivate let phase = Mutex(Phase.inside)
        private let gate: AdmissionGate

        fileprivate init(_ gate: AdmissionGate, _ lane: Lane) {
            self.gate = gate
            self.lane = lane
        }

        /// Gives it back.
        public func leave() { gate.leave(self) }
    }

    private enum Waiter {
        /// A task; it is told `nil` when it was cancelled.
        case task(CheckedContinuation<Slot?, Never>)
        case call(@Sendable (Slot) -> Void)

        func tell(_ slot: Slot) {
            switch self {
            case .task(let continuation): continuation.resume(returning: slot)
            case .call(let call): call(slot)
            }
        }

        func cancel() {
            if case .task(let continuation) = self { continuation.resume(returning: nil) }
        }

        var isTask: Bool { if case .task = self { true } else { false } }
    }

    private struct State {
        var inside = 0
        var suspectsInside = 0
        var regularsInARow = 0
        var overdue = 0
        var hearsCalls = true
        var isAdmitting = false
        var regular = WaitingLine<Waiter>()
        var suspects = WaitingLine<Waiter>()
        var patience: Patience

        /// Works on a lane's line in its place: a copy of thousands who wait would be made each time.
        mutating func with<Value>(_ lane: Lane, _ body: (inout WaitingLine<Waiter>) -> Value) -> Value {
            switch lane {
            case .regular: body(&regular)
            case .suspect: body(&suspects)
            }
        }
    }

    /// So many of the regular lane go before one of the other that waits.
    private static let regularsBeforeSuspect = 8

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

    // MARK: Coming in

    /// Has `call` made with a slot, at once or when there is one; or never, once calls are not heard any more.
    ///
    /// - Parameter call: Quick, and without waiting. It gives the slot back, or hands it to who does.
    public func call(_ lane: Lane, _ call: @escaping @Sendable (Slot) -> Void) {
        admit { state in
            guard state.hearsCalls else { return }
            state.with(lane) { $0.add(.call(call), at: $0.reserve()) }
        }
    }

    /// Forgets who has called, and hears no more calls: from now on, only tasks are let in.
    public func stopCalls() {
        state.withLock { state in
            state.hearsCalls = false
            for lane in [Lane.regular, .suspect] { state.with(lane) { $0.filter(\.isTask) } }
        }
    }

    /// Waits for a slot.
    ///
    /// - Throws: `cancelled` when the task was while it waited.
    public func enter(_ lane: Lane) async throws(Failure) -> Slot {
        let place = state.withLock { $0.with(lane) { $0.reserve() } }
        let slot = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                admit { state in state.with(lane) { $0.add(.task(continuation), at: place) } }
                // A cancellation before the place was taken found nobody to resume.
                if Task.isCancelled { abandon(place, lane) }
            }
        } onCancel: {
            abandon(place, lane)
        }
        guard let slot else { throw .ending }
        return slot
    }

    private func abandon(_ place: UInt64, _ lane: Lane) {
        state.withLock { $0.with(lane) { $0.remove(place) } }?.cancel()
    }

    /// Changes something, and lets those in for whom there is a slot then.
    private func admit(after change: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            change(&state)
            defer { state.isAdmitting = true }
            return !state.isAdmitting
        }
        // Who is admitting already, on another thread or further up on this one, goes on until there is nobody: a call
        // that gives its slot back at once lets the next one in, and that thousands of times.
        guard isFirst else { return }
        while let (waiter, lane) = state.withLock({ next(&$0) }) { waiter.tell(Slot(self, lane)) }
    }

    /// Gives the next slot to whose turn it is; `nil` when there is none, or nobody.
    private func next(_ state: inout State) -> (waiter: Waiter, lane: Lane)? {
        guard state.inside < capacity, let next = takeNext(&state) else {
            state.isAdmitting = false
            return nil
        }
        state.inside += 1
        return next
    }

    /// Takes whose turn it is off his line.
    private func takeNext(_ state: inout State) -> (waiter: Waiter, lane: Lane)? {
        let maySuspect = state.suspectsInside < suspectCapacity
        if !maySuspect || state.regularsInARow < Self.regularsBeforeSuspect,
            let waiter = state.regular.removeFirst()
        {
            state.regularsInARow += 1
            return (waiter, .regular)
        }
        if maySuspect, let waiter = state.suspects.removeFirst() {
            state.regularsInARow = 0
            state.suspectsInside += 1
            return (waiter, .suspect)
        }
        return state.regular.removeFirst().map { ($0, .regular) }
    }

    // MARK: Inside

    /// Runs `body` inside, and gives the slot back when it has ended, or when patience has.
    public func run<Value: Sendable>(
        in slot: Slot,
        clock: MonotonicClock,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
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
        admit { state in
            state.inside -= 1
            if lane == .suspect { state.suspectsInside -= 1 }
        }
    }
}
