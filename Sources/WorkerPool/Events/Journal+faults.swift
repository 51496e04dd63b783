import PullerCore

// Faults that several clusters share.
extension Journal {
    /// How many different clusters must have failed for one cause in a row, without an answer of any cluster in between,
    /// before it counts as one fault that they share; and how many must have recovered in a row before it is over.
    ///
    /// Three are enough in a small fleet. In a large one, chance makes such runs: when each of n clusters has the same
    /// fault of its own with probability p, about n·p^k runs of k are to be expected whenever all of them are looked at.
    /// With p = 5 % and one more for each further digit of n, that happens about once in a hundred times.
    static func fewestInRow(fleet: Int) -> Int { max(3, "\(fleet)".count + 1) }

    /// A cause that this part of the clusters has, one in so many of those that have answered or failed, is shared even
    /// when others had an answer in between, such as when one of two proxies is down. For DaemonSets that are not ready,
    /// nothing else counts, except for ``manyOfImage``: how fast clusters come to be ready, or not, says nothing.
    private static let largePart = 3

    /// This many clusters where the same image is at fault share that, however large the fleet is.
    private static let manyOfImage = 10

    /// Names that are said of a shared fault.
    private static let namesOfFault = 3

    /// How many clusters have a cause.
    func members(of cause: FaultCause) -> Int { causes[cause]?.clusters ?? 0 }

    /// A cluster does not have a cause any more.
    ///
    /// - Returns: What is to be logged about that.
    mutating func leave(_ cause: FaultCause, _ cluster: ClusterID, hasRecovered: Bool, at now: Duration)
        -> [PoolEvent]
    {
        causes[cause]?.leave()
        if hasRecovered { faults[cause]?.noteRecovery(of: cluster, at: now) }
        let lines = endOrRepeat(cause, at: now)
        if members(of: cause) == 0 { causes[cause] = nil }
        return lines
    }

    /// Whether a cause that one more cluster has is shared.
    func isShared(_ trouble: Trouble) -> Bool {
        guard let tally = causes[trouble.cause] else { return false }
        // There is one issuer of tokens.
        if trouble.reason == FailureReason.tokenUnavailable.rawValue {
            return tally.clusters >= OngoingFault.fewestMembers
        }
        if trouble.reason == PodReport.Fault.image.reason, tally.clusters >= Self.manyOfImage { return true }
        let fewest = Self.fewestInRow(fleet: clusters)
        return tally.clusters >= fewest
            && (tally.run >= fewest || tally.clusters * Self.largePart >= records.count)
    }

    /// A shared fault begins, with all clusters that have its cause.
    mutating func begin(_ trouble: Trouble, at now: Duration) -> [PoolEvent] {
        let cause = trouble.cause
        guard let tally = causes[cause] else { return [] }
        let fault = OngoingFault(
            reason: trouble.reason,
            isFailing: trouble.isFailing,
            text: trouble.text,
            since: tally.run > 1 ? tally.runSince : tally.since,
            quiet: pastFaults.quiet(cause, at: now),
            at: now
        )
        faults[cause] = fault
        for (member, record) in records where record.details.cause == cause { join(member, trouble) }
        var lines: [PoolEvent] = []
        for (member, one) in held.sorted(by: { $0.value.number < $1.value.number })
        where one.trouble.cause == cause {
            held[member] = nil
            lines.append(line(one.report, of: member, isRepeated: true, at: now))
        }
        if held.isEmpty { releaseTime = nil }
        return lines
    }

    /// A cluster shares a fault. When it had a line of its own about that, or about another failure, whatever comes next is
    /// news; otherwise it is as it was before, once it has recovered.
    mutating func join(_ cluster: ClusterID, _ trouble: Trouble) {
        guard var details = records[cluster]?.details else { return }
        switch details.said {
        case .failing, .unready(trouble.reason): details.said = .nothing
        case .unready, .ready, .nothing: return
        }
        keep(details, of: cluster)
    }

    /// Says that a shared fault began, if that has not been said: at the latest before its first member leaves.
    mutating func announce(_ cause: FaultCause?, at now: Duration) -> [PoolEvent] {
        guard let cause, let fault = faults[cause], !fault.isAnnounced else { return [] }
        faults[cause]?.noteLine(at: now)
        return [event(.began, fault, cause, at: now)]
    }

    /// Says that a shared fault began or lasts, or lets it be over, if it is time.
    mutating func endOrRepeat(_ cause: FaultCause, at now: Duration) -> [PoolEvent] {
        guard let fault = faults[cause] else { return [] }
        let members = members(of: cause)
        guard fault.isAnnounced else { return fault.nextLine <= now ? announce(cause, at: now) : [] }
        if let end = fault.endTime(members: members, fleet: clusters), end <= now {
            faults[cause] = nil
            causes[cause]?.endRun()
            pastFaults.add(cause, quiet: fault.quiet, at: now)
            return [event(.over(recovered: fault.recovered), fault, cause, at: now)]
        }
        guard members >= OngoingFault.fewestMembers, fault.nextLine <= now else { return [] }
        faults[cause]?.noteLine(at: now)
        return [event(.lasts, fault, cause, at: now)]
    }

    /// The shared faults that at least two clusters have now. Their names would have to be looked for among all.
    func ongoingFaults(at now: Duration) -> [PoolEvent.SharedFault] {
        causesOfFaults.compactMap { cause in
            let members = members(of: cause)
            guard let fault = faults[cause], members >= OngoingFault.fewestMembers else { return nil }
            return PoolEvent.SharedFault(
                phase: .lasts,
                reason: fault.reason,
                isFailing: fault.isFailing,
                text: fault.text,
                share: PoolEvent.Share(clusters: members, all: max(clusters, members), users: ""),
                age: now - fault.since
            )
        }
    }

    private func event(
        _ phase: PoolEvent.SharedFault.Phase,
        _ fault: OngoingFault,
        _ cause: FaultCause,
        at now: Duration
    ) -> PoolEvent {
        let members = records.filter { $0.value.details.cause == cause }
            .map {
                (
                    since: $0.value.details.failingSince ?? $0.value.details.unreadySince ?? now,
                    cluster: $0.key
                )
            }
        return PoolEvent(
            .fault(
                PoolEvent.SharedFault(
                    phase: phase,
                    reason: fault.reason,
                    isFailing: fault.isFailing,
                    text: fault.text,
                    share: share(members, naming: Self.namesOfFault) { name, _ in name },
                    age: (phase.isOver ? fault.end : now) - fault.since
                )
            )
        )
    }

    /// Some clusters among all, with the names of those who have had to wait longest.
    func share(
        _ members: [(since: Duration, cluster: ClusterID)],
        naming most: Int,
        _ text: (_ name: String, _ since: Duration) -> String
    ) -> PoolEvent.Share {
        let first = members.sorted { ($0.since, $0.cluster) < ($1.since, $1.cluster) }.prefix(most)
        let names = first.compactMap { member in member.cluster.user.map { text(shownName($0), member.since) }
        }
        return PoolEvent.Share(
            clusters: members.count,
            all: max(clusters, members.count),
            users: listed(names, of: names.isEmpty ? 0 : members.count)
        )
    }
}

/// A user's name among others: as it is written in `IMPERSONATE_USERS`, and not longer than is good for a list.
func shownName(_ user: String) -> String { displayText(WrittenUser.text(of: user), limit: 80) }
