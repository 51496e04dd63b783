/// Why a DaemonSet is created again; written into it, because what a later decision needs must survive a
/// restart.
public struct CreationNote: Sendable, Equatable {
    /// Why, in words.
    public var reason: String
    /// Ready pods of the one before.
    public var readyBefore: Int?
    /// Desired pods of the one before.
    public var desiredBefore: Int?

    /// A note; the figures are written only when both are known.
    public init(reason: String, readyBefore: Int? = nil, desiredBefore: Int? = nil) {
        self.reason = reason
        self.readyBefore = readyBefore
        self.desiredBefore = desiredBefore
    }
}

/// The DaemonSet that is wanted in each cluster, rendered once for all of them.
public struct DesiredDaemonSet: Sendable {
    /// `metadata.name`.
    public let name: String
    /// `metadata.namespace`.
    public let namespace: String
    /// Value of the owner label.
    public let installationID: String
    /// Hash of everything desired but the annotations, 16 hexadecimal digits.
    public let specHash: String
    /// Whether some image is not pinned by a digest, so that pulling it anew can change something.
    public let isRefreshable: Bool

    private let labels: JSONValue
    private let spec: JSONValue
    private let bodyWithoutNote: [UInt8]

    /// Renders the settings.
    public init(_ settings: DaemonSetSettings) {
        let name = settings.name
        let namespace = settings.namespace
        let labels = Self.labels(installationID: settings.installationID)
        let spec = Self.spec(settings, labels: labels)
        let hashed = Self.object(
            name: name,
            namespace: namespace,
            labels: labels,
            annotations: nil,
            spec: spec
        )
        let specHash = hexadecimal(stableHash(hashed.compactJSON()), digits: 16)
        let annotations = Self.annotations(specHash: specHash, note: nil)

        self.name = name
        self.namespace = namespace
        self.installationID = settings.installationID
        self.specHash = specHash
        self.isRefreshable = settings.images.contains { !$0.image.isPinned }
        self.labels = labels
        self.spec = spec
        self.bodyWithoutNote = Self.object(
            name: name,
            namespace: namespace,
            labels: labels,
            annotations: annotations,
            spec: spec
        ).compactJSON()
    }

    /// The object to create.
    public func manifest(note: CreationNote? = nil) -> JSONValue {
        Self.object(
            name: name,
            namespace: namespace,
            labels: labels,
            annotations: Self.annotations(specHash: specHash, note: note),
            spec: spec
        )
    }

    /// The body of the request that creates it, as compact JSON.
    public func body(note: CreationNote? = nil) -> [UInt8] {
        note == nil ? bodyWithoutNote : manifest(note: note).compactJSON()
    }

    private static func object(
        name: String,
        namespace: String,
        labels: JSONValue,
        annotations: JSONValue?,
        spec: JSONValue
    ) -> JSONValue {
        var metadata: [String: JSONValue] = [
            "name": .string(name), "namespace": .string(namespace), "labels": labels,
        ]
        metadata["annotations"] = annotations
        return .object([
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": .object(metadata), "spec": spec,
        ])
    }

    private static func labels(installationID: String) -> JSONValue {
        .object([
            MetadataKey.name: .string(MetadataKey.managedByValue),
            MetadataKey.managedBy: .string(MetadataKey.managedByValue),
            MetadataKey.installation: .string(installationID),
        ])
    }

    private static func annotations(specHash: String, note: CreationNote?) -> JSONValue {
        var annotations: [String: JSONValue] = [MetadataKey.specHash: .string(specHash)]
        if let note {
            annotations[MetadataKey.recreatedBecause] = .string(note.reason)
            if let ready = note.readyBefore, let desired = note.desiredBefore {
                annotations[MetadataKey.readyBefore] = .string("\(ready)/\(desired)")
            }
        }
        return .object(annotations)
    }
}
