import PullerCore
import Synchronization

/// Reports each warning of a server once for each cluster: API servers send them with every answer.
public final class WarningFilter: Sendable {
    /// Different texts of one cluster that are kept, and so told, at most.
    private static let limit = 16

    private let heard = Mutex<[String: Set<String>]>([:])
    private let report: @Sendable (PoolEvent) -> Void

    /// A filter that has heard nothing yet.
    public init(report: @escaping @Sendable (PoolEvent) -> Void) {
        self.report = report
    }

    /// Takes in a warning of a user's cluster.
    public func hear(_ warning: String, from user: String?) {
        // What is kept is bounded in length, too.
        let warning = displayText(warning, limit: 300)
        let isNews = heard.withLock { heard in
            let known = heard[user ?? "", default: []]
            guard known.count < Self.limit, !known.contains(warning) else { return false }
            heard[user ?? ""] = known.union([warning])
            return true
        }
        if isNews { report(PoolEvent(.warning, level: .warning, user: user, warning)) }
    }
}
