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

/// The desired DaemonSet of each cluster, rendered once for all of them, under each of its two names.
public struct DesiredDaemonSet: Sendable {
    /// `DAEMONSET_NAME`.
    public let baseName: String
    /// `metadata.namespace`.
    public let namespace: String
    /// Distinguishes our DaemonSets from others.
    public let identity: CacheIdentity
    /// Hash of the settings, 16 hexadecimal digits. It covers neither the name, which alternates, nor changes
    /// that come with a new version of this program: these wait for the next refresh.
    public let specHash: String
    /// Hash of the settings that decide which nodes are desired, 16 hexadecimal digits.
    public let placementHash: String
    /// Whether any image is not pinned by digest, so that pulling it again can change something.
    public let isRefreshable: Bool

    private let settings: DaemonSetSettings
    private let firstBody: [UInt8]

    /// Renders the settings.
    public init(_ settings: DaemonSetSettings) {
        self.settings = settings
        baseName = settings.name
        namespace = settings.namespace
        identity = CacheIdentity(installationID: settings.installationID, daemonSetName: settings.name)
        specHash = hexadecimal(stableHash(Self.hashed(settings).compactJSON()), digits: 16)
        placementHash = hexadecimal(stableHash(Self.placement(settings).compactJSON()), digits: 16)
        isRefreshable = settings.images.contains { !$0.image.isPinned }
        firstBody = Self.manifest(
            settings,
            .primary,
            identity,
            hashes: (specHash, placementHash),
            note: nil
        ).compactJSON()
    }

    /// `metadata.name` under one of the two names.
    public func name(_ slot: Slot) -> String { slot.name(base: baseName) }

    /// The object to create.
    public func manifest(_ slot: Slot = .primary, note: CreationNote? = nil) -> JSONValue {
        Self.manifest(settings, slot, identity, hashes: (specHash, placementHash), note: note)
    }

    /// The body of the request that creates it, as compact JSON.
    public func body(_ slot: Slot = .primary, note: CreationNote? = nil) -> [UInt8] {
        slot == .primary && note == nil ? firstBody : manifest(slot, note: note).compactJSON()
    }

    /// Our labels and annotations that an object lacks or has with another value, sorted.
    public func missingKeys(in observed: ObservedDaemonSet, _ slot: Slot) -> [String] {
        let labels = Self.labels(settings, slot, identity, specHash: specHash)
            .filter { observed.labels[$0.key] != $0.value }.map { "label \($0.key)" }
        let annotations = Self.annotations(hashes: (specHash, placementHash), note: nil)
            // How many replacements came before differs from one object to the next.
            .filter { key, value in
                key == MetadataKey.generation
                    ? observed.annotations[key] == nil : observed.annotations[key] != value
            }.map { "annotation \($0.key)" }
        return (labels + annotations).sorted()
    }

    private static func manifest(
        _ settings: DaemonSetSettings,
        _ slot: Slot,
        _ identity: CacheIdentity,
        hashes: (spec: String, placement: String),
        note: CreationNote?
    ) -> JSONValue {
        .object([
            "apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": .object([
                "name": .string(slot.name(base: settings.name)), "namespace": .string(settings.namespace),
                "labels": .strings(labels(settings, slot, identity, specHash: hashes.spec)),
                "annotations": .strings(annotations(hashes: hashes, note: note)),
            ]),
            "spec": spec(settings, selector: identity.labels(slot)),
        ])
    }

    private static func labels(
        _ settings: DaemonSetSettings,
        _ slot: Slot,
        _ identity: CacheIdentity,
        specHash: String
    ) -> [String: String] {
        identity.labels(slot).merging([
            MetadataKey.managedBy: MetadataKey.managedByValue,
            MetadataKey.daemonSet: labelValue(settings.name),
            MetadataKey.specHash: specHash,
        ]) { $1 }
    }

    private static func annotations(
        hashes: (spec: String, placement: String),
        note: CreationNote?
    ) -> [String: String] {
        var annotations = [
            MetadataKey.specHash: hashes.spec,
            MetadataKey.placement: hashes.placement,
            MetadataKey.generation: String(note?.generation ?? 0),
        ]
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

    private static func hashed(_ settings: DaemonSetSettings) -> JSONValue {
        .object([
            "images": .strings(Dictionary(settings.images.map { ($0.name, $0.image.text) }) { $1 }),
            "resources": resources(settings.resources),
            "placement": placement(settings),
        ])
    }

    private static func placement(_ settings: DaemonSetSettings) -> JSONValue {
        .object(["nodeSelector": .strings(settings.nodeSelector)])
    }
}

extension JSONValue {
    /// An object of strings.
    static func strings(_ map: [String: String]) -> JSONValue { .object(map.mapValues(JSONValue.string)) }
}
