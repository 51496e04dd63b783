import PullerCore

// What is said about the whole pool from time to time.
extension Journal {
    /// Names that are said for each reason.
    private static let namesOfDigest = 10

    /// The state of the pool, when it has changed since the last time or an hour is over; each hour, with what is not as
    /// it should be.
    mutating func sumUp(at now: Duration) -> [PoolEvent] {
        let digestTime = nextDigest ?? now + Self.digestPeriod
        let isDigestDue = now >= digestTime
        nextDigest = isDigestDue ? now + Self.digestPeriod : digestTime
        guard hasChanged || isDigestDue else { return [] }
        hasChanged = false
        let summary = PoolEvent.Summary(
            clusters: max(clusters, counts.ready + counts.unready + counts.failing),
            ready: counts.ready,
            unready: counts.unready,
            failing: counts.failing
        )
        return (isDigestDue ? digests(at: now) : []) + [PoolEvent(.summary(summary))]
    }

    /// One event for each reason, in the order of their names.
    private func digests(at now: Duration) -> [PoolEvent] {
        struct Group {
            var isFailing: Bool
            var members: [(since: Duration, cluster: ClusterID)] = []
        }
        var groups: [String: Group] = [:]
        for (cluster, record) in records {
            let details = record.details
            switch details.state {
            case .begun, .ready: break
            case .unready(let reason, _):
                groups[reason, default: Group(isFailing: false)].members
                    .append((details.unreadySince ?? now, cluster))
            case .failing(let reason, _):
                groups[reason, default: Group(isFailing: true)].members
                    .append((details.failingSince ?? now, cluster))
            }
        }
        return groups.sorted { $0.key < $1.key }.map { reason, group in
            PoolEvent(
                .digest(
                    PoolEvent.Digest(
                        reason: reason,
                        isFailing: group.isFailing,
                        share: share(group.members, naming: Self.namesOfDigest) {
                            "\($0) (\(roughly(now - $1)))"
                        },
                        longest: now - (group.members.map(\.since).min() ?? now)
                    )
                )
            )
        }
    }
}
