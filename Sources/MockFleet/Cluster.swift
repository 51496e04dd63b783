/// What one cluster holds. Its behaviour is in the extensions of ``Fleet``, since all of it takes time.
struct Cluster: Sendable {
    /// One change, for watches that begin in the past.
    struct Change: Sendable {
        var type: String
        var object: DaemonSet
    }

    /// Whether the namespace is there, and who says so when it is not.
    enum Namespace: String, Sendable, CaseIterable {
        case present
        /// Missing: the proxy cannot find its account there and answers 401.
        case missing
        /// Missing, and the cluster's own answers get through.
        case missingInCluster
    }

    /// What the account may read besides DaemonSets, and what is there. A plain Role allows nothing of it, and
    /// fabric8-oso-proxy lets nothing of it through.
    struct Reads: Sendable {
        /// Which API groups there are, or that nothing says so.
        enum Discovery: String, Sendable, CaseIterable {
            case forbidden
            case kubernetes
            case openshift
        }

        var pods = false
        var events = PullEvents.forbidden
        var deployment = false
        /// Deployments, by name: their uids.
        var deployments: [String: String] = [:]
        var discovery = Discovery.forbidden
    }

    /// Changes kept; a watch that begins before them is answered 410.
    static let historyLength = 128

    var nodes: [Node]
    var objects: [String: DaemonSet] = [:]
    /// The answers to GET, as long as they are true.
    var answers: [String: [UInt8]] = [:]
    var revision = 1000
    var history: [Change] = []
    /// Watches from this revision on can be served.
    var oldestRevision = 1000
    /// Exchanges of open watches.
    var watchers: [Int] = []
    var namespace = Namespace.present
    var arePodsRefused = false
    var imageVolumes = ImageVolumes.kept
    /// Whether the DaemonSet controller looks at nothing.
    var isControllerStopped = false
    var isForegroundStuck = false
    var pull: Duration
    var pullSpread: Duration
    /// What can be read besides DaemonSets.
    var reads = Reads()
    /// What is the matter with images; those that are not here can be pulled and run.
    var imageFaults: [String: ImageFault] = [:]
    /// Goes up when the service account's secret is rotated.
    var secretVersion = 0

    init(settings: FleetSettings) {
        nodes = [Node](repeating: Node(), count: max(settings.nodes, 0))
        pull = settings.pull
        pullSpread = settings.pullSpread
    }

    /// Gives a changed object its new revision and keeps the change. Returns the event's text.
    mutating func record(_ type: String, _ object: DaemonSet) -> DaemonSet {
        revision += 1
        var object = object
        object.revision = revision
        answers[object.name] = nil
        objects[object.name] = type == "DELETED" ? nil : object
        history.append(Change(type: type, object: object))
        if history.count > Self.historyLength {
            oldestRevision = history[history.count / 2].object.revision - 1
            history.removeFirst(history.count / 2)
        }
        return object
    }

    mutating func answer(_ name: String) -> [UInt8]? {
        if let text = answers[name] { return text }
        guard let text = objects[name]?.text else { return nil }
        answers[name] = text
        return text
    }
}
