// What all rules are made of.
extension AffinityText {
    mutating func weight(_ object: Object) -> Int {
        guard let weight = object["weight"] == nil ? 0 : fields.wholeNumber(object, "weight") else {
            return 0
        }
        if !(1...100).contains(weight) {
            fields.report(object.path("weight"), "must be a whole number from 1 to 100")
        }
        return weight
    }

    mutating func requirement(_ node: JSONNode, _ path: String) -> Object? {
        fields.object(node, path, fields: ["key", "operator", "values"])
    }

    mutating func checkKey(_ object: Object) {
        let path = object.path("key")
        guard let key = object["key"].map({ fields.string($0, path) }) ?? "" else { return }
        if !isQualifiedName(key) { fields.report(path, "must be a label: \(Labels.keyRule)") }
    }

    mutating func requiredChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ object: Object
    ) -> Choice? {
        if object["operator"] == nil || object["operator"] == .string("") {
            let all = Choice.allCases.map(\.rawValue)
            fields.report(object.path("operator"), "must be there: \(JSONFields.alternatives(all))")
            return nil
        }
        return fields.choice(object, "operator")
    }

    mutating func checkLabelValues(_ values: [(path: String, text: String)]) {
        for (path, value) in values where !value.isEmpty && !isLabelValue(value) {
            fields.report(path, "must be \(Labels.valueRule)")
        }
    }

    mutating func checkThatThereAreValues(_ object: Object) {
        if isEmptyList(object["values"]) {
            fields.report(
                object.path("values"),
                "must have at least one value with the operators In and NotIn"
            )
        }
    }

    mutating func checkThatThereAreNoValues(_ object: Object) {
        if !isEmptyList(object["values"]) {
            fields.report(
                object.path("values"),
                "must not be there with the operators Exists and DoesNotExist"
            )
        }
    }

    func isEmptyList(_ node: JSONNode?) -> Bool { node == nil || node == .array([]) }

    func value(of object: Object, _ values: [(path: String, text: String)]) -> JSONValue {
        var members: Members = [:]
        for field in ["key", "operator"] {
            if case .string(let text)? = object[field] { members[field] = .string(text) }
        }
        if !values.isEmpty { members["values"] = .array(values.map { .string($0.text) }) }
        return .object(members)
    }
}
