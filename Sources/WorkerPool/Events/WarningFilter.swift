import PullerCore
import Synchronization

/// Reports each warning of a cluster's server once: API servers send them with every answer.
public final class WarningFilter: Sendable {
    /// Different texts that are kept, and so told, at most.
    private static let limit = 16

    private let heard = Mutex<Set<String>>([])
    private let cluster: ClusterID
    private let report: @Sendable (PoolEvent) -> Void

    /// A filter for a cluster that has heard nothing yet.
    public init(_ cluster: ClusterID, report: @escaping @Sendable (PoolEvent) -> Void) {
        self.cluster = cluster
        self.report = report
    }

    /// Takes in a warning.
    public func hear(_ warning: String) {
        // What is kept is bounded in length, too.
        let warning = displayText(warning, limit: 300)
        let isNews = heard.withLock { heard in
            heard.count < Self.limit && heard.insert(warning).inserted
        }
        if isNews { report(PoolEvent(.serverWarning(warning), cluster)) }
    }
}
