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
    public init(schedule: Schedule, openFiles: Int) {
        self.openFiles = openFiles
        let available = max(openFiles - Self.reserve, 4)
        let wanted = schedule.maxConcurrentRequests + schedule.maxConcurrentRollouts
        var fitting = schedule
        if wanted > available {
            // Each has its part: whoever lets any number roll out does not want fewer requests for that.
            fitting.maxConcurrentRequests = min(schedule.maxConcurrentRequests, available / 4)
            fitting.maxConcurrentRollouts = min(schedule.maxConcurrentRollouts, available / 2)
            warning =
                "only \(openFiles) files may be open, so MAX_CONCURRENT_REQUESTS is \(fitting.maxConcurrentRequests) "
                + "and MAX_CONCURRENT_ROLLOUTS is \(fitting.maxConcurrentRollouts)"
        } else {
            warning = nil
        }
        self.schedule = fitting
        let used = fitting.maxConcurrentRequests + fitting.maxConcurrentRollouts
        overdueRequests = min(Self.mostOverdue, max(available - used, 0))
    }
}
