import PullerCore
import Synchronization

/// The number of clusters in each state, counted from the events.
public final class PoolTally: Sendable {
    private enum Standing { case ready, unready, failing }

    private struct State {
        var standing: [ClusterID: Standing] = [:]
        var counts: [Standing: Int] = [:]
        var hasChanged = false

        mutating func stand(_ cluster: ClusterID, _ now: Standing?) {
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
        guard let cluster = event.cluster else { return }
        switch event.what {
        case .round(let report):
            let standing: Standing =
                switch report.outcome {
                case .ready: .ready
                case .unready: .unready
                case .contested, .failed: .failing
                }
            state.withLock { $0.stand(cluster, standing) }
        case .removed, .removalGivenUp:
            state.withLock { $0.stand(cluster, nil) }
        default:
            break
        }
    }

    /// A summary, when something has changed since the last one.
    ///
    /// - Parameter clusters: How many there are.
    func summary(clusters: Int) -> PoolEvent.Summary? {
        state.withLock { state in
            guard state.hasChanged else { return nil }
            state.hasChanged = false
            return PoolEvent.Summary(
                clusters: clusters,
                ready: state.counts[.ready, default: 0],
                unready: state.counts[.unready, default: 0],
                failing: state.counts[.failing, default: 0]
            )
        }
    }
}
