import Synchronization

/// Whether watches may stand between the rounds of a pool: only where there are few clusters is that cheap.
final class WatchLimit: Sendable {
    private let most: Int
    private let clusters = Mutex(Int.max)

    /// - Parameter most: Clusters up to which there are watches.
    init(clusters most: Int) {
        self.most = most
    }

    /// Takes in how many clusters the pool has.
    func setClusters(_ count: Int) { clusters.withLock { $0 = count } }

    /// Whether another watch may begin; those that stand end by themselves.
    var isKept: Bool { clusters.withLock { $0 <= most } }
}
