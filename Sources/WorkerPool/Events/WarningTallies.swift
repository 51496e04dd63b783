import PullerCore

/// Warnings of servers that several clusters have: the first cluster's is a line of its own; those of others with the same
/// text are counted, and said together at growing distance.
struct WarningTallies: Sendable {
    private struct Tally {
        var reason: String
        var text: String
        var clusters: Set<ClusterID>
        var names: [String] = []
        /// How many clusters there were when it was last said.
        var said = 1
        var nextTime: Duration
        var distance = WarningTallies.firstDistance
    }

    private static let firstDistance = Duration.seconds(10)
    private static let longestDistance = Duration.seconds(3600)
    private static let names = 3
    /// Different warnings that are counted; any others are lines of their own.
    private static let limit = 256

    private var tallies: [FaultCause: Tally] = [:]
    /// When the next line is due; `nil` when there is nothing new to say.
    private(set) var nextTime: Duration?

    /// Takes in a cluster's warning.
    ///
    /// - Returns: The same, marked when it is covered by another one.
    mutating func take(_ event: PoolEvent, of cluster: ClusterID, gathers: Bool, at now: Duration)
        -> PoolEvent
    {
        guard gathers, let reason = event.reason else { return event }
        let cause = FaultCause(reason: reason, text: event.message, of: cluster)
        let names = cluster.user.map { [shownName($0)] } ?? []
        guard var tally = tallies[cause] else {
            if tallies.count < Self.limit {
                tallies[cause] = Tally(
                    reason: reason,
                    text: event.message,
                    clusters: [cluster],
                    names: names,
                    nextTime: now + Self.firstDistance
                )
            }
            return event
        }
        var event = event
        event.isRepeated = true
        // A cluster can have it again, with each new DaemonSet.
        guard tally.clusters.insert(cluster).inserted else { return event }
        if tally.names.count < Self.names { tally.names += names }
        tally.nextTime = max(tally.nextTime, now)
        tallies[cause] = tally
        nextTime = min(nextTime ?? tally.nextTime, tally.nextTime)
        return event
    }

    /// What is due.
    ///
    /// - Parameters:
    ///   - fleet: How many clusters there are in all.
    ///   - isEnding: Whether all that is new is due, because there is no later.
    mutating func due(fleet: Int, at now: Duration, isEnding: Bool = false) -> [PoolEvent] {
        guard let time = nextTime, isEnding || time <= now else { return [] }
        var lines: [PoolEvent] = []
        let due = tallies.filter {
            $1.clusters.count > $1.said && (isEnding || $1.nextTime <= now)
        }
        for (cause, tally) in due.sorted(by: { $0.value.nextTime < $1.value.nextTime }) {
            let share = PoolEvent.Share(
                clusters: tally.clusters.count,
                all: max(fleet, tally.clusters.count),
                users: listed(tally.names, of: tally.names.isEmpty ? 0 : tally.clusters.count)
            )
            lines.append(
                PoolEvent(
                    .commonWarning(
                        PoolEvent.CommonWarning(reason: tally.reason, text: tally.text, share: share)
                    )
                )
            )
            tallies[cause]?.said = tally.clusters.count
            tallies[cause]?.distance = min(tally.distance * 2, Self.longestDistance)
            tallies[cause]?.nextTime = now + tally.distance * 2
        }
        nextTime = tallies.values.filter { $0.clusters.count > $0.said }.map(\.nextTime).min()
        return lines
    }
}
