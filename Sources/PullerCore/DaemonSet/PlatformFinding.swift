/// What a cluster's list of API groups says about where it comes from.
public enum Discovery: Sendable, Equatable {
    /// It has this group, which only OpenShift has.
    case openShift(group: String)
    /// It has none of OpenShift's groups.
    case kubernetes
    /// It did not say, and why.
    case unknown(String)

    /// The groups by which OpenShift is recognised.
    public static let openShiftGroups = ["route.openshift.io", "security.openshift.io"]

    /// Judges a list of API groups.
    public init(groups: [String]) {
        let group = Self.openShiftGroups.first { groups.contains($0) }
        self = group.map { .openShift(group: $0) } ?? .kubernetes
    }
}

/// Which platform the pods are rendered for, and what that was decided from.
public struct PlatformFinding: Sendable, Equatable {
    /// Who chooses user and groups of the pods.
    public var platform: ClusterFacts.Platform
    /// What it was decided from, as the end of a sentence with "because".
    public var because: String

    /// Decides on the platform.
    ///
    /// - Parameters:
    ///   - choice: `PLATFORM`.
    ///   - isFleet: Whether many clusters are served, which all get the same pods.
    ///   - discovery: What the cluster's API groups say; `nil` when it was not asked.
    public init(_ choice: PlatformChoice, isFleet: Bool, discovery: Discovery? = nil) {
        switch (choice, isFleet, discovery) {
        case (.kubernetes, _, _): self.init(.kubernetes, "PLATFORM says so")
        case (.openshift, _, _): self.init(.openshift, "PLATFORM says so")
        case (.auto, true, _):
            self.init(
                .openshift,
                "PLATFORM is auto, and many clusters are most likely OpenShift's: fabric8-oso-proxy leads to no "
                    + "others, and does not let a client ask"
            )
        case (.auto, false, .openShift(let group)): self.init(.openshift, "the API group \(group) is there")
        case (.auto, false, .kubernetes):
            let groups = Discovery.openShiftGroups.joined(separator: " nor ")
            self.init(.kubernetes, "neither the API group \(groups) is there")
        case (.auto, false, .unknown(let why)):
            self.init(
                .openshift,
                "the cluster's API groups are not known (\(why)), and pods for openshift are accepted everywhere"
            )
        case (.auto, false, nil):
            self.init(
                .openshift,
                "the cluster was not asked for its API groups, and pods for openshift are accepted everywhere"
            )
        }
    }

    private init(_ platform: ClusterFacts.Platform, _ because: String) {
        self.platform = platform
        self.because = because
    }

    /// The decision and its ground, such as `platform: openshift, because the API group route.openshift.io is there`.
    public var text: String { "platform: \(platform.rawValue), because \(because)" }
}
