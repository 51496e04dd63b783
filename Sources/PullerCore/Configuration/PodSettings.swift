/// What all pods of a cluster's DaemonSets have.
public struct PodSettings: Sendable, Equatable {
    /// Rules about nodes and other pods, checked as Kubernetes does; `nil` for none.
    public var affinity: JSONValue?
    /// Secrets in the DaemonSets' namespace with which images are pulled.
    public var imagePullSecrets: [String] = []
    /// Annotations of the DaemonSets and their pods besides our own.
    public var annotations: [String: String] = [:]
    /// Labels of the DaemonSets and their pods besides our own.
    public var labels: [String: String] = [:]
    /// `priorityClassName`.
    public var priorityClassName: String?
    /// `runtimeClassName`.
    public var runtimeClassName: String?
    /// What keeps an image on a node.
    public var holding = Holding.ownSleep
    /// What the containers may do.
    public var security = PodSecurity()
    /// Where the clusters come from, as far as that is known from the configuration.
    public var platform = PlatformChoice.auto
    /// The Deployment that is to own the DaemonSets (`DEPLOYMENT_NAME`); `nil` for none.
    public var deploymentName: String?

    /// Pods as they are without any of these settings.
    public init() {}
}

/// What keeps an image on a node.
public enum Holding: Sendable, Equatable {
    /// Each image runs its own `sleep`.
    case ownSleep
    /// Each image runs a `sleep` that an init container copies from this image (`KIP_IMAGE`).
    case copiedSleep(SleepImage)
    /// One container of this image mounts the cached images as volumes, and none of them is executed
    /// (`CACHE_MODE=image-volumes`). Where the server does not know such volumes, `fallsBack` says whether the images run a
    /// copied `sleep` instead.
    case imageVolumes(SleepImage, fallsBack: Bool)
}

/// An image with a shell and a static `/bin/sleep`: this project's own, or the Go puller's.
public struct SleepImage: Sendable, Equatable {
    /// Where it is pulled from.
    public var image: ImageReference
    /// Each node waits for a random part of this time before it pulls the other images; zero for no wait.
    public var pullSpread: Duration = .zero
}

/// What the containers may do.
public struct PodSecurity: Sendable, Equatable {
    /// The Pod Security Standard that the pods meet.
    public var level = Level.baseline
    /// The user of the containers with ``Level/restricted``; on OpenShift, the SCC chooses another.
    public var user = 65532
    /// Whether system calls are filtered by the runtime's default profile; `nil` leaves that to the level.
    public var usesSeccomp: Bool?
    /// Whether the root file system is read-only.
    public var isRootReadOnly = true

    /// The Pod Security Standard that the pods meet, see
    /// https://kubernetes.io/docs/concepts/security/pod-security-standards/.
    public enum Level: String, Sendable, CaseIterable {
        /// Images run as the user that they name, which may be root.
        case baseline
        /// Images run as a user that is not root.
        case restricted
    }
}

/// What the configuration says about where the clusters come from (`PLATFORM`).
public enum PlatformChoice: String, Sendable, CaseIterable {
    /// To be found out.
    case auto
    /// Plain Kubernetes.
    case kubernetes
    /// OpenShift, whose SCC chooses user and groups.
    case openshift
}
