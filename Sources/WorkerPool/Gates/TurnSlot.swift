/// The slot for a worker's turn, from the gate at which the worker waited for it.
public enum TurnSlot: Sendable {
    /// For a step that begins with a request.
    case request(RequestGate.Slot)
    /// For a step that rolls out.
    case rollout(RolloutGate.Slot)

    /// The slot for the step's first request, if it is for one.
    var request: RequestGate.Slot? { if case .request(let slot) = self { slot } else { nil } }

    /// Gives the slot back.
    func leave() {
        switch self {
        case .request(let slot): slot.leave()
        case .rollout(let slot): slot.leave()
        }
    }
}
