import KubernetesAPI
import Synchronization

/// A pause between two rounds that somebody can cut short.
final class Alarm: Sendable {
    private struct State {
        /// The pause that is under way, or was the last.
        var number = 0
        var isOver = true
        /// Whether it rang while no pause was under way: the next one is none.
        var hasRung = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let clock: MonotonicClock
    private let state = Mutex(State())

    init(_ clock: MonotonicClock) {
        self.clock = clock
    }

    /// Waits this long, or until it rings or the task is cancelled; not at all when it has rung since the last pause.
    func wait(_ duration: Duration) async {
        let next = state.withLock { state -> Int? in
            guard !state.hasRung else {
                state.hasRung = false
                return nil
            }
            state.number += 1
            state.isOver = false
            return state.number
        }
        guard let number = next else { return }
        let timer = clock.schedule(after: duration) { self.end(number) }
        defer { timer.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.isOver { state.waiting = continuation }
                    return state.isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            end(number)
        }
    }

    /// Ends the pause that is under way, or else the next one before it begins.
    func ring() {
        let number = state.withLock { state in
            state.hasRung = state.isOver
            return state.number
        }
        end(number)
    }

    private func end(_ number: Int) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.number == number, !state.isOver else { return nil }
            state.isOver = true
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }
}
