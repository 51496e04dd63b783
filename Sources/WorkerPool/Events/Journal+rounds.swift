import PullerCore

/// Why a cluster fails, or is not ready.
struct Trouble: Sendable, Equatable {
    /// The stable name.
    var reason: String
    var cause: FaultCause
    /// Whether the round failed; otherwise the cluster answered, and its DaemonSet is not ready.
    var isFailing: Bool
    /// What is said of it in this cluster.
    var text: String

    /// - Returns: `nil` when the cluster is ready.
    init?(_ report: PoolEvent.RoundReport, of cluster: ClusterID) {
        guard let reason = report.outcome.reason else { return nil }
        self.reason = reason
        text = PoolEvent(.round(report)).message
        if case .unready(let standing) = report.outcome {
            isFailing = false
            let isImages = reason == PodReport.Fault.image.reason
            cause = FaultCause(
                unready: reason,
                image: isImages ? standing.pods?.firstFailingImage?.reference : nil
            )
        } else {
            isFailing = true
            cause = FaultCause(reason: reason, text: text, of: cluster)
        }
    }
}

// How rounds end.
extension Journal {
    /// Takes in how a round of a cluster has ended.
    mutating func take(_ report: PoolEvent.RoundReport, of cluster: ClusterID, at now: Duration)
        -> [PoolEvent]
    {
        guard let trouble = Trouble(report, of: cluster) else {
            return takeReady(report, of: cluster, at: now)
        }
        let earlier = held[cluster]
        var lines = earlier?.trouble.cause == trouble.cause ? [] : release(cluster, at: now)
        if !trouble.isFailing { answers += 1 }
        let former = records[cluster]?.details ?? ClusterRecord.Details()
        let isNew = former.cause != trouble.cause
        if isNew { lines += announce(former.cause, at: now) }
        note(trouble, of: cluster, at: now)
        if isNew { causes[trouble.cause, default: CauseTally(since: now)].join(at: now) }

        if faults[trouble.cause] != nil {
            faults[trouble.cause]?.note(cluster, trouble.text, isNewMember: isNew, at: now)
            join(cluster, trouble)
            lines.append(line(report, of: cluster, isRepeated: true, at: now))
        } else if let earlier, earlier.trouble.cause == trouble.cause {
            // It fails so fast that the line that is held would be out of date.
            lines.append(line(earlier.report, of: cluster, isRepeated: true, at: now))
            held[cluster]?.report = report
        } else {
            lines += takeOwn(
                trouble,
                report,
                of: cluster,
                isNew: isNew || !former.said.covers(trouble),
                at: now
            )
        }
        if isNew, let cause = former.cause {
            // A cluster that answers again has recovered from whatever made it fail.
            let hasRecovered = former.failingSince != nil && !trouble.isFailing
            lines += leave(cause, cluster, hasRecovered: hasRecovered, at: now)
        }
        return lines
    }

    private mutating func takeReady(
        _ report: PoolEvent.RoundReport,
        of cluster: ClusterID,
        at now: Duration
    ) -> [PoolEvent] {
        var lines = release(cluster, at: now)
        answers += 1
        let former = records[cluster]?.details
        lines += announce(former?.cause, at: now)
        keep(ClusterRecord.Details(said: .ready, state: .ready), of: cluster)
        lines.append(line(report, of: cluster, isRepeated: former?.said == .ready, at: now))
        if let cause = former?.cause { lines += leave(cause, cluster, hasRecovered: true, at: now) }
        return lines
    }

    private mutating func note(_ trouble: Trouble, of cluster: ClusterID, at now: Duration) {
        var details = records[cluster]?.details ?? ClusterRecord.Details()
        details.state =
            trouble.isFailing
            ? .failing(reason: trouble.reason, trouble.cause)
            : .unready(reason: trouble.reason, trouble.cause)
        details.failingSince = trouble.isFailing ? details.failingSince ?? now : nil
        details.unreadySince = details.unreadySince ?? now
        keep(details, of: cluster)
    }

    /// A trouble that is not a shared fault yet.
    private mutating func takeOwn(
        _ trouble: Trouble,
        _ report: PoolEvent.RoundReport,
        of cluster: ClusterID,
        isNew: Bool,
        at now: Duration
    ) -> [PoolEvent] {
        if isNew, gathers, !isEnding {
            if trouble.isFailing { causes[trouble.cause]?.extendRun(answers, at: now) }
            if isShared(trouble) {
                let lines = begin(trouble, at: now)
                return lines + [line(report, of: cluster, isRepeated: true, at: now)]
            }
        }
        let isNews = records[cluster]?.details.said.covers(trouble) != true
        guard isNews, gathers, !isEnding else {
            // A failure that lasts is said again after 2, 4, 8, ... rounds.
            let isReminder = report.failures > 0 && report.failures & (report.failures - 1) == 0
            if isNews { say(trouble, of: cluster) }
            return [line(report, of: cluster, isRepeated: !isNews && !isReminder, at: now)]
        }
        held[cluster] = Held(report: report, trouble: trouble, number: heldSoFar)
        heldSoFar += 1
        releaseTime = releaseTime ?? now + Self.hold
        return []
    }

    /// Notes what a line about this cluster alone says.
    private mutating func say(_ trouble: Trouble, of cluster: ClusterID) {
        var details = records[cluster]?.details ?? ClusterRecord.Details()
        details.said = details.said.adding(trouble)
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
        say(one.trouble, of: cluster)
        return [line(one.report, of: cluster, isRepeated: false, at: now)]
    }

    mutating func releaseAll(at now: Duration) -> [PoolEvent] {
        let order = held.sorted { $0.value.number < $1.value.number }.map(\.key)
        return order.flatMap { release($0, at: now) }
    }
}
