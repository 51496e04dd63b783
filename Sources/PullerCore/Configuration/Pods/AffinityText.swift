/// `AFFINITY`, checked as Kubernetes' `validateAffinity` does (k8s.io/kubernetes/pkg/apis/core/validation).
///
/// What is left out of the result is what Kubernetes would leave out, too: `null`, and empty lists. An empty selector
/// chooses everything, and stays.
struct AffinityText {
    private var fields = JSONFields()
    private typealias Object = JSONFields.Object
    private typealias Members = [String: JSONValue]

    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"

    private enum NodeOperator: String, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
        case greater = "Gt"
        case less = "Lt"
    }

    private enum LabelOperator: String, CaseIterable {
        case `in` = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    private enum FieldOperator: String, CaseIterable {
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

    private mutating func affinity(_ node: JSONNode) -> JSONValue {
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

    private mutating func nodeAffinity(_ rules: Object) -> Members {
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

    private mutating func nodeSelectorTerm(_ node: JSONNode, _ path: String) -> Members {
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

    private mutating func nodeExpression(_ node: JSONNode, _ path: String) -> JSONValue? {
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

    private mutating func nodeField(_ node: JSONNode, _ path: String) -> JSONValue? {
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

    // MARK: Pods

    private static let termFields = [
        "labelSelector", "namespaces", "topologyKey", "namespaceSelector", "matchLabelKeys",
        "mismatchLabelKeys",
    ]

    private mutating func podAffinity(_ rules: Object) -> Members {
        var members: Members = [:]
        var terms: [JSONValue] = []
        for (path, node) in fields.items(rules, Self.required) {
            if let term = podAffinityTerm(node, path) { terms.append(term) }
        }
        if !terms.isEmpty { members[Self.required] = .array(terms) }
        var preferences: [JSONValue] = []
        for (path, node) in fields.items(rules, Self.preferred) {
            guard let object = fields.object(node, path, fields: ["weight", "podAffinityTerm"]) else {
                continue
            }
            let weight = weight(object)
            let term = podAffinityTerm(
                object["podAffinityTerm"] ?? .object([]),
                object.path("podAffinityTerm")
            )
            if let term {
                preferences.append(.object(["weight": .int(weight), "podAffinityTerm": term]))
            }
        }
        if !preferences.isEmpty { members[Self.preferred] = .array(preferences) }
        return members
    }

    private mutating func podAffinityTerm(_ node: JSONNode, _ path: String) -> JSONValue? {
        guard let object = fields.object(node, path, fields: Self.termFields) else { return nil }
        var members: Members = [:]
        for field in ["labelSelector", "namespaceSelector"] {
            if let selector = object[field] {
                members[field] = labelSelector(selector, object.path(field)).map(JSONValue.object)
            }
        }
        let namespaces = fields.strings(object, "namespaces")
        for (path, name) in namespaces where !isDNSLabel(name) {
            fields.report(path, "must be the name of a namespace: \(Self.dnsLabelRule)")
        }
        if !namespaces.isEmpty { members["namespaces"] = .array(namespaces.map { .string($0.text) }) }
        if let key = fields.string(object, "topologyKey"), isQualifiedName(key) {
            members["topologyKey"] = .string(key)
        } else {
            fields.report(
                object.path("topologyKey"),
                "must be the label by which nodes are grouped, such as kubernetes.io/hostname"
            )
        }
        for (field, keys) in labelKeys(object) {
            members[field] = .array(keys.map { .string($0.text) })
        }
        return .object(members)
    }

    private static let dnsLabelRule =
        "lower-case letters, digits and '-', at most 63, letters or digits at both ends"

    /// The labels of `matchLabelKeys` and `mismatchLabelKeys`, by the name of the field.
    private mutating func labelKeys(_ object: Object) -> [String: [(path: String, text: String)]] {
        var all: [String: [(path: String, text: String)]] = [:]
        let fieldNames = ["matchLabelKeys", "mismatchLabelKeys"]
        for field in fieldNames {
            let keys = fields.strings(object, field)
            if !keys.isEmpty {
                all[field] = keys
                if object["labelSelector"] == nil {
                    fields.report(object.path(field), "must not be there without a labelSelector")
                }
            }
            for (path, key) in keys where !isQualifiedName(key) {
                fields.report(path, "must be \(Labels.keyRule)")
            }
        }
        let matched = Set((all["matchLabelKeys"] ?? []).map(\.text))
        for (path, key) in all["mismatchLabelKeys"] ?? [] where matched.contains(key) {
            fields.report(path, "must not be in matchLabelKeys, too")
        }
        let selected = Self.keys(in: object["labelSelector"])
        for (path, key) in all["matchLabelKeys"] ?? [] where selected.contains(key) {
            fields.report(path, "must not be in the labelSelector, too")
        }
        return all
    }

    /// The labels that a selector names, whatever else is wrong with it.
    private static func keys(in selector: JSONNode?) -> Set<String> {
        guard case .object(let members)? = selector else { return [] }
        var keys: Set<String> = []
        for member in members {
            switch (member.key, member.value) {
            case ("matchLabels", .object(let labels)): keys.formUnion(labels.map(\.key))
            case ("matchExpressions", .array(let expressions)):
                for case .object(let expression) in expressions {
                    for case .string(let key) in expression.filter({ $0.key == "key" }).map(\.value) {
                        keys.insert(key)
                    }
                }
            default: break
            }
        }
        return keys
    }

    private mutating func labelSelector(_ node: JSONNode, _ path: String) -> Members? {
        guard let object = fields.object(node, path, fields: ["matchLabels", "matchExpressions"]) else {
            return nil
        }
        var members: Members = [:]
        if let node = object["matchLabels"] {
            let labels = matchLabels(node, object.path("matchLabels"))
            if !labels.isEmpty { members["matchLabels"] = .strings(labels) }
        }
        var expressions: [JSONValue] = []
        for (path, node) in fields.items(object, "matchExpressions") {
            guard let object = requirement(node, path) else { continue }
            checkKey(object)
            let comparison: LabelOperator? = requiredChoice(object)
            let values = fields.strings(object, "values")
            checkLabelValues(values)
            switch comparison {
            case .in?, .notIn?: checkThatThereAreValues(object)
            case .exists?, .doesNotExist?: checkThatThereAreNoValues(object)
            case nil: break
            }
            expressions.append(value(of: object, values))
        }
        if !expressions.isEmpty { members["matchExpressions"] = .array(expressions) }
        return members
    }

    private mutating func matchLabels(_ node: JSONNode, _ path: String) -> [String: String] {
        guard case .object(let members) = node else {
            fields.report(path, "must be a JSON map of label to value, not \(node.kind)")
            return [:]
        }
        var labels: [String: String] = [:]
        for member in members {
            let path = path + "." + displayText(member.key, limit: 80)
            if !isQualifiedName(member.key) { fields.report(path, "must be a label: \(Labels.keyRule)") }
            guard let value = fields.string(member.value, path) else { continue }
            if !value.isEmpty, !isLabelValue(value) { fields.report(path, "must be \(Labels.valueRule)") }
            if labels.updateValue(value, forKey: member.key) != nil {
                fields.report(path, "must be there only once")
            }
        }
        return labels
    }

    // MARK: Parts

    private mutating func weight(_ object: Object) -> Int {
        guard let weight = object["weight"] == nil ? 0 : fields.wholeNumber(object, "weight") else {
            return 0
        }
        if !(1...100).contains(weight) {
            fields.report(object.path("weight"), "must be a whole number from 1 to 100")
        }
        return weight
    }

    private mutating func requirement(_ node: JSONNode, _ path: String) -> Object? {
        fields.object(node, path, fields: ["key", "operator", "values"])
    }

    private mutating func checkKey(_ object: Object) {
        let path = object.path("key")
        guard let key = object["key"].map({ fields.string($0, path) }) ?? "" else { return }
        if !isQualifiedName(key) { fields.report(path, "must be a label: \(Labels.keyRule)") }
    }

    private mutating func requiredChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ object: Object
    ) -> Choice? {
        if object["operator"] == nil || object["operator"] == .string("") {
            let all = Choice.allCases.map(\.rawValue)
            fields.report(object.path("operator"), "must be there: \(JSONFields.alternatives(all))")
            return nil
        }
        return fields.choice(object, "operator")
    }

    private mutating func checkLabelValues(_ values: [(path: String, text: String)]) {
        for (path, value) in values where !value.isEmpty && !isLabelValue(value) {
            fields.report(path, "must be \(Labels.valueRule)")
        }
    }

    private mutating func checkThatThereAreValues(_ object: Object) {
        if isEmptyList(object["values"]) {
            fields.report(
                object.path("values"),
                "must have at least one value with the operators In and NotIn"
            )
        }
    }

    private mutating func checkThatThereAreNoValues(_ object: Object) {
        if !isEmptyList(object["values"]) {
            fields.report(
                object.path("values"),
                "must not be there with the operators Exists and DoesNotExist"
            )
        }
    }

    private func isEmptyList(_ node: JSONNode?) -> Bool { node == nil || node == .array([]) }

    private func value(of object: Object, _ values: [(path: String, text: String)]) -> JSONValue {
        var members: Members = [:]
        for field in ["key", "operator"] {
            if case .string(let text)? = object[field] { members[field] = .string(text) }
        }
        if !values.isEmpty { members["values"] = .array(values.map { .string($0.text) }) }
        return .object(members)
    }
}
