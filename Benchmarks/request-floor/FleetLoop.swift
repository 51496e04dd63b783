import PullerCore

/// The four verbs for one user's cluster. A client knows no more of a DaemonSet than the next request needs.
protocol FloorClient: Sendable {
    /// What is known of a DaemonSet after an answer.
    associatedtype Known: Sendable

    func get(_ user: String) async throws -> Known?
    func create(_ user: String) async throws -> Known
    func delete(_ user: String, _ known: Known?) async throws
    /// Follows the DaemonSet until all its nodes are ready.
    func watch(_ user: String, from known: Known) async throws
}

/// An answer that was not expected; nothing is tried again here.
struct Unexpected: Error, CustomStringConvertible {
    var description: String
}

/// One round of everybody, with as much in flight as the puller has.
struct FleetLoop {
    enum Work: String {
        /// What a cold start takes: look, create, follow.
        case create
        /// What a warm start and a health check take: look.
        case check
        /// What a refresh takes: look, delete, create, follow.
        case replace
        /// What the end takes: delete.
        case remove
    }

    private let client: any FloorClient
    private let requests: Gate
    private let rollouts: Gate

    init(client: any FloorClient, schedule: Schedule) {
        self.client = client
        requests = Gate(schedule.maxConcurrentRequests)
        rollouts = Gate(schedule.maxConcurrentRollouts)
    }

    /// The puller's timers ring no more often.
    private static let tick = Duration.milliseconds(10)

    /// A round.
    ///
    /// - Parameter spread: Time over which its beginnings are spread evenly; zero for all at once.
    func run(_ work: Work, for users: [String], over spread: Duration) async throws {
        try await run(work, for: users, over: spread, client)
    }

    private func run<Client: FloorClient>(
        _ work: Work,
        for users: [String],
        over spread: Duration,
        _ client: Client
    ) async throws {
        let (requests, rollouts) = (requests, rollouts)
        let began = ContinuousClock.now
        try await withThrowingDiscardingTaskGroup { group in
            for (index, user) in users.enumerated() {
                let now = ContinuousClock.now
                let due = began + spread * (Double(index) / Double(users.count))
                if due > now { try await Task.sleep(until: max(due, now + Self.tick)) }
                group.addTask {
                    if work == .remove {
                        return try await requests.run { try await client.delete(user, nil) }
                    }
                    let seen = try await requests.run { try await client.get(user) }
                    if work == .check { return }
                    try await rollouts.run {
                        if work == .replace { try await requests.run { try await client.delete(user, seen) } }
                        let created = try await requests.run { try await client.create(user) }
                        try await client.watch(user, from: created)
                    }
                }
            }
        }
    }
}
