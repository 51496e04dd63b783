/// What is wanted in each cluster.
public struct DaemonSetSettings: Sendable, Equatable {
    /// `metadata.name`; a cluster's DaemonSets have this name, or this and a suffix.
    public var name: String
    /// `metadata.namespace`.
    public var namespace: String
    /// Value of the owner label, so that two installations do not fight over one DaemonSet.
    public var installationID: String
    /// The images, sorted by name; never empty, except for a clean-up.
    public var images: [CachedImage]
    /// Path of `IMAGES_FILE`, whose images are among ``images``; `nil` without one.
    public var imagesFile: String?
    /// Those of ``images`` that `IMAGES` lists: they stay, whatever the file says.
    public var listedImages: [CachedImage] = []
    /// Resources of each container whose image has none of its own.
    public var resources: ContainerResources
    /// Nodes that cache each image that has no placement of its own.
    public var placement: Placement
    /// When images are pulled that do not say it themselves.
    public var pullPolicy: PullPolicy = .always
    /// What all pods have.
    public var pods = PodSettings()
}

/// One image to keep on every node.
public struct CachedImage: Sendable, Equatable {
    /// Name of its container: a DNS label.
    public var name: String
    /// The reference as it was given.
    public var image: ImageReference
    /// What was given for this image only.
    public var options = ImageOptions()
}

/// What can be given for one image; `nil` leaves it as for all images.
public struct ImageOptions: Sendable, Equatable {
    /// Replaces `NODE_SELECTOR`.
    public var nodeSelector: [String: String]?
    /// Replaces `TOLERATIONS`.
    public var tolerations: [Toleration]?
    /// Replaces `CACHING_MEMORY_REQUEST` and the like.
    public var resources: ContainerResources?
    /// Replaces `IMAGE_PULL_POLICY`.
    public var pullPolicy: PullPolicy?

    /// No options.
    public init() {}
}

/// When the kubelet pulls an image.
public enum PullPolicy: String, Sendable, CaseIterable {
    /// Whenever a container starts; what has not changed is not transferred again.
    case always = "Always"
    /// Only when the node does not have it.
    case ifNotPresent = "IfNotPresent"
}

/// Which nodes cache an image: images with different placements are in different DaemonSets.
public struct Placement: Sendable, Equatable {
    /// Labels of the nodes; empty for all nodes with Linux.
    public var nodeSelector: [String: String]
    /// Taints that do not keep the pods away.
    public var tolerations: [Toleration] = []
}

/// A taint that does not keep the pods away, see
/// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/.
public struct Toleration: Sendable, Equatable {
    /// Key of the taint; `nil` with ``Operator/exists`` for all taints.
    public var key: String?
    /// How key and value are compared.
    public var comparison: Operator?
    /// Value of the taint.
    public var value: String?
    /// Effect of the taint; `nil` for all effects.
    public var effect: Effect?
    /// How long a pod stays on a node after a `NoExecute` taint appeared, in seconds; `nil` for ever.
    public var seconds: Int?

    /// How key and value are compared.
    public enum Operator: String, Sendable, CaseIterable {
        /// The value has to be the same. Kubernetes' default.
        case equal = "Equal"
        /// Any value.
        case exists = "Exists"
    }

    /// What a taint does.
    public enum Effect: String, Sendable, CaseIterable {
        /// Keeps new pods away.
        case noSchedule = "NoSchedule"
        /// Keeps new pods away where there are other nodes.
        case preferNoSchedule = "PreferNoSchedule"
        /// Keeps new pods away and evicts old ones.
        case noExecute = "NoExecute"
    }

    /// A toleration; nothing given tolerates nothing.
    public init(
        key: String? = nil,
        comparison: Operator? = nil,
        value: String? = nil,
        effect: Effect? = nil,
        seconds: Int? = nil
    ) {
        self.key = key
        self.comparison = comparison
        self.value = value
        self.effect = effect
        self.seconds = seconds
    }
}

/// Requests and limits of each container.
public struct ContainerResources: Sendable, Equatable {
    /// `CACHING_MEMORY_REQUEST`.
    public var memoryRequest: Quantity
    /// `CACHING_MEMORY_LIMIT`.
    public var memoryLimit: Quantity
    /// `CACHING_CPU_REQUEST`.
    public var cpuRequest: Quantity
    /// `CACHING_CPU_LIMIT`.
    public var cpuLimit: Quantity
}
