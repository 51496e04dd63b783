import PullerCore

// What alerts and scripts may rely on: the stable names of an event and its level.
extension PoolEvent {
    /// The stable name of an event.
    public enum Kind: String, Sendable, CaseIterable {
        case started, added, surveyed, adopted, created, replacing, replaced, steppedBack = "stepped-back",
            queued,
            progress, pulled,
            ready,
            unready, failed
        case deleted, removed, warning, users, images, fault, digest, summary, stopping, stopped
    }

    /// The stable name.
    public var kind: Kind {
        switch what {
        case .started: .started
        case .added: .added
        case .surveyed(let note): note.isWarning ? .warning : .surveyed
        case .adopted: .adopted
        case .created(_, let reason): reason == nil ? .created : .replacing
        case .replaced, .tidied: .replaced
        case .steppedBack: .steppedBack
        case .queued: .queued
        case .progress, .watchBroke, .podsUnread, .pullsUnread: .progress
        case .pulled: .pulled
        case .round(let report):
            switch report.outcome {
            case .ready: .ready
            case .unready: .unready
            case .contested, .failed: .failed
            }
        case .deleted: .deleted
        case .removed, .removalGivenUp: .removed
        case .altered, .fellBack, .serverWarning, .podsNotReadable, .pullsNotReadable, .clock, .warning,
            .linesDropped, .commonWarning, .stuck:
            .warning
        case .users: .users
        case .images: .images
        case .fault: .fault
        case .digest: .digest
        case .summary: .summary
        case .stopping: .stopping
        case .leftover, .stopped: .stopped
        }
    }

    /// How much it matters.
    public var level: LogLevel {
        if isRepeated { return .debug }
        switch what {
        case .surveyed(let note): return note.isWarning ? .warning : .info
        case .added, .queued, .progress, .watchBroke, .podsUnread, .pullsUnread: return .debug
        case .round(let report):
            guard case .ready = report.outcome else { return .warning }
            return .info
        case .altered, .fellBack, .steppedBack, .removalGivenUp, .serverWarning, .podsNotReadable,
            .pullsNotReadable, .clock, .warning, .linesDropped, .stuck:
            return .warning
        case .commonWarning, .digest, .users(.unusable), .images(.unusable): return .warning
        case .fault(let fault):
            if case .over = fault.phase { return .info }
            return .warning
        case .users(.braked), .images(.braked), .leftover: return .error
        default: return .info
        }
    }

    /// The impersonated user.
    public var user: String? { cluster?.user }

    /// A stable name of the cause; every event of the levels warning and error has one.
    public var reason: String? {
        switch what {
        case .created(_, let reason): reason?.name
        case .replaced(let reason, _, _): reason?.name
        case .steppedBack(let why, _, _, _): why.rawValue
        case .round(let report): report.outcome.reason
        case .watchBroke(let failure), .podsUnread(let failure), .pullsUnread(let failure),
            .removalGivenUp(let failure), .leftover(let failure):
            failure.reason.rawValue
        case .surveyed(let note): note.isWarning ? WarningReason.owner.rawValue : nil
        case .altered: "Altered"
        case .fellBack: "Fallback"
        case .stuck: "Stuck"
        case .serverWarning: "ServerWarning"
        case .podsNotReadable: "PodsNotReadable"
        case .pullsNotReadable: "PullsNotReadable"
        case .clock: "Clock"
        case .warning(_, let reason): reason.rawValue
        case .linesDropped: "LinesDropped"
        case .users(.unusable): "UsersFile"
        case .images(.unusable): "ImagesFile"
        case .users(.braked), .images(.braked): "Brake"
        case .fault(let fault): fault.reason
        case .commonWarning(let warning): warning.reason
        case .digest(let digest): digest.reason
        case .stopping(let signal): signal
        default: nil
        }
    }
}

extension RoundOutcome {
    /// The state of the cluster, if the round determined it.
    public var standing: Standing? {
        switch self {
        case .ready(let standing), .unready(let standing), .contested(_, let standing): standing
        case .failed: nil
        }
    }

    /// The stable name of what is wrong; `nil` for nothing.
    public var reason: String? {
        switch self {
        case .ready: nil
        case .unready(let standing):
            standing.outdated == nil
                ? standing.pods?.mainFault?.reason ?? standing.health.condition.rawValue : "Outdated"
        case .contested: FailureReason.conflict.rawValue
        case .failed(let failure): failure.reason.rawValue
        }
    }
}
