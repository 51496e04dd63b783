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

    /// Connections in all.
    public var connections: Int {
        schedule.maxConcurrentRequests + overdueRequests + schedule.maxConcurrentRollouts + Self.reserve / 2
    }

    /// Shares out `openFiles` files.
    ///
    /// - Parameter incoming: Files that are kept for connections of others to this program.
    public init(schedule: Schedule, openFiles: Int, incoming: Int = 0) {
        self.openFiles = openFiles
        let available = max(openFiles - Self.reserve - incoming, 4)
        // Without room for requests that hang, those that are silent would keep their slots from all others.
        let usable = available - available / 4
        // Whoever lets any number roll out does not want fewer requests for that: they have a part of their own.
        let requests = min(
            schedule.maxConcurrentRequests,
            max(available / 4, usable - schedule.maxConcurrentRollouts)
        )
        let rollouts = min(schedule.maxConcurrentRollouts, usable - requests)
        var fitting = schedule
        fitting.maxConcurrentRequests = requests
        fitting.maxConcurrentRollouts = rollouts
        let isLower = requests < schedule.maxConcurrentRequests || rollouts < schedule.maxConcurrentRollouts
        warning =
            isLower
            ? "only \(openFiles) files may be open, so MAX_CONCURRENT_REQUESTS is \(requests) "
                + "and MAX_CONCURRENT_ROLLOUTS is \(rollouts)" : nil
        self.schedule = fitting
        overdueRequests = min(Self.mostOverdue, available - requests - rollouts)
    }
}
