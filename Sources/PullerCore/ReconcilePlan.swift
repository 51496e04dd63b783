/// What is to happen to one cluster's DaemonSet: a function of what is desired, what was observed, and what this
/// worker remembers.
public enum ReconcilePlan: Sendable, Equatable {
    /// It is the right one.
    case keep(Health)
    /// There is none.
    case create
    /// It is deleted and created again.
    case replace(ReplaceReason)
    /// It is somebody else's: it stays, and this says why.
    case refuse(String)

    /// Decides.
    ///
    /// - Parameters:
    ///   - desired: What the configuration wants.
    ///   - observed: What the cluster has; `nil` for nothing.
    ///   - memory: What the worker remembers of earlier rounds.
    ///   - serverTime: The `Date` of the answer; without it nothing is refreshed.
    ///   - refreshAge: Age at which moving tags are pulled anew; `nil` for never.
    public init(
        desired: DesiredDaemonSet,
        observed: ObservedDaemonSet?,
        memory: WorkerMemory,
        serverTime: Timestamp?,
        refreshAge: Duration?
    ) {
        guard let observed else {
            self = .create
            return
        }
        switch Ownership(of: observed, installationID: desired.installationID) {
        case .stranger(let why):
            self = .refuse("a DaemonSet \"\(desired.name)\" is there, and \(why)")
        case .goPuller where memory.tookOverFromGoPuller:
            self = .refuse("a Go puller put its DaemonSet back: it is still running; stop it")
        case .goPuller:
            self = .replace(.goPuller)
        case .ours:
            let health = Health(of: observed)
            if observed.isTerminating {
                self = .replace(.terminating)
            } else if observed.annotations[MetadataKey.specHash] != desired.specHash {
                self = .replace(.newConfiguration)
            } else if observed.generation > 1 {
                // This program never updates, so somebody else did.
                self = .replace(.edited)
            } else if memory.isIll {
                self = .replace(.unhealthy(health))
            } else if desired.isRefreshable, Self.isDue(observed, at: serverTime, refreshAge: refreshAge) {
                self = .replace(.refresh)
            } else {
                self = .keep(health)
            }
        }
    }

    /// Whether a DaemonSet is old enough to be refreshed. Its uid adds up to a tenth of the age, so that
    /// DaemonSets that were created together are not refreshed together.
    private static func isDue(_ observed: ObservedDaemonSet, at now: Timestamp?, refreshAge: Duration?)
        -> Bool
    {
        guard let now, let created = observed.created, let refreshAge else { return false }
        let share = Double(stableHash(observed.uid.utf8) % 1000) / 1000
        return now - created >= refreshAge + refreshAge * (share * 0.1)
    }
}

/// Why a DaemonSet is deleted and created again.
public enum ReplaceReason: Sendable, Equatable {
    /// Somebody is deleting it.
    case terminating
    /// The configuration is another one than it was made of.
    case newConfiguration
    /// Somebody edited its spec.
    case edited
    /// Too few nodes are ready, for too long.
    case unhealthy(Health)
    /// Its images are to be pulled anew.
    case refresh
    /// It is a Go puller's.
    case goPuller

    /// The stable name: for the log, and for the annotation on the new DaemonSet.
    public var name: String {
        switch self {
        case .terminating: "Terminating"
        case .newConfiguration, .edited: "Drift"
        case .unhealthy: "Unhealthy"
        case .refresh: "Refresh"
        case .goPuller: "GoPuller"
        }
    }

    /// What happened, for an operator.
    public var explanation: String {
        switch self {
        case .terminating: "somebody is deleting it"
        case .newConfiguration: "the configuration changed"
        case .edited: "somebody edited its spec"
        case .unhealthy(let health): "only \(health.figures) nodes were ready for a whole interval"
        case .refresh: "its images are due to be pulled anew"
        case .goPuller: "it was a Go puller's"
        }
    }

    /// Whether somebody undoes this program's work when it comes again and again. A process's own configuration never
    /// changes: another one, twice in a row, is another puller's.
    public var isSomebodysDoing: Bool {
        switch self {
        case .terminating, .edited, .goPuller, .newConfiguration: true
        case .unhealthy, .refresh: false
        }
    }

    /// What the new DaemonSet's annotations say about the old one.
    public func note(health: Health) -> CreationNote {
        CreationNote(reason: name, readyBefore: health.ready, desiredBefore: health.desired)
    }
}
