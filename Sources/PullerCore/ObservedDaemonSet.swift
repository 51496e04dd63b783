/// The part of a DaemonSet in a cluster that decisions depend on.
public struct ObservedDaemonSet: Sendable, Equatable {
    /// `metadata.name`.
    public var name: String
    /// `metadata.uid`: another object has another one, also under the same name.
    public var uid: String
    /// `metadata.resourceVersion`: where a watch begins.
    public var resourceVersion: String
    /// `metadata.generation`: 1 as created; a change of the spec raises it.
    public var generation: Int
    /// `metadata.creationTimestamp`, by the server's clock.
    public var created: Timestamp?
    /// Whether somebody has deleted it and it is still there.
    public var isTerminating: Bool
    /// `metadata.labels`.
    public var labels: [String: String]
    /// `metadata.annotations`.
    public var annotations: [String: String]
    /// `spec.selector.matchLabels`.
    public var selector: [String: String]
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

        /// No figures yet.
        public init() {}
    }

    /// A DaemonSet made of its parts.
    public init(
        name: String,
        uid: String,
        resourceVersion: String,
        generation: Int,
        created: Timestamp?,
        isTerminating: Bool,
        labels: [String: String],
        annotations: [String: String],
        selector: [String: String],
        status: Status
    ) {
        self.name = name
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.generation = generation
        self.created = created
        self.isTerminating = isTerminating
        self.labels = labels
        self.annotations = annotations
        self.selector = selector
        self.status = status
    }
}

extension ObservedDaemonSet: Decodable {
    /// Reads the fields that count and passes over the others.
    ///
    /// - Throws: `DecodingError` when the value is not a DaemonSet.
    public init(from decoder: any Decoder) throws {
        let wire = try Wire(from: decoder)
        // Items of a list come without a kind, but this program never lists.
        guard wire.kind == "DaemonSet" else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "kind is \(wire.kind), not DaemonSet")
            )
        }
        name = wire.metadata.name
        uid = wire.metadata.uid
        resourceVersion = wire.metadata.resourceVersion
        generation = wire.metadata.generation ?? 0
        created = wire.metadata.creationTimestamp.flatMap { Timestamp(rfc3339: $0) }
        isTerminating = wire.metadata.deletionTimestamp != nil
        labels = wire.metadata.labels ?? [:]
        annotations = wire.metadata.annotations ?? [:]
        selector = wire.spec?.selector?.matchLabels ?? [:]
        status = Status()
        status.observedGeneration = wire.status?.observedGeneration ?? 0
        status.desired = Self.count(wire.status?.desiredNumberScheduled)
        status.scheduled = Self.count(wire.status?.currentNumberScheduled)
        status.ready = Self.count(wire.status?.numberReady)
    }

    /// A number of nodes: what no server may say counts as none.
    private static func count(_ number: Int32?) -> Int { Int(max(number ?? 0, 0)) }

    private struct Wire: Decodable {
        var kind: String
        var metadata: Metadata
        var spec: Spec?
        var status: WireStatus?

        struct Metadata: Decodable {
            var name: String
            var uid: String
            var resourceVersion: String
            var generation: Int?
            var creationTimestamp: String?
            var deletionTimestamp: String?
            var labels: [String: String]?
            var annotations: [String: String]?
        }
        struct Spec: Decodable {
            var selector: Selector?
        }
        struct Selector: Decodable {
            var matchLabels: [String: String]?
        }
        struct WireStatus: Decodable {
            var observedGeneration: Int?
            // The API's own width: a larger number is malformed, and cannot overflow anything.
            var desiredNumberScheduled: Int32?
            var currentNumberScheduled: Int32?
            var numberReady: Int32?
        }
    }
}
