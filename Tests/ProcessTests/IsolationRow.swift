/// One row of the table in `docs/reliability.md`: users with a fault each, beside those without any.
struct IsolationRow: Sendable {
    /// The row's first cell.
    var name: String
    /// Variables of the puller besides the usual ones.
    var environment: [String: String] = [:]
    /// Token requests that the whole pool makes.
    var tokens = 1
    var faulty: [FaultyUser]
}

/// A user whose cluster has a fault, and what must come of it.
struct FaultyUser: Sendable {
    /// What is wrong.
    var fault: String
    /// Done to the cluster before the puller starts.
    var before: [Step]
    /// What happens while the fault lasts, one after the other.
    var during: [Step]
    /// What ends the fault; empty if the user becomes ready in spite of it.
    var lifted: [Step] = [.clearFaults]
}

/// What happens to a user's cluster, or what is waited for.
enum Step: Sendable {
    /// Something goes wrong from now on.
    case fault(MockFleetProcess.Fault)
    /// Nothing goes wrong any more.
    case clearFaults
    /// Settings of the mock fleet.
    case set(String)
    /// An action of the mock fleet.
    case act(String)
    /// The DaemonSet that the puller would create exists, and was created this many seconds ago.
    case putOurs(age: Int)
    /// Waits until all nodes are ready in every existing DaemonSet.
    case allReady
    /// Waits for a line of the log about this user that has all of these parts.
    case says([String])
    /// Checks `next_check_seconds` on the first line about this user with that reason.
    case nextCheck(reason: String, ClosedRange<Double>)
    /// Waits for this user's requests.
    case until(String, @Sendable (MockFleetProcess.Counts) -> Bool)
    /// Checks this user's requests.
    case check(String, @Sendable (MockFleetProcess.Counts) -> Bool)

    static let putOurs = Step.putOurs(age: 0)
    /// One whose refresh is due, whatever its uid adds to `IMAGE_REFRESH_HOURS`.
    static let putOld = Step.putOurs(age: 27 * 3600)

    static func says(_ parts: String...) -> Step { .says(parts) }

    /// Waits until a round has failed with this reason.
    static func fails(_ reason: String, _ parts: String...) -> Step {
        .says(["event=failed", "reason=\(reason) "] + parts)
    }

    static let createsNothing = Step.check("no create") { $0.create == 0 }
    static let writesNothing = Step.check("no create, no delete") { $0.create + $0.delete == 0 }
}
