@testable import Operations
@testable import PullerCore
@testable import WorkerPool

/// What a board knows, on a clock that goes by when the test says so.
struct BoardBench {
    private(set) var state: FleetState
    var now = Duration.zero

    init(firstRevision: UInt64 = 0) { state = FleetState(firstRevision: firstRevision) }

    mutating func pass(_ duration: Duration) { now += duration }

    mutating func take(_ what: PoolEvent.What, _ user: String? = nil) {
        state.take(PoolEvent(what, user.map(ClusterID.user)), at: now)
    }

    mutating func add(_ users: String...) {
        for user in users { take(.added, user) }
    }

    mutating func succeed(_ user: String) {
        round(.ready(Standing(slot: .primary, health: Health(.ready, ready: 3, desired: 3))), user)
    }

    mutating func beUnready(_ user: String, pods: PodReport? = nil, beside: Standing.Beside? = nil) {
        let health = Health(.degraded, ready: 1, desired: 3)
        round(.unready(Standing(slot: .alternate, health: health, beside: beside, pods: pods)), user)
    }

    mutating func fail(_ user: String, _ reason: FailureReason = .unreachable, _ text: String = "no route") {
        round(.failed(Failure(reason, text)), user, failures: (self[user]?.failures ?? 0) + 1)
    }

    mutating func round(_ outcome: RoundOutcome, _ user: String, failures: Int = 0) {
        take(
            .round(
                PoolEvent.RoundReport(
                    outcome: outcome,
                    baseName: "cache",
                    duration: .seconds(2),
                    nextCheck: .seconds(60),
                    failures: failures
                )
            ),
            user
        )
    }

    subscript(user: String) -> ClusterStatus? { detail(user)?.status }

    func detail(_ user: String) -> ClusterDetail? { state.detail(.user(user)) }

    /// The names on the page that a query brings.
    func names(_ change: (inout ClusterQuery) -> Void = { _ in }) -> [String] {
        page(change).clusters.map(\.id.label)
    }

    func page(_ change: (inout ClusterQuery) -> Void = { _ in }) -> ClusterPage {
        var query = ClusterQuery()
        change(&query)
        return state.page(query)
    }
}
