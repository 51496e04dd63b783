import PullerCore
import Synchronization

/// How many clusters stand how, counted from the events that pass by.
public final class PoolTally: Sendable {
    private struct State {
        var standing: [String: PoolEvent.Kind] = [:]
        var counts: [PoolEvent.Kind: Int] = [:]
        var hasChanged = false

        mutating func stand(_ cluster: String, _ now: PoolEvent.Kind?) {
            let before = standing[cluster]
            guard before != now else { return }
            standing[cluster] = now
            if let before { counts[before, default: 0] -= 1 }
            if let now { counts[now, default: 0] += 1 }
            hasChanged = true
        }
    }

    private let state = Mutex(State())

    /// Nothing counted yet.
    public init() {}

    /// Counts an event.
    public func note(_ event: PoolEvent) {
        let cluster = event.user ?? ""
        state.withLock { state in
            switch event.kind {
            case .ready, .unready, .failed: state.stand(cluster, event.kind)
            case .removed: state.stand(cluster, nil)
            default: break
            }
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
