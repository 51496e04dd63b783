import PullerCore

/// The four verbs for one user's cluster. A client keeps no more of a DaemonSet than the next request needs.
protocol FloorClient: Sendable {
    /// What a client keeps of a DaemonSet.
    associatedtype Known: Sendable

    func get(_ user: String, _ slot: Slot) async throws -> Known?
    func create(_ user: String, _ slot: Slot) async throws -> Known
    func delete(_ user: String, _ slot: Slot, _ known: Known?) async throws
    /// Follows the DaemonSet until all its nodes are ready.
    func watch(_ user: String, _ slot: Slot, from known: Known) async throws
}

/// An unexpected answer. Nothing is retried.
struct Unexpected: Error, CustomStringConvertible {
    var description: String
}

/// One round for all users, with the same limits on requests and rollouts in flight as the puller's.
struct FleetLoop {
    enum Work: String {
        /// The requests of a cold start: read both names, create, watch.
        case create
        /// The request of a warm start and of a check: read.
        case check
        /// The requests of a refresh: read both names, create under the other one, watch, delete the old DaemonSet,
        /// read the new one.
        case replace
        /// The request of an exit with deletion: delete.
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

    /// The least distance of starts: the puller's timers do not ring more often, either.
    private static let tick = Duration.milliseconds(10)

    /// Runs one round.
    ///
    /// - Parameter spread: The time over which the users' starts are spread evenly; zero for all at once.
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
                        return try await requests.run { try await client.delete(user, .primary, nil) }
                    }
                    let old = try await requests.run { try await client.get(user, .primary) }
                    if work == .check { return }
                    _ = try await requests.run { try await client.get(user, .alternate) }
                    let slot: Slot = work == .replace ? .alternate : .primary
                    try await rollouts.run {
                        let created = try await requests.run { try await client.create(user, slot) }
                        try await client.watch(user, slot, from: created)
                    }
                    guard work == .replace else { return }
                    try await requests.run { try await client.delete(user, .primary, old) }
                    _ = try await requests.run { try await client.get(user, .alternate) }
                }
            }
        }
    }
}
