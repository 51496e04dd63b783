/// Which cluster fails when: one at a time, so that its failure and its recovery can be seen in the table.
struct Story {
    /// What to do now.
    enum Step: Equatable {
        case fail(String)
        case heal(String)
    }

    /// Time for which a failing cluster is left in peace, so that the failure can be looked at.
    private static let failureSeconds = 6.0
    /// Time between a recovery and the next failure.
    private static let peaceSeconds = 20.0

    private let clusters: [String]
    private var failing: String?
    private var failedAt: Double?
    private var nextFailureAt = 0.0
    private var turn = 0

    init(clusters: [String]) {
        self.clusters = clusters
    }

    /// The next step, if it is time for one.
    ///
    /// - Parameter now: Seconds since the start.
    mutating func next(_ view: FleetView, at now: Double) -> Step? {
        guard let failing else {
            // The first one fails while others still roll out.
            guard now >= nextFailureAt, view.readyCount * 2 >= view.rows.count else { return nil }
            let ready = view.rows.filter { $0.state == .ready }
            let chosen = ready[turn % ready.count].name
            turn += 5
            self.failing = chosen
            failedAt = nil
            return .fail(chosen)
        }
        if failedAt == nil, view.row(failing)?.state == .failing { failedAt = now }
        guard let failedAt, now >= failedAt + Self.failureSeconds else { return nil }
        self.failing = nil
        nextFailureAt = now + Self.peaceSeconds
        return .heal(failing)
    }
}
