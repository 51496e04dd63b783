/// The part of a DaemonSet in a cluster that decisions depend on.
public struct ObservedDaemonSet: Sendable, Equatable {
    /// `metadata.name`.
    public var name: String
    /// `metadata.uid`: differs for every object, even under the same name.
    public var uid: String
    /// `metadata.resourceVersion`: where a watch begins.
    public var resourceVersion: String
    /// `metadata.generation`: 1 as created; a change of the spec raises it.
    public var generation: Int
    /// `metadata.creationTimestamp`, by the server's clock.
    public var created: Timestamp?
    /// Whether its deletion was requested, although it still exists.
    public var isTerminating: Bool
    /// `metadata.finalizers`: what blocks its deletion; the first eight.
    public var finalizers: [String]
    /// `metadata.labels`, those of ``MetadataKey/all``.
    public var labels: [String: String]
    /// `metadata.annotations`, those of ``MetadataKey/all``.
    public var annotations: [String: String]
    /// `spec.selector.matchLabels`, those of ``MetadataKey/all``.
    public var selector: [String: String]
    /// The number of volumes of its pod template that are images.
    public var imageVolumes: Int
    /// The figures of its status.
    public var status: Status

    /// The figures of a DaemonSet's status.
    public struct Status: Sendable, Equatable {
        /// The generation that these figures are about.
        public var observedGeneration = 0
        /// `desiredNumberScheduled`.
        public var desired = 0
        /// `currentNumberScheduled`.
        public var scheduled = 0
        /// `numberReady`.
        public var ready = 0
        /// `numberMisscheduled`: nodes that have a pod but should not, such as those that are not ready now.
        public var misscheduled = 0

        /// No figures yet.
        public init() {}
    }

    /// The maximum number of bytes kept of a text: more than this program ever writes, so that foreign
    /// texts use little memory.
    public static let longestText = 256
    /// The maximum number of finalizers kept.
    public static let mostFinalizers = 8

    /// Creates a DaemonSet from its parts.
    public init(
        name: String,
        uid: String,
        resourceVersion: String,
        generation: Int,
        created: Timestamp?,
        isTerminating: Bool,
        finalizers: [String] = [],
        labels: [String: String],
        annotations: [String: String],
        selector: [String: String],
        imageVolumes: Int = 0,
        status: Status
    ) {
        self.name = name
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.created = created
        self.isTerminating = isTerminating
        self.finalizers = finalizers
        self.labels = labels
        self.annotations = annotations
        self.selector = selector
        self.imageVolumes = imageVolumes
        self.status = status
    }
}
