import PullerCore
import Timing

/// The watches that stand during one rest of a worker.
struct Vigil: Sendable {
    /// Tells it from the vigils of other rests.
    let number: Int
    var watches: [StandingWatch]
    /// Whether there is a task for it.
    var isKept = false
    /// Ends its task.
    let end = WakeUp()

    /// Has a watch begin, or begin again.
    mutating func begin(_ index: Int) -> StandingWatch {
        watches[index].begin()
        return watches[index]
    }
}
