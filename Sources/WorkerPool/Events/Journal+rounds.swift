import PullerCore

// How rounds end.
extension Journal {
    /// Takes in how a round of a cluster has ended.
    mutating func take(_ report: PoolEvent.RoundReport, of cluster: ClusterID, at now: Duration) -> [PoolEvent] {
        switch report.outcome {
        case .ready:
            return takeAnswer(.ready, says: .ready, report, of: cluster, at: now)
        case .unready:
            let reason = report.outcome.reason ?? ""
            return takeAnswer(.unready(reason: reason), says: .unready(reason: reason), report, of: cluster, at: now)
        case .contested, .failed:
            return takeFailure(report, of: cluster, at: now)
        }
    }

    /// A round that came to its end.
    private mutating func takeAnswer(
        _ state: ClusterRecord.State,
        says: ClusterRecord.Said,
        _ report: PoolEvent.RoundReport,
        of cluster: ClusterID,
        at now: Duration
    ) -> [PoolEvent] {
        var lines = release(cluster, at: now)
        runNumber += 1
        var details = records[cluster]?.details ?? ClusterRecord.Details()
        let isNews = details.said != says
        let cause = details.cause
        details.said = says
        details.state = state
        details.unreadySince = state == .ready ? nil : details.unreadySince ?? now
        keep(details, of: cluster)
        lines.append(line(report, of: cluster, isRepeated: !isNews, at: now))
        if let cause { lines += leave(cause, hasRecovered: true, at: now) }
        return lines
    }

    /// A round that failed.
    private mutating func takeFailure(
        _ report: PoolEvent.RoundReport,
        of cluster: ClusterID,
        at now: Duration
    ) -> [PoolEvent] {
        let reason = report.outcome.reason ?? ""
        let cause = FailureCause(reason: reason, text: PoolEvent(.round(report)).message, of: cluster)
        var lines: [PoolEvent] = []
        let earlier = held[cluster]
        if earlier?.cause != cause { lines += release(cluster, at: now) }

        var details = records[cluster]?.details ?? ClusterRecord.Details()
        let former = details.cause
        details.state = .failing(reason: reason, cause, since: details.failingSince ?? now)
        details.unreadySince = details.unreadySince ?? now
        keep(details, of: cluster)
        if former != cause { arrive(cause, at: now) }

        if faults[cause] != nil {
            faults[cause]?.note(isNewMember: former != cause, at: now)
            join(cluster)
            lines.append(line(report, of: cluster, isRepeated: true, at: now))
        } else if let earlier, earlier.cause == cause {
            // It fails so fast that the line that is held would be out of date.
            lines.append(line(earlier.report, of: cluster, isRepeated: true, at: now))
            held[cluster]?.report = report
        } else {
            lines += takeOwnFailure(report, cause, of: cluster, isNew: former != cause || !details.isSaidToFail, at: now)
        }
        if let former, former != cause { lines += leave(former, hasRecovered: false, at: now) }
        return lines
    }

    /// A failure of a cause that is not shared yet.
    private mutating func takeOwnFailure(
        _ report: PoolEvent.RoundReport,
        _ cause: FailureCause,
        of cluster: ClusterID,
        isNew: Bool,
        at now: Duration
    ) -> [PoolEvent] {
        let reason = report.outcome.reason ?? ""
        if isNew, gathers {
            causes[cause]?.extendRun(runNumber, at: now)
            if isShared(cause, reason: reason) {
                let lines = begin(cause, report, of: cluster, at: now)
                return lines + [line(report, of: cluster, isRepeated: true, at: now)]
            }
        }
        let isNews = records[cluster]?.details.said != .failing(reason: reason)
        guard isNews, gathers, !isEnding else {
            // A failure that lasts is said again after 2, 4, 8, ... rounds.
            let isReminder = report.failures & (report.failures - 1) == 0
            if isNews { say(.failing(reason: reason), of: cluster) }
            return [line(report, of: cluster, isRepeated: !isNews && !isReminder, at: now)]
        }
        held[cluster] = Held(report: report, cause: cause, at: now, number: heldSoFar)
        heldSoFar += 1
        releaseTime = releaseTime ?? now + Self.hold
        return []
    }

    /// Notes what a line about this cluster alone says.
    mutating func say(_ said: ClusterRecord.Said, of cluster: ClusterID) {
        var details = records[cluster]?.details ?? ClusterRecord.Details()
        details.said = said
        keep(details, of: cluster)
    }

    /// The line about a round, with what the cluster's record adds to it.
    func line(
        _ report: PoolEvent.RoundReport,
        of cluster: ClusterID,
        isRepeated: Bool,
        at now: Duration
    ) -> PoolEvent {
        var report = report
        let details = records[cluster]?.details
        report.failingFor = details?.failingSince.map { now - $0 }
        report.unreadyFor = details?.unreadySince.map { now - $0 }
        var event = PoolEvent(.round(report), cluster)
        event.isRepeated = isRepeated
        return event
    }

    // MARK: Lines that are held

    /// Lets out the line that is held for a cluster: it stays a line of its own.
    mutating func release(_ cluster: ClusterID, at now: Duration) -> [PoolEvent] {
        guard let one = held.removeValue(forKey: cluster) else { return [] }
        if held.isEmpty { releaseTime = nil }
        if let reason = one.report.outcome.reason { say(.failing(reason: reason), of: cluster) }
        return [line(one.report, of: cluster, isRepeated: false, at: now)]
    }

    mutating func releaseAll(at now: Duration) -> [PoolEvent] {
        let order = held.sorted { $0.value.number < $1.value.number }.map(\.key)
        return order.flatMap { release($0, at: now) }
    }
}
