// Tolerations as Kubernetes' `ValidateTolerations` checks them (k8s.io/kubernetes/pkg/apis/core/validation).

extension Toleration {
    /// `TOLERATIONS`.
    static func parseAll(_ text: String) throws(Expected) -> [Toleration]? {
        let node = try JSONText.parse(text)
        return node.isNothing ? [] : try readAll(node)
    }

    /// - Throws: All that is wrong, each with its path.
    static func readAll(_ node: JSONNode) throws(Expected) -> [Toleration] {
        var fields = JSONFields()
        var tolerations: [Toleration] = []
        for (path, item) in fields.items(node, "") {
            if let toleration = read(item, path, &fields) { tolerations.append(toleration) }
        }
        if let summary = fields.findings.summary { throw Expected(summary) }
        return tolerations
    }

    private static func read(_ node: JSONNode, _ path: String, _ fields: inout JSONFields) -> Toleration? {
        let known = ["key", "operator", "value", "effect", "tolerationSeconds"]
        guard let object = fields.object(node, path, fields: known) else { return nil }
        let before = fields.findings.count
        let toleration = Toleration(
            key: fields.string(object, "key"),
            comparison: fields.choice(object, "operator"),
            value: fields.string(object, "value"),
            effect: fields.choice(object, "effect"),
            seconds: fields.wholeNumber(object, "tolerationSeconds")
        )
        if let key = toleration.key, !isQualifiedName(key) {
            fields.report(object.path("key"), "must be \(Labels.keyRule)")
        }
        // What cannot be read has been reported, and says nothing about the other fields.
        guard fields.findings.count == before else { return nil }
        if toleration.key == nil, toleration.comparison != .exists {
            fields.report(object.path("operator"), "must be Exists without a key, which means all taints")
        }
        if let value = toleration.value {
            if toleration.comparison == .exists {
                fields.report(object.path("value"), "must not be there with the operator Exists")
            } else if !isLabelValue(value) {
                fields.report(object.path("value"), "must be \(Labels.valueRule)")
            }
        }
        if toleration.seconds != nil, toleration.effect != .noExecute {
            fields.report(object.path("effect"), "must be NoExecute with tolerationSeconds")
        }
        return toleration
    }
}
