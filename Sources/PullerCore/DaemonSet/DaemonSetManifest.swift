/// What a new DaemonSet records about the one that it replaces, because later decisions need it, even after a
/// restart.
public struct CreationNote: Sendable, Equatable {
    /// Why, by its stable name.
    public var reason: String
    /// Ready pods of the predecessor.
    public var readyBefore: Int
    /// Desired pods of the predecessor.
    public var desiredBefore: Int
    /// The number of replacements so far, including this one.
    public var generation: Int

    /// A note.
    public init(reason: String, readyBefore: Int, desiredBefore: Int, generation: Int) {
        self.reason = reason
        self.readyBefore = readyBefore
        self.desiredBefore = desiredBefore
        self.generation = generation
    }
}

/// One desired DaemonSet, the same in each cluster, rendered once for all of them, under each of its two names. A
/// ``DesiredCache`` has one for each placement.
public struct DesiredDaemonSet: Sendable {
    /// `DAEMONSET_NAME`.
    public let baseName: String
    /// `metadata.namespace`.
    public let namespace: String
    /// Distinguishes our DaemonSets of this placement from others.
    public let identity: CacheIdentity
    /// Hash of the settings, 16 hexadecimal digits. It covers neither the name, which alternates, nor changes
    /// that come with a new version of this program: these wait for the next refresh.
    public let specHash: String
    /// Hash of the settings that decide which nodes are desired, 16 hexadecimal digits.
    public let placementHash: String
    /// Whether new pods can change what is on a node: whether any image is not pinned by digest, and is pulled again
    /// although the node has it.
    public let isRefreshable: Bool
    /// The number of images that its pods mount; zero if they run them.
    public let imageVolumes: Int

    let content: Content
    private let firstBody: [UInt8]

    /// What one DaemonSet holds.
    struct Content: Sendable {
        /// The settings of the whole cache.
        let settings: DaemonSetSettings
        /// What the cluster itself says.
        let facts: ClusterFacts
        /// Which of the cache's DaemonSets.
        let id: PlacementID
        /// The nodes.
        let placement: Placement
        /// The images of this DaemonSet, sorted by name.
        let images: [CachedImage]
        /// All placements of the cache, sorted.
        let all: [PlacementID]
    }

    /// Renders the content.
    init(_ content: Content) {
        self.content = content
        baseName = content.settings.name
        namespace = content.settings.namespace
        identity = CacheIdentity(
            installationID: content.settings.installationID,
            daemonSetName: content.settings.name,
            placement: content.id
        )
        specHash = hexadecimal(stableHash(content.hashed.compactJSON()), digits: 16)
        placementHash = hexadecimal(stableHash(content.hashedNodes.compactJSON()), digits: 16)
        isRefreshable = content.images.contains {
            !$0.image.isPinned && content.pullPolicy(of: $0) == .always
        }
        imageVolumes = content.settings.pods.holding.isImageVolumes ? content.images.count : 0
        firstBody = Self.manifest(
            content,
            .primary,
            identity,
            hashes: (specHash, placementHash),
            note: nil
        ).compactJSON()
    }

    /// Which of the cache's DaemonSets.
    public var id: PlacementID { content.id }

    /// `metadata.name` under one of the two names.
    public func name(_ slot: Slot) -> String { id.name(base: baseName, slot) }

    /// The object to create.
    public func manifest(_ slot: Slot = .primary, note: CreationNote? = nil) -> JSONValue {
        Self.manifest(content, slot, identity, hashes: (specHash, placementHash), note: note)
    }

    /// The body of the request that creates it, as compact JSON.
    public func body(_ slot: Slot = .primary, note: CreationNote? = nil) -> [UInt8] {
        slot == .primary && note == nil ? firstBody : manifest(slot, note: note).compactJSON()
    }

    /// Whether the server dropped images that the pods were to mount, as one does that does not know such volumes. A pod
    /// without them protects no image.
    public func lacksImageVolumes(_ observed: ObservedDaemonSet) -> Bool {
        observed.imageVolumes < imageVolumes
    }

    /// Our labels and annotations that an object lacks or has with another value, sorted.
    public func missingKeys(in observed: ObservedDaemonSet, _ slot: Slot) -> [String] {
        let labels = Self.labels(content, slot, identity, specHash: specHash)
            .filter { observed.labels[$0.key] != $0.value }.map { "label \($0.key)" }
        let annotations = Self.annotations(content, hashes: (specHash, placementHash), note: nil)
            // How many replacements came before differs from one object to the next.
            .filter { key, value in
                key == MetadataKey.generation
                    ? observed.annotations[key] == nil : observed.annotations[key] != value
            }.map { "annotation \($0.key)" }
        return (labels + annotations).sorted()
    }

    private static func manifest(
        _ content: Content,
        _ slot: Slot,
        _ identity: CacheIdentity,
        hashes: (spec: String, placement: String),
        note: CreationNote?
    ) -> JSONValue {
        let pods = content.settings.pods
        let labels = labels(content, slot, identity, specHash: hashes.spec)
        let annotations = annotations(content, hashes: hashes, note: note)
        var metadata: [String: JSONValue] = [
            "name": .string(content.id.name(base: content.settings.name, slot)),
            "namespace": .string(content.settings.namespace),
            "labels": .strings(content.added(pods.labels).merging(labels) { $1 }),
            "annotations": .strings(content.added(pods.annotations).merging(annotations) { $1 }),
        ]
        if let owner = content.facts.owner {
            // Without `blockOwnerDeletion`, which needs the permission to change the Deployment's finalizers.
            metadata["ownerReferences"] = .array([
                .object([
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": .string(owner.name),
                    "uid": .string(owner.uid),
                ])
            ])
        }
        return .object([
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": .object(metadata),
            "spec": content.spec(selector: identity.labels(slot)),
        ])
    }

    private static func labels(
        _ content: Content,
        _ slot: Slot,
        _ identity: CacheIdentity,
        specHash: String
    ) -> [String: String] {
        identity.labels(slot).merging([
            MetadataKey.managedBy: MetadataKey.managedByValue,
            MetadataKey.daemonSet: labelValue(content.settings.name),
            MetadataKey.specHash: specHash,
        ]) { $1 }
    }

    private static func annotations(
        _ content: Content,
        hashes: (spec: String, placement: String),
        note: CreationNote?
    ) -> [String: String] {
        var annotations = [
            MetadataKey.specHash: hashes.spec,
            MetadataKey.placement: hashes.placement,
            MetadataKey.generation: String(note?.generation ?? 0),
        ]
        if content.all.count > 1 {
            annotations[MetadataKey.placements] = content.all.map(\.text).joined(separator: ",")
        }
        if let note {
            annotations[MetadataKey.recreatedBecause] = note.reason
            annotations[MetadataKey.readyBefore] = "\(note.readyBefore)/\(note.desiredBefore)"
        }
        return annotations
    }

    /// A name as a label value: truncated to fit, ending in a letter or a digit.
    private static func labelValue(_ name: String) -> String {
        var bytes = Array(name.utf8.prefix(63))
        while let last = bytes.last, !isLowerOrDigit(last) { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONValue {
    /// An object of strings.
    static func strings(_ map: [String: String]) -> JSONValue { .object(map.mapValues(JSONValue.string)) }
}
