import PullerCore
import Synchronization

/// How many clusters stand how, counted from the events that pass by.
public final class PoolTally: Sendable {
    private struct State {
        var standing: [String: PoolEvent.Kind] = [:]
        var counts: [PoolEvent.Kind: Int] = [:]
        var hasChanged = false
    }

    private let state = Mutex(State())

    /// Nothing counted yet.
    public init() {}

    /// Counts an event.
    public func note(_ event: PoolEvent) {
        let standing: PoolEvent.Kind?
        switch event.kind {
        case .ready, .unready, .failed: standing = event.kind
        case .removed: standing = nil
        default: return
        }
        state.withLock { state in
            let before = state.standing.updateValue(standing ?? .removed, forKey: event.user ?? "")
            if standing == nil { state.standing[event.user ?? ""] = nil }
            guard before != standing else { return }
            if let before { state.counts[before, default: 0] -= 1 }
            if let standing { state.counts[standing, default: 0] += 1 }
            state.hasChanged = true
        }
    }

    /// A summary, when something has changed since the last one.
    ///
    /// - Parameter clusters: How many there are.
    func summary(clusters: Int) -> PoolEvent? {
        state.withLock { state in
            guard state.hasChanged else { return nil }
            state.hasChanged = false
            let ready = state.counts[.ready, default: 0]
            let unready = state.counts[.unready, default: 0]
            let failing = state.counts[.failed, default: 0]
            let text = "\(ready) of \(clusters) clusters are ready, \(unready) are not, \(failing) fail"
            return PoolEvent(.summary, text)
        }
    }
}
