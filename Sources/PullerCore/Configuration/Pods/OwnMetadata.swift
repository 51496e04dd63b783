// DAEMONSET_ANNOTATIONS and DAEMONSET_LABELS.

/// What is put on the DaemonSets and their pods besides our own metadata.
enum OwnMetadata {
    private static let prefix = "kubernetes-image-puller/"

    static func labels(_ text: String) throws(Expected) -> [String: String]? {
        let expected = ConfigurationVariable.labels.expected
        let node = try JSONText.parse(text, expected: expected)
        if node.isNothing { return [:] }
        let ours = [MetadataKey.name, MetadataKey.managedBy, MetadataKey.goPuller]
        return try Labels.read(node, expected: expected) { $0.hasPrefix(prefix) || ours.contains($0) }
    }

    /// Kubernetes' limit for all keys and values together is 256 KiB; a part of that is left for our own.
    private static let largest = 250 << 10

    static func annotations(_ text: String) throws(Expected) -> [String: String]? {
        let expected = ConfigurationVariable.annotations.expected
        let node = try JSONText.parse(text, expected: expected)
        if node.isNothing { return [:] }
        var annotations: [String: String] = [:]
        var findings = Findings()
        for (key, value) in try JSONStringMap.members(of: node, expected: expected) {
            let shownKey = displayText(key, limit: 80)
            // Kubernetes takes upper case in the DNS name of an annotation, but not of a label.
            if !isQualifiedName(key.lowercased()) || !key.utf8.allSatisfy({ $0 < 0x80 }) {
                findings.add("the annotation \"\(shownKey)\" must be \(Labels.keyRule)")
            }
            // The server reads a number from the second one.
            if key.lowercased().hasPrefix(prefix) || key == "deprecated.daemonset.template.generation" {
                findings.add("the annotation \"\(shownKey)\" must not be set, because it has another use")
            }
            if annotations.updateValue(value, forKey: key) != nil {
                findings.add("the annotation \"\(shownKey)\" must be there only once")
            }
        }
        let size = annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > largest { findings.add("all keys and values together must have at most 250 KiB") }
        if let summary = findings.summary { throw Expected(summary) }
        return annotations
    }
}
