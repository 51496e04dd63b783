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
            if key.lowercased().hasPrefix(prefix) || hasMeaning(key) {
                findings.add("the annotation \"\(shownKey)\" must not be set, because it has another use")
            }
            if isSeccomp(key) {
                let variable = ConfigurationVariable.seccompProfile.name
                findings.add(
                    "the annotation \"\(shownKey)\" must not be set; \(variable) chooses the profile"
                )
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

    /// Whether the API server reads an annotation, and refuses some values of it (`ValidatePodSpecificAnnotations` and
    /// others in k8s.io/kubernetes/pkg/apis/core/validation). Those about AppArmor name a container, which not every
    /// placement has.
    private static func hasMeaning(_ key: String) -> Bool {
        let names = [
            "deprecated.daemonset.template.generation", "kubernetes.io/config.mirror",
            "scheduler.alpha.kubernetes.io/tolerations", "controller.kubernetes.io/pod-deletion-cost",
        ]
        return names.contains(key) || key.hasPrefix("container.apparmor.security.beta.kubernetes.io/")
    }

    /// Whether an annotation is one of those by which Kubernetes before 1.27 chose a seccomp profile. It must not
    /// contradict the field.
    private static func isSeccomp(_ key: String) -> Bool {
        key == "seccomp.security.alpha.kubernetes.io/pod"
            || key.hasPrefix("container.seccomp.security.alpha.kubernetes.io/")
    }
}
