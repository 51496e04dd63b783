/// `AFFINITY`, checked as Kubernetes' `validateAffinity` does (k8s.io/kubernetes/pkg/apis/core/validation).
///
/// What is left out of the result is what Kubernetes would leave out, too: `null`, and empty lists. An empty selector
/// chooses everything, and stays.
struct AffinityText {
    var fields = JSONFields()
    typealias Object = JSONFields.Object
    typealias Members = [String: JSONValue]

    static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    enum NodeOperator: String, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
        case greater = "Gt"
        case less = "Lt"
    }

    enum LabelOperator: String, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    enum FieldOperator: String, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
    }

    /// - Returns: The canonical form; an empty object for none.
    /// - Throws: All that is wrong, each with its path.
    static func parse(_ text: String) throws(Expected) -> JSONValue? {
        let node = try JSONText.parse(text)
        if node.isNothing { return .object([:]) }
        var reader = AffinityText()
        let value = reader.affinity(node)
        if let summary = reader.fields.findings.summary { throw Expected(summary) }
        return value
    }

    mutating func affinity(_ node: JSONNode) -> JSONValue {
        var members: Members = [:]
        let kinds = ["nodeAffinity", "podAffinity", "podAntiAffinity"]
        guard let object = fields.object(node, "", fields: kinds) else { return .object([:]) }
        for kind in kinds {
            guard let node = object[kind],
                let rules = fields.object(node, object.path(kind), fields: [Self.required, Self.preferred])
            else { continue }
            let value = kind == "nodeAffinity" ? nodeAffinity(rules) : podAffinity(rules)
            if !value.isEmpty { members[kind] = .object(value) }
        }
        return .object(members)
    }

    // MARK: Nodes

    mutating func nodeAffinity(_ rules: Object) -> Members {
        var members: Members = [:]
        if let node = rules[Self.required],
            let selector = fields.object(node, rules.path(Self.required), fields: ["nodeSelectorTerms"])
        {
            let items = fields.items(selector, "nodeSelectorTerms")
            if items.isEmpty, isEmptyList(selector["nodeSelectorTerms"]) {
                fields.report(selector.path("nodeSelectorTerms"), "must have at least one term")
            }
            var terms: [JSONValue] = []
            for (path, node) in items { terms.append(.object(nodeSelectorTerm(node, path))) }
            members[Self.required] = .object(["nodeSelectorTerms": .array(terms)])
        }
        var preferences: [JSONValue] = []
        for (path, node) in fields.items(rules, Self.preferred) {
            guard let object = fields.object(node, path, fields: ["weight", "preference"]) else { continue }
            let weight = weight(object)
            let preference = object["preference"] ?? .object([])
            preferences.append(
                .object([
                    "weight": .int(weight),
                    "preference": .object(nodeSelectorTerm(preference, object.path("preference"))),
                ])
            )
        }
        if !preferences.isEmpty { members[Self.preferred] = .array(preferences) }
        return members
    }

    mutating func nodeSelectorTerm(_ node: JSONNode, _ path: String) -> Members {
        guard let object = fields.object(node, path, fields: ["matchExpressions", "matchFields"]) else {
            return [:]
        }
        var members: Members = [:]
        var expressions: [JSONValue] = []
        for (path, node) in fields.items(object, "matchExpressions") {
            if let value = nodeExpression(node, path) { expressions.append(value) }
        }
        if !expressions.isEmpty { members["matchExpressions"] = .array(expressions) }
        var matchFields: [JSONValue] = []
        for (path, node) in fields.items(object, "matchFields") {
            if let value = nodeField(node, path) { matchFields.append(value) }
        }
        if !matchFields.isEmpty { members["matchFields"] = .array(matchFields) }
        return members
    }

    mutating func nodeExpression(_ node: JSONNode, _ path: String) -> JSONValue? {
        guard let object = requirement(node, path) else { return nil }
        checkKey(object)
        let comparison: NodeOperator? = requiredChoice(object)
        let values = fields.strings(object, "values")
        checkLabelValues(values)
        switch comparison {
        case .in?, .notIn?: checkThatThereAreValues(object)
        case .exists?, .doesNotExist?: checkThatThereAreNoValues(object)
        case .greater?, .less?:
            if values.count != 1 || Int64(values[0].text) == nil {
                fields.report(object.path("values"), #"must be one whole number as a string, such as ["4"]"#)
            }
        case nil: break
        }
        return value(of: object, values)
    }

    mutating func nodeField(_ node: JSONNode, _ path: String) -> JSONValue? {
        guard let object = requirement(node, path) else { return nil }
        if fields.string(object, "key") != "metadata.name" {
            fields.report(object.path("key"), "must be metadata.name, the only field of a node to choose by")
        }
        let _: FieldOperator? = requiredChoice(object)
        let values = fields.strings(object, "values")
        if values.count != 1 || !isDNSSubdomain(values[0].text) {
            fields.report(object.path("values"), "must be the name of one node")
        }
        return value(of: object, values)
    }
}
