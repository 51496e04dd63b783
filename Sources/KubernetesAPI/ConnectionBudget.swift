import PullerCore

/// How the files that a process may open are shared out: each request in flight, and each watch, is a connection.
public struct ConnectionBudget: Sendable, Equatable {
    /// Files for everything that is not a connection, with room to spare.
    private static let reserve = 64
    /// More requests than these that hang at once are not let out of the gate early.
    private static let mostOverdue = 1000

    /// The schedule, its numbers lowered where the files do not suffice.
    public let schedule: Schedule
    /// Requests that may be in flight beyond `schedule.maxConcurrentRequests` because they hang.
    public let overdueRequests: Int
    /// What an operator should know; `nil` when everything fits.
    public let warning: String?
    /// What came of it, for the line at the start.
    public var summary: String { "at most \(connections) connections, as \(openFiles) files may be open" }
    private let openFiles: Int
    /// Watches that stand between the checks of clusters.
    private var watches: Int { schedule.watchClusters * StandingWatch.mostInCluster }

    /// Connections in all.
    public var connections: Int {
        schedule.maxConcurrentRequests + overdueRequests + schedule.maxConcurrentRollouts + watches
            + Self.reserve / 2
    }

    /// Shares out `openFiles` files.
    ///
    /// - Parameter others: Files that are kept for what is counted elsewhere: connections of others to this program, and what
    ///   each URLSession needs for itself.
    public init(schedule: Schedule, openFiles: Int, others: Int = 0) {
        self.openFiles = openFiles
        let available = max(openFiles - Self.reserve - others, 4)
        // Without room for requests that hang, those that are silent would keep their slots from all others.
        let usable = available - available / 4
        // A large limit of rollouts must not leave fewer requests: they have a part of their own.
        let requests = min(
            schedule.maxConcurrentRequests,
            max(available / 4, usable - schedule.maxConcurrentRollouts)
        )
        let rollouts = min(schedule.maxConcurrentRollouts, usable - requests)
        var fitting = schedule
        fitting.maxConcurrentRequests = requests
        fitting.maxConcurrentRollouts = rollouts
        // Nothing depends on them: what is kept for requests that hang goes first.
        let rest = available - requests - rollouts
        let spare = max(rest - min(Self.mostOverdue, available / 4), 0)
        fitting.watchClusters = min(schedule.watchClusters, spare / StandingWatch.mostInCluster)
        let lowered = [
            ("MAX_CONCURRENT_REQUESTS", requests, schedule.maxConcurrentRequests),
            ("MAX_CONCURRENT_ROLLOUTS", rollouts, schedule.maxConcurrentRollouts),
        ]
        var parts: [String] = []
        if lowered.contains(where: { $0.1 < $0.2 }) { parts = lowered.map { "\($0.0) is \($0.1)" } }
        if fitting.watchClusters < schedule.watchClusters {
            parts.append("WATCH_CLUSTERS is \(fitting.watchClusters)")
        }
        let list = parts.dropLast(2).map { $0 + ", " }.joined() + parts.suffix(2).joined(separator: " and ")
        warning = parts.isEmpty ? nil : "only \(openFiles) files may be open, so \(list)"
        self.schedule = fitting
        overdueRequests = min(
            Self.mostOverdue,
            rest - fitting.watchClusters * StandingWatch.mostInCluster
        )
    }
}
