import PullerCore

// The figures of an event, which a log line has as fields.
extension PoolEvent {
    /// The value of a field.
    public enum FieldValue: Sendable, Equatable {
        /// A text.
        case text(String)
        /// A number of things.
        case count(Int)
        /// A length of time.
        case seconds(Duration)
        /// A point in time, by how long ago it was.
        case ago(Duration)
    }

    /// Figures of the DaemonSet.
    public var health: Health? {
        switch what {
        case .adopted(_, let health), .progress(let health): health
        case .round(let report): report.outcome.standing?.health
        default: nil
        }
    }

    /// The state of the other one of two DaemonSets.
    public var beside: Standing.Beside? {
        if case .round(let report) = what { report.outcome.standing?.beside } else { nil }
    }

    /// What the pods say, where they were read.
    public var pods: PodReport? {
        switch what {
        case .round(let report): report.outcome.standing?.pods
        case .steppedBack(_, _, _, let pods): pods
        default: nil
        }
    }

    /// How long the round took.
    public var duration: Duration? { if case .round(let report) = what { report.duration } else { nil } }

    /// Names and values, in the order in which a line has them.
    public var fields: [(name: String, value: FieldValue)] {
        switch what {
        case .adopted(_, let health), .progress(let health): health.fields
        case .round(let report): report.fields
        case .steppedBack(_, _, _, let pods): pods?.fields ?? []
        case .pulled(let times): times.fields
        case .fault(let fault): fault.fields
        case .commonWarning(let warning): warning.share.fields
        case .digest(let digest): digest.share.fields + [("longest_since", .ago(digest.longest))]
        case .summary(let sum):
            [
                ("clusters", .count(sum.clusters)), ("ready", .count(sum.ready)),
                ("unready", .count(sum.unready)),
                ("failing", .count(sum.failing)), ("waiting", .count(sum.waiting)),
            ]
        case .users(.changed(let added, let removed)), .images(.changed(let added, let removed)):
            [("added", .count(added)), ("removed", .count(removed))]
        case .users(.braked(_, let count, _)), .images(.braked(_, let count, _)):
            [("removed", .count(count.removed)), ("of", .count(count.all))]
        case .linesDropped(let count): [("lines", .count(count))]
        case .clock(.differs(let by)): [("ahead_seconds", .seconds(by))]
        default: []
        }
    }
}

extension Health {
    fileprivate var fields: [(name: String, value: PoolEvent.FieldValue)] {
        [("ready", .count(ready)), ("desired", .count(desired))]
    }
}

extension PodReport {
    fileprivate var fields: [(name: String, value: PoolEvent.FieldValue)] {
        [
            ("nodes_failing", .count(troubled)), ("images_failing", .count(failingImages)),
            ("images_pulling", .count(pullingImages)),
        ]
    }
}

extension PullTimes {
    fileprivate var fields: [(name: String, value: PoolEvent.FieldValue)] {
        var fields: [(name: String, value: PoolEvent.FieldValue)] = [
            ("images_pulled", .count(images.count)), ("nodes_pulled", .count(nodes)),
        ]
        if let coldStart {
            fields += [
                ("cold_start_mean_seconds", .seconds(coldStart.mean)),
                ("cold_start_max_seconds", .seconds(coldStart.longest)),
            ]
        }
        if let slowest {
            fields += [
                ("slowest_image", .text(slowest.name)), ("slowest_seconds", .seconds(slowest.longest)),
            ]
        }
        return fields
    }
}

extension PoolEvent.Share {
    fileprivate var fields: [(name: String, value: PoolEvent.FieldValue)] {
        [("clusters", .count(clusters)), ("of", .count(all))]
            + (users.isEmpty ? [] : [("users", .text(users))])
    }
}

extension PoolEvent.SharedFault {
    fileprivate var fields: [(name: String, value: PoolEvent.FieldValue)] {
        let since = (
            name: isFailing ? "failing_since" : "unready_since", value: PoolEvent.FieldValue.ago(age)
        )
        switch phase {
        case .began: return [("state", .text("began"))] + share.fields + [since]
        case .lasts: return [("state", .text("lasts"))] + share.fields + [since]
        case .over(let recovered):
            return [
                ("state", .text("over")), ("recovered", .count(recovered)),
                ("remaining", .count(share.clusters)),
                ("of", .count(share.all)), ("lasted_seconds", .seconds(age)),
            ]
        }
    }
}

extension PoolEvent.RoundReport {
    fileprivate var fields: [(name: String, value: PoolEvent.FieldValue)] {
        var fields: [(name: String, value: PoolEvent.FieldValue)] = []
        if failures > 0 { fields.append(("failures", .count(failures))) }
        if let failingFor { fields.append(("failing_since", .ago(failingFor))) }
        if let unreadyFor, failingFor == nil { fields.append(("unready_since", .ago(unreadyFor))) }
        if let standing = outcome.standing { fields += standing.health.fields }
        if let pods = outcome.standing?.pods { fields += pods.fields }
        if let beside = outcome.standing?.beside {
            fields += [
                ("beside_ready", .count(beside.health.ready)),
                ("beside_desired", .count(beside.health.desired)),
                ("beside_seconds", .seconds(beside.since)),
            ]
        }
        return fields + [
            ("duration_seconds", .seconds(duration)), ("next_check_seconds", .seconds(nextCheck)),
        ]
    }
}
