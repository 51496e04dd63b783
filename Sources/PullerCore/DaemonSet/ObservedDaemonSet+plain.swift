extension ObservedDaemonSet {
    /// Reads a DaemonSet as ``init(from:)`` does, at a fraction of its cost, if it is written as API servers do.
    ///
    /// - Returns: `nil` when a decoder has to say what it is, or what is wrong: see ``PlainJSON``.
    public static func plain(_ json: [UInt8]) -> ObservedDaemonSet? {
        PlainJSON.read(json) { (reader) throws(PlainJSON.NotPlain) in try ObservedDaemonSet(&reader) }
    }

    /// Reads an event of a watch, in the same way, if its object is a DaemonSet.
    public static func plainEvent(_ json: [UInt8]) -> (type: String, object: ObservedDaemonSet)? {
        PlainJSON.read(json) { (reader) throws(PlainJSON.NotPlain) in
            var type: String?
            var object: ObservedDaemonSet?
            try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
                switch name {
                case "type": type = try reader.string()
                case "object": object = try ObservedDaemonSet(&reader)
                default: try reader.skip()
                }
            }
            guard let type, let object else { throw PlainJSON.NotPlain() }
            return (type, object)
        }
    }

    private init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        let wire = try Wire(&reader)
        guard wire.kind == "DaemonSet" else { throw PlainJSON.NotPlain() }
        self.init(wire)
    }
}

extension ObservedDaemonSet.Wire {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        var kind: String?
        var metadata: Metadata?
        var spec: Spec?
        var status: WireStatus?
        try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
            switch name {
            case "kind": kind = try reader.string()
            case "metadata": metadata = try Metadata(&reader)
            case "spec": spec = try reader.ifPresent(Spec.init)
            case "status": status = try reader.ifPresent(WireStatus.init)
            default: try reader.skip()
            }
        }
        guard let kind, let metadata else { throw PlainJSON.NotPlain() }
        self.init(kind: kind, metadata: metadata, spec: spec, status: status)
    }
}

extension ObservedDaemonSet.Wire.Metadata {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        var texts: [String: String] = [:]
        var generation: Int?
        var finalizers: FirstTexts?
        var labels: KnownTexts?
        var annotations: KnownTexts?
        try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
            switch name {
            case "name", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp":
                texts[name] = try reader.ifPresent(PlainJSON.text)
            case "generation": generation = try reader.ifPresent(PlainJSON.natural)
            case "finalizers": finalizers = try reader.ifPresent(FirstTexts.init)
            case "labels": labels = try reader.ifPresent(KnownTexts.init)
            case "annotations": annotations = try reader.ifPresent(KnownTexts.init)
            default: try reader.skip()
            }
        }
        guard let name = texts["name"], let uid = texts["uid"].flatMap(Identity.init),
            let version = texts["resourceVersion"].flatMap(Identity.init)
        else { throw PlainJSON.NotPlain() }
        self.init(
            name: name,
            uid: uid,
            resourceVersion: version,
            generation: generation,
            creationTimestamp: texts["creationTimestamp"],
            deletionTimestamp: texts["deletionTimestamp"],
            finalizers: finalizers,
            labels: labels,
            annotations: annotations
        )
    }
}

extension ObservedDaemonSet.Wire.Spec {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init()
        try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
            switch name {
            case "selector": selector = try reader.ifPresent(ObservedDaemonSet.Wire.Selector.init)
            case "template": template = try reader.ifPresent(ObservedDaemonSet.Wire.Template.init)
            default: try reader.skip()
            }
        }
    }
}

extension ObservedDaemonSet.Wire.Selector {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init(matchLabels: try reader.only("matchLabels", KnownTexts.init))
    }
}

extension ObservedDaemonSet.Wire.Template {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init(spec: try reader.only("spec", ObservedDaemonSet.Wire.PodSpec.init))
    }
}

extension ObservedDaemonSet.Wire.PodSpec {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init(volumes: try reader.only("volumes", ImageVolumes.init))
    }
}

extension ObservedDaemonSet.Wire.WireStatus {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init()
        try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
            switch name {
            case "observedGeneration": observedGeneration = try reader.ifPresent(PlainJSON.natural)
            case "desiredNumberScheduled": desiredNumberScheduled = try reader.ifPresent(PlainJSON.nodes)
            case "currentNumberScheduled": currentNumberScheduled = try reader.ifPresent(PlainJSON.nodes)
            case "numberReady": numberReady = try reader.ifPresent(PlainJSON.nodes)
            case "numberMisscheduled": numberMisscheduled = try reader.ifPresent(PlainJSON.nodes)
            default: try reader.skip()
            }
        }
    }
}

extension FirstTexts {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init()
        try reader.array { (reader) throws(PlainJSON.NotPlain) in
            guard texts.count < ObservedDaemonSet.mostFinalizers else { return try reader.skip() }
            texts.append(cut(try reader.string()))
        }
    }
}

extension KnownTexts {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init()
        try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
            guard MetadataKey.all.contains(name) else { return try reader.skip() }
            values[name] = try reader.ifPresent(PlainJSON.text).map { cut($0) }
        }
    }
}

extension ImageVolumes {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init()
        try reader.array { (reader) throws(PlainJSON.NotPlain) in
            if try reader.only("image", PlainJSON.anything) != nil { number += 1 }
        }
    }
}

extension PlainJSON {
    fileprivate static func text(_ reader: inout PlainJSON) throws(NotPlain) -> String { try reader.string() }

    fileprivate static func natural(_ reader: inout PlainJSON) throws(NotPlain) -> Int { try reader.number() }

    /// A number of the width that the API has for nodes.
    fileprivate static func nodes(_ reader: inout PlainJSON) throws(NotPlain) -> Int32 {
        guard let number = Int32(exactly: try reader.number()) else { throw NotPlain() }
        return number
    }

    /// An object of which nothing is read.
    fileprivate static func anything(_ reader: inout PlainJSON) throws(NotPlain) {
        try reader.object { (_, reader) throws(NotPlain) in try reader.skip() }
    }
}
