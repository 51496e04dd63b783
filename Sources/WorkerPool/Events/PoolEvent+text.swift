import PullerCore

// The text of events in log lines, all in one place.
extension PoolEvent {
    /// The stable name of an event.
    public enum Kind: String, Sendable, CaseIterable {
        case started, adopted, created, replacing, replaced, steppedBack = "stepped-back", progress, ready,
            unready, failed
        case deleted, removed, warning, users, summary, stopping, stopped
    }

    /// The stable name.
    public var kind: Kind {
        switch what {
        case .started: .started
        case .adopted: .adopted
        case .created(_, let reason): reason == nil ? .created : .replacing
        case .replaced, .tidied: .replaced
        case .steppedBack: .steppedBack
        case .progress, .watchBroke: .progress
        case .round(let report):
            switch report.outcome {
            case .ready: .ready
            case .unready: .unready
            case .contested, .failed: .failed
            }
        case .deleted: .deleted
        case .removed, .removalGivenUp: .removed
        case .altered, .serverWarning, .clock, .warning: .warning
        case .users: .users
        case .summary: .summary
        case .stopping: .stopping
        case .leftover, .stopped: .stopped
        }
    }

    /// How much it matters.
    public var level: LogLevel {
        if isRepeated { return .debug }
        switch what {
        case .progress, .watchBroke: return .debug
        case .round(let report):
            guard case .ready = report.outcome else { return .warning }
            return .info
        case .altered, .steppedBack, .removalGivenUp, .serverWarning, .clock, .warning: return .warning
        case .users(.unusable): return .warning
        case .users(.braked), .leftover: return .error
        default: return .info
        }
    }

    /// The impersonated user.
    public var user: String? { cluster?.user }

    /// A stable name of the cause: a ``PullerCore/FailureReason``, a ``PullerCore/Health/Condition``, a
    /// ``PullerCore/ReplaceReason``, a ``PullerCore/Keeper/StepBack`` or a signal.
    public var reason: String? {
        switch what {
        case .created(_, let reason): reason?.name
        case .replaced(let reason, _, _): reason?.name
        case .steppedBack(let why, _, _): why.rawValue
        case .round(let report): report.outcome.reason
        case .watchBroke(let failure), .removalGivenUp(let failure), .leftover(let failure):
            failure.reason.rawValue
        case .altered: "Altered"
        case .clock: "Clock"
        case .users(.braked): "Brake"
        case .stopping(let signal): signal
        default: nil
        }
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

    /// How long it took.
    public var duration: Duration? { if case .round(let report) = what { report.duration } else { nil } }

    /// When this cluster is looked at again.
    public var nextCheck: Duration? { if case .round(let report) = what { report.nextCheck } else { nil } }

    /// For people, on one line.
    public var message: String { displayText(text, limit: 600) }

    private var text: String {
        switch what {
        case .started(let text): text
        case .adopted(let name, _): "the desired DaemonSet already exists: \(name)"
        case .created(let name, nil): "the DaemonSet \(name) was created"
        case .created(let name, let reason?):
            "the DaemonSet \(name) was created beside the one that it replaces: \(reason.explanation)"
        case .altered(let name, let missing):
            "the server stored \(name) without what was sent: \(missing.joined(separator: ", ")); "
                + "a webhook may drop it. It is left alone"
        case .replaced(let reason, let old, let new):
            "\(new) has taken the place of \(old), which was deleted"
                + (reason.map { ": \($0.explanation)" } ?? "")
        case .steppedBack(let why, let new, let old):
            "\(new) was deleted, and \(old) stays: \(why.explanation)"
        case .tidied(let gone, let stays):
            "\(gone) was deleted: it is not the desired one, and \(stays) serves as many nodes"
        case .progress(let health): "\(health.figures) nodes are ready"
        case .watchBroke(let failure): failure.message
        case .round(let report): report.text
        case .deleted(let name): "the DaemonSet \(name) was deleted"
        case .removed(let outcome): "the user was removed: \(outcome.explanation)"
        case .removalGivenUp(let failure):
            "the user was removed a day ago, and a DaemonSet may be left: \(failure.message)"
        case .serverWarning(let text), .warning(let text): text
        case .clock(.missing):
            "answers have no Date: DaemonSets are refreshed by how long this process has known them"
        case .clock(.differs(let by)):
            "the server's Date is \(by > .zero ? "ahead of" : "behind") this machine's clock by "
                + "\(Int(max(by, .zero - by).components.seconds)) seconds: DaemonSets are refreshed by how long this process has known them"
        case .users(let event): event.text
        case .summary(let sum):
            "\(sum.ready) of \(sum.clusters) clusters are ready, \(sum.unready) are not, \(sum.failing) fail"
        case .stopping: "the puller was told to end"
        case .leftover(let failure): "a DaemonSet may be left: \(failure.message)"
        case .stopped: "the puller has ended"
        }
    }
}

extension PoolEvent.UsersEvent {
    fileprivate var text: String {
        switch self {
        case .changed(let added, let removed): "\(added) users were added, \(removed) removed"
        case .unusable(let path, let why), .braked(let path, let why): "\(path) changes nothing: \(why)"
        case .usable(let path): "\(path) can be used again"
        }
    }
}

extension PoolEvent.RoundReport {
    fileprivate var text: String {
        switch outcome {
        case .ready(let standing), .unready(let standing): text(of: standing)
        case .contested(let reason, _): "\(reason.explanation), again and again"
        case .failed(let failure): failure.message
        }
    }

