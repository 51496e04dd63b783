import KubernetesAPI
import PullerCore
import Synchronization
import Timing

/// Bounds how many are inside at once. Waiters queue in lanes, and each lane is first come, first served.
///
/// The next slot goes to the waiting lane of the highest priority that is below its share, except that a lane that was
/// passed over eight times goes first. So no lane waits for ever, however many wait in the others, and clusters that do
/// not answer take no more slots than the share of their lane.
///
/// A waiter is a task, or a call, which needs no task before there is a slot: thousands of workers at once would need more
/// memory for their tasks than for anything else.
///
/// A slot can also be given back before its work has ended, because a request that hangs costs nothing but its connection
/// (see ``Patience``); how many may do so at once is bounded, too.
public final class AdmissionGate<Lane: AdmissionLane>: Sendable {
    /// Permission to be inside. Its holder gives it back; doing so again changes nothing.
    public final class Slot: Sendable {
        fileprivate enum Phase { case inside, overdue, outside }

        fileprivate struct Place {
            var lane: Int
            var phase = Phase.inside
        }

        /// The gate's lock may be taken while this one is held, never the other way round.
        fileprivate let place: Mutex<Place>
        private let gate: AdmissionGate

        fileprivate init(_ gate: AdmissionGate, _ lane: Int) {
            self.gate = gate
            place = Mutex(Place(lane: lane))
        }

        /// Gives the slot back.
        public func leave() { gate.leave(self) }

        /// Counts the slot in the share of `lane` from now on, even if that lane has its share already. Changes nothing
        /// once the slot was given back.
        public func move(to lane: Lane) { gate.move(self, to: lane.rawValue) }
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
        var lines: AdmissionLines<Waiter>
        var overdue = 0
        var hearsCalls = true
        var isAdmitting = false
        var patience: Patience

        /// Works on a lane's line in its place: a copy of thousands who wait would be made each time.
        mutating func with<Value>(_ lane: Lane, _ body: (inout WaitingLine<Waiter>) -> Value) -> Value {
            body(&lines.lines[lane.rawValue].waiting)
        }
    }

    private let overdueCapacity: Int
    private let state: Mutex<State>

    /// A gate.
    ///
    /// - Parameters:
    ///   - capacity: How many may be inside.
    ///   - overdueCapacity: How many more may have given their slot back and still be at work.
    ///   - patience: How long work may take before that.
    public init(capacity: Int, overdueCapacity: Int = 0, patience: Patience = Patience()) {
        self.overdueCapacity = overdueCapacity
        let lines = AdmissionLines<Waiter>(
            capacity: capacity,
            shares: Lane.allCases.map(\.share),
            countsEveryPass: Lane.countsEveryPass
        )
        state = Mutex(State(lines: lines, patience: patience))
    }

    /// How full it is.
    public var figures: GateFigures {
        state.withLock { state in
            GateFigures(
                inside: state.lines.inside,
                overdue: state.overdue,
                waiting: state.lines.waiting,
                capacity: state.lines.capacity
            )
        }
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
            for lane in Lane.allCases { state.with(lane) { $0.filter(\.isTask) } }
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
                // A cancellation before the place was taken found no continuation to resume.
                if Task.isCancelled { abandon(place, lane) }
            }
        } onCancel: {
            abandon(place, lane)
        }
        guard let slot else { throw .ending }
        return slot
    }

    /// Gives a slot at once, or none; it never waits.
    ///
    /// - Returns: `nil` when no slot is free, the lane has its share, a call of the same or a higher priority waits, or a
    ///   lane of lower priority goes first because it was passed over eight times.
    public func tryEnter(_ lane: Lane) -> Slot? {
        state.withLock { $0.lines.tryAdmit(lane.rawValue) } ? Slot(self, lane.rawValue) : nil
    }

    /// Gives a slot at once, even beyond the capacity and the lane's share: for work that is already under
    /// way without having asked for one. The gate lets no waiter in until it is below its capacity again.
    public func occupy(_ lane: Lane) -> Slot {
        state.withLock { $0.lines.occupy(lane.rawValue) }
        return Slot(self, lane.rawValue)
    }

    private func abandon(_ place: UInt64, _ lane: Lane) {
        state.withLock { $0.with(lane) { $0.remove(place) } }?.cancel()
    }

    /// Makes a change, and then lets in every waiter for whom there is a slot.
    private func admit(after change: (inout State) -> Void) {
        if begin(with: change) { admitAll() }
    }

    /// Makes a change.
    ///
    /// - Returns: Whether the caller is to go on with ``admitAll()``. Not if that is running already, on another thread or
    ///   further up on this one, since it goes on until no waiter can be let in: thousands of calls may each give their slot
    ///   back at once, and must not nest.
    private func begin(with change: (inout State) -> Void) -> Bool {
        state.withLock { state in
            change(&state)
            defer { state.isAdmitting = true }
            return !state.isAdmitting
        }
    }

    private func admitAll() {
        while let (waiter, lane) = state.withLock({ next(&$0) }) { waiter.tell(Slot(self, lane)) }
    }

    private func next(_ state: inout State) -> (waiter: Waiter, lane: Int)? {
        let next = state.lines.takeNext()
        if next == nil { state.isAdmitting = false }
        return next
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
        if slot.place.withLock({ $0.phase == .inside }) { state.withLock { $0.patience.note(duration) } }
        return value
    }

    private func leave(_ slot: Slot) {
        let place = slot.place.withLock { place in
            defer { place.phase = .outside }
            return place
        }
        switch place.phase {
        case .inside: admit { $0.lines.release(place.lane) }
        case .overdue: state.withLock { $0.overdue -= 1 }
        case .outside: break
        }
    }

    private func leaveEarly(_ slot: Slot) {
        let mustAdmit = slot.place.withLock { place in
            // It may have left while this call was on its way.
            guard place.phase == .inside else { return false }
            return begin { state in
                guard state.overdue < overdueCapacity else { return }
                state.overdue += 1
                state.patience.noteOverdue()
                state.lines.release(place.lane)
                place.phase = .overdue
            }
        }
        if mustAdmit { admitAll() }
    }

    private func move(_ slot: Slot, to lane: Int) {
        let mustAdmit = slot.place.withLock { place in
            guard place.phase == .inside else { return false }
            defer { place.lane = lane }
            return begin { $0.lines.move(from: place.lane, to: lane) }
        }
        if mustAdmit { admitAll() }
    }
}
