// The rules about other pods.
extension AffinityText {
    static let termFields = [
        "labelSelector", "namespaces", "topologyKey", "namespaceSelector", "matchLabelKeys",
        "mismatchLabelKeys",
    ]

    mutating func podAffinity(_ rules: Object) -> Members {
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

    mutating func podAffinityTerm(_ node: JSONNode, _ path: String) -> JSONValue? {
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

    static let dnsLabelRule =
        "lower-case letters, digits and '-', at most 63, letters or digits at both ends"

    /// The labels of `matchLabelKeys` and `mismatchLabelKeys`, by the name of the field.
    mutating func labelKeys(_ object: Object) -> [String: [(path: String, text: String)]] {
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
    static func keys(in selector: JSONNode?) -> Set<String> {
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

    mutating func labelSelector(_ node: JSONNode, _ path: String) -> Members? {
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

    mutating func matchLabels(_ node: JSONNode, _ path: String) -> [String: String] {
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
}
