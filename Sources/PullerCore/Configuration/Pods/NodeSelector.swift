/// A map of label to value, checked as Kubernetes checks labels.
enum NodeSelector {
    /// `NODE_SELECTOR`.
    static func parse(_ text: String) throws(Expected) -> [String: String]? {
        try read(try JSONText.parse(text, expected: ConfigurationVariable.nodeSelector.expected))
    }

    static func read(_ node: JSONNode) throws(Expected) -> [String: String] {
        try Labels.read(node, expected: ConfigurationVariable.nodeSelector.expected)
    }
}

/// Labels as the API server checks them.
enum Labels {
    /// - Parameter expected: What is right in place of another JSON value.
    static func read(
        _ node: JSONNode,
        expected: String,
        isOurs: (String) -> Bool = { _ in false }
    ) throws(Expected) -> [String: String] {
        var labels: [String: String] = [:]
        var findings = Findings()
        for (key, value) in try JSONStringMap.members(of: node, expected: expected) {
            let shownKey = displayText(key, limit: 80)
            if !isQualifiedName(key) {
                findings.add("the label \"\(shownKey)\" must be [<DNS name>/]<name> as Kubernetes checks it")
            }
            if isOurs(key) {
                findings.add("the label \"\(shownKey)\" must not be set, because the puller uses it itself")
            }
            if !value.isEmpty, !isLabelValue(value) {
                findings.add(
                    "the value \"\(displayText(value, limit: 80))\" of \"\(shownKey)\" must be \(valueRule)"
                )
            }
            if labels.updateValue(value, forKey: key) != nil {
                findings.add("the label \"\(shownKey)\" must be there only once")
            }
        }
        if let summary = findings.summary { throw Expected(summary) }
        return labels
    }

    static let valueRule = "letters, digits, '-', '_' and '.', at most 63, letters or digits at both ends"
    static let keyRule = "[<DNS name>/]<name> as Kubernetes checks it"
}