    private func text(of standing: Standing) -> String {
        func name(_ slot: Slot) -> String { slot.name(base: baseName) }
        var text = standing.health.explanation
        if let outdated = standing.outdated {
            text = "\(name(standing.slot)) stays for now, although \(outdated.explanation): \(text)"
        }
        if let beside = standing.beside {
            let minutes = Int(beside.since.components.seconds) / 60
            text +=
                " in \(name(standing.slot)); \(name(beside.slot)) (\(beside.health.figures)) has stood beside it for "
            text += "\(minutes) min"
            if !beside.finalizers.isEmpty {
                text += ", being deleted, held by the finalizers \(beside.finalizers.joined(separator: ", "))"
            }
        }
        if let obstacle = standing.obstacle { text += "; the next replacement would be refused: \(obstacle)" }
        return text
    }
}

extension RoundOutcome {
    /// The state of the cluster, if the round determined it.
    var standing: Standing? {
        switch self {
        case .ready(let standing), .unready(let standing), .contested(_, let standing): standing
        case .failed: nil
        }
    }

    /// The stable name of what is wrong; `nil` for nothing.
    var reason: String? {
        switch self {
        case .ready: nil
        case .unready(let standing):
            standing.outdated == nil ? standing.health.condition.rawValue : "Outdated"
        case .contested: FailureReason.conflict.rawValue
        case .failed(let failure): failure.reason.rawValue
        }
    }
}

extension Keeper.StepBack {
    /// What happened, for an operator.
    var explanation: String {
        switch self {
        case .harm:
            "fewer of the old one's nodes were ready while both existed (no room for both pods, perhaps); "
                + "it is tried again later"
        case .refresh: "it did not serve as many nodes in time; the refresh is tried again later"
        case .noBetter: "it serves no more nodes than the old one"
        }
    }
}

extension Health {
    /// The figures and what they mean, for an operator.
    var explanation: String {
        switch condition {
        case .ready, .degraded: "\(figures) nodes are ready"
        case .pending:
            "the DaemonSet controller has written no status yet; where that lasts for more than a minute, it does not run, or "
                + "a quota, Pod Security, an SCC or an admission webhook refuses the pods"
        case .noNodes: "no node is desired: check NODE_SELECTOR, taints, and whether nodes are Ready"
        case .podsRefused:
            "\(figures) nodes are ready; no pod was created: a quota, Pod Security, an SCC or an admission webhook may refuse them"
        }
    }
}
