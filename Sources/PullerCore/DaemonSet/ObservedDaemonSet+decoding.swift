extension ObservedDaemonSet: Decodable {
    /// Reads the fields that matter and skips the others. Of texts that others may have written, only those
    /// that decisions depend on are kept, truncated to ``longestText``.
    ///
    /// - Throws: `DecodingError` when the value is not a DaemonSet, or not one that can be named in a request.
    public init(from decoder: any Decoder) throws {
        let wire = try Wire(from: decoder)
        // Items of a list come without a kind, but this program never lists.
        guard wire.kind == "DaemonSet" else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "kind is \(wire.kind), not DaemonSet")
            )
        }
        self.init(wire)
    }

    init(_ wire: Wire) {
        name = wire.metadata.name
        uid = wire.metadata.uid.text
        resourceVersion = wire.metadata.resourceVersion.text
        generation = wire.metadata.generation ?? 0
        created = wire.metadata.creationTimestamp.flatMap { Timestamp(rfc3339: $0) }
        isTerminating = wire.metadata.deletionTimestamp != nil
        finalizers = wire.metadata.finalizers?.texts ?? []
        labels = wire.metadata.labels?.values ?? [:]
        annotations = wire.metadata.annotations?.values ?? [:]
        selector = wire.spec?.selector?.matchLabels?.values ?? [:]
        imageVolumes = wire.spec?.template?.spec?.volumes?.number ?? 0
        status = Status()
        status.observedGeneration = wire.status?.observedGeneration ?? 0
        status.desired = Self.count(wire.status?.desiredNumberScheduled)
        status.scheduled = Self.count(wire.status?.currentNumberScheduled)
        status.ready = Self.count(wire.status?.numberReady)
        status.misscheduled = Self.count(wire.status?.numberMisscheduled)
    }

    /// A number of nodes: a value that no server may send counts as zero.
    private static func count(_ number: Int32?) -> Int { Int(max(number ?? 0, 0)) }

    /// What is read, in the shape in which it is sent.
    struct Wire: Decodable {
        var kind: String
        var metadata: Metadata
        var spec: Spec?
        var status: WireStatus?

        struct Metadata: Decodable {
            var name: String
            var uid: Identity
            var resourceVersion: Identity
            var generation: Int?
            var creationTimestamp: String?
            var deletionTimestamp: String?
            var finalizers: FirstTexts?
            var labels: KnownTexts?
            var annotations: KnownTexts?
        }
        struct Spec: Decodable {
            var selector: Selector?
            var template: Template?
        }
        struct Template: Decodable {
            var spec: PodSpec?
        }
        struct PodSpec: Decodable {
            var volumes: ImageVolumes?
        }
        struct Selector: Decodable {
            var matchLabels: KnownTexts?
        }
        struct WireStatus: Decodable {
            var observedGeneration: Int?
            // The API's own width: a larger number is malformed, and cannot overflow anything.
            var desiredNumberScheduled: Int32?
            var currentNumberScheduled: Int32?
            var numberReady: Int32?
            var numberMisscheduled: Int32?
        }
    }
}

/// A text that later requests repeat unchanged. An empty one would ask for something else, and one longer
/// than any server sends is rejected.
struct Identity: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let identity = Identity(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no identity")
        }
        self = identity
    }

    init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= ObservedDaemonSet.longestText else { return nil }
        self.text = text
    }
}

/// The first texts of an array.
struct FirstTexts: Decodable {
    var texts: [String] = []

    init() {}

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        while !container.isAtEnd, texts.count < ObservedDaemonSet.mostFinalizers {
            texts.append(cut(try container.decode(String.self)))
        }
    }
}

/// The values of the keys that decisions depend on. They are looked up one by one: an object may have tens of
/// thousands of labels and annotations, and the others should not be decoded.
struct KnownTexts: Decodable {
    var values: [String: String] = [:]

    init() {}

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in MetadataKey.all {
            values[key] = try container.decodeIfPresent(String.self, forKey: Key(stringValue: key)).map {
                cut($0)
            }
        }
    }
}

/// How many volumes are images. Nothing of them is kept.
struct ImageVolumes: Decodable {
    var number = 0

    init() {}

    private struct Volume: Decodable {
        var image: Source?
    }

    private struct Source: Decodable {}

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        while !container.isAtEnd {
            if try container.decode(Volume.self).image != nil { number += 1 }
        }
    }
}

/// A text, truncated between two characters to a number of bytes.
func cut(_ text: String, to limit: Int = ObservedDaemonSet.longestText) -> String {
    guard text.utf8.count > limit else { return text }
    return (limit - 3...limit).reversed().lazy.compactMap { String(text.utf8.prefix($0)) }.first ?? ""
}
