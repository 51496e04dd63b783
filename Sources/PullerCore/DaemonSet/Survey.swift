/// What a cluster is asked about itself before anything is decided, and what it has said: who chooses the user of its
/// pods, and which Deployment owns its DaemonSets. Nothing is asked that changes nothing.
public struct Survey: Sendable, Equatable {
    /// What a cluster is asked.
    public enum Question: Sendable, Equatable {
        /// Which API groups it has.
        case apiGroups
        /// The uid of a Deployment.
        case deployment(String)
    }

    /// What it says.
    public enum Answer: Sendable, Equatable {
        /// To ``Question/apiGroups``.
        case apiGroups(Discovery)
        /// To ``Question/deployment(_:)``.
        case deployment(OwnerLookup)
    }

    /// What was learned, for an operator.
    public enum Note: Sendable, Equatable {
        /// The platform, and what it was decided from.
        case platform(PlatformFinding)
        /// The DaemonSets have this owner from now on.
        case owned(ClusterFacts.Owner)
        /// They have none, and why.
        case unowned(String)
    }

    /// What is known.
    public private(set) var facts: ClusterFacts
    /// The platform, and what it was decided from; `nil` if it is not known yet, or does not matter.
    public private(set) var finding: PlatformFinding?
    private var questions: [Question] = []
    private let namespace: String

    /// Nothing to ask.
    public static let none = Survey(PodSettings(), namespace: "", isFleet: false)

    /// What is to be asked, and what is known without.
    ///
    /// - Parameters:
    ///   - namespace: That of the DaemonSets.
    ///   - isFleet: Whether many clusters are served: these are asked nothing, and the owner would be in none of them.
    public init(_ pods: PodSettings, namespace: String, isFleet: Bool) {
        self.namespace = namespace
        facts = ClusterFacts(unasked: pods.platform)
        // Only these pods name a user.
        if pods.security.level == .restricted {
            if pods.platform == .auto, !isFleet {
                questions.append(.apiGroups)
            } else {
                let known = PlatformFinding(pods.platform, isFleet: isFleet)
                finding = known
                facts.platform = known.platform
            }
        }
        if !isFleet, let name = pods.deploymentName { questions.append(.deployment(name)) }
    }

    /// The survey of a configuration.
    public init(_ configuration: Configuration) {
        let isFleet =
            switch configuration.target {
            case .fleet: true
            case .single: false
            }
        let settings = configuration.daemonSet
        self.init(settings.pods, namespace: settings.namespace, isFleet: isFleet)
    }

    /// What is to be asked next; `nil` when everything is known.
    public var next: Question? { questions.first }

    /// What is asked again before each creation; `nil` without an owner. The garbage collector deletes what belongs to an
    /// owner that is gone.
    public var ownerQuestion: Question? { facts.owner.map { .deployment($0.name) } }

    /// Takes in what the cluster says of the owner when a DaemonSet is about to be created.
    ///
    /// - Returns: What has changed, if anything.
    /// - Throws: A failure where the owner is gone: this puller is about to be uninstalled. What it created for the owner would
    ///   be deleted, and what it created without one would be left.
    public mutating func confirm(_ answer: Answer) throws(Failure) -> Note? {
        guard let owner = facts.owner, case .deployment(let lookup) = answer else { return nil }
        switch lookup {
        case .found(owner.uid), .notAllowed: return nil
        case .found(let uid):
            let next = ClusterFacts.Owner(name: owner.name, uid: uid)
            facts.owner = next
            return .owned(next)
        case .absent:
            throw Failure(
                .conflict,
                "the Deployment \(owner.name), which owns the DaemonSets, is gone, so none is created: the garbage "
                    + "collector would delete it; after a restart, the puller goes on without an owner"
            )
        }
    }

    /// Takes in the answer to the next question.
    public mutating func take(_ answer: Answer) -> Note? {
        switch (questions.isEmpty ? nil : questions.removeFirst(), answer) {
        case (.apiGroups, .apiGroups(let discovery)):
            let known = PlatformFinding(.auto, isFleet: false, discovery: discovery)
            finding = known
            facts.platform = known.platform
            return .platform(known)
        case (.deployment(let name), .deployment(let lookup)):
            switch lookup {
            case .found(let uid):
                let owner = ClusterFacts.Owner(name: name, uid: uid)
                facts.owner = owner
                return .owned(owner)
            case .absent:
                return .unowned(
                    "there is no Deployment \(name) in the namespace \(namespace), and an owner has to be in the "
                        + "namespace of the DaemonSets"
                )
            case .notAllowed(let why):
                return .unowned("the Deployment \(name) cannot be read: \(why)")
            }
        default: return nil
        }
    }
}

extension Survey.Note {
    /// Whether something that was asked for is not had.
    public var isWarning: Bool {
        if case .unowned = self { true } else { false }
    }

    /// For people.
    public var text: String {
        switch self {
        case .platform(let finding): finding.text
        case .owned(let owner):
            "new DaemonSets belong to the Deployment \(owner.name), and are deleted with it"
        case .unowned(let why):
            "the DaemonSets have no owner, because \(why); they stay when the Deployment is deleted"
        }
    }
}
