/// Reads typed values from JSON, and gathers all that is wrong, each with its path such as `[0].tolerationSeconds`.
struct JSONFields {
    private(set) var findings = Findings()

    /// An object whose fields are known, without those that are `null`.
    struct Object {
        let path: String
        fileprivate let members: [String: JSONNode]

        subscript(_ field: String) -> JSONNode? { members[field] }

        func path(_ field: String) -> String { path.isEmpty ? field : path + "." + field }
    }

    /// - Parameter text: What would be right: `must be ...`.
    mutating func report(_ path: String, _ text: String) {
        findings.add(path.isEmpty ? text : displayText(path, limit: 240) + " " + text)
    }

    /// Reports what else an object holds than these fields. `nil` when it is none.
    mutating func object(_ node: JSONNode, _ path: String, fields: [String]) -> Object? {
        guard case .object(let all) = node else {
            report(path, "must be a JSON object, not \(node.kind)")
            return nil
        }
        var members: [String: JSONNode] = [:]
        var known: Set<String> = []
        let object = Object(path: path, members: [:])
        for member in all {
            if !fields.contains(member.key) {
                let meant = nearMiss(of: member.key, among: fields)
                report(
                    object.path(displayText(member.key, limit: 80)),
                    "must be one of the fields \(Self.alternatives(fields, last: "and"))"
                        + (meant.map { "; did you mean \($0)?" } ?? "")
                )
            } else if !known.insert(member.key).inserted {
                report(object.path(member.key), "must be there only once")
            } else if member.value != .null {
                members[member.key] = member.value
            }
        }
        return Object(path: path, members: members)
    }

    /// The items of a list, each with its path.
    mutating func items(_ node: JSONNode, _ path: String) -> [(path: String, node: JSONNode)] {
        guard case .array(let values) = node else {
            report(path, "must be a JSON list, not \(node.kind)")
            return []
        }
        return values.enumerated().map { ("\(path)[\($0.offset)]", $0.element) }
    }

    /// The items of a field; none when it is not there.
    mutating func items(_ object: Object, _ field: String) -> [(path: String, node: JSONNode)] {
        object[field].map { items($0, object.path(field)) } ?? []
    }

    mutating func string(_ node: JSONNode, _ path: String) -> String? {
        if case .string(let text) = node { return text }
        let example =
            if case .number(let digits) = node { ": \"\(displayText(digits, limit: 40))\"" } else { "" }
        report(path, "must be a string in double quotes, not \(node.kind)\(example)")
        return nil
    }

    /// A field; an empty text counts as not there, as it does for Kubernetes.
    mutating func string(_ object: Object, _ field: String) -> String? {
        guard let node = object[field], let text = string(node, object.path(field)), !text.isEmpty else {
            return nil
        }
        return text
    }

    /// A field that is a list of strings; those that are none are left out.
    mutating func strings(_ object: Object, _ field: String) -> [(path: String, text: String)] {
        var texts: [(path: String, text: String)] = []
        for (path, node) in items(object, field) {
            if let text = string(node, path) { texts.append((path, text)) }
        }
        return texts
    }

    mutating func wholeNumber(_ object: Object, _ field: String) -> Int? {
        guard let node = object[field] else { return nil }
        if case .number(let digits) = node, let number = Int(digits) { return number }
        let isNumber = if case .number = node { true } else { false }
        report(object.path(field), "must be a whole number\(isNumber ? "" : ", not \(node.kind)")")
        return nil
    }

    /// A field with one of a few values.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ object: Object,
        _ field: String,
        of type: Choice.Type = Choice.self
    ) -> Choice? {
        guard let text = string(object, field) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let all = Choice.allCases.map(\.rawValue)
        let meant = nearMiss(of: text, among: all).map { "; did you mean \($0)?" } ?? ""
        report(
            object.path(field),
            "must be \(Self.alternatives(all)), not \"\(displayText(text, limit: 80))\"\(meant)"
        )
        return nil
    }

    /// `a, b or c`.
    static func alternatives(_ words: [String], last: String = "or") -> String {
        guard words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " \(last) " + words[words.count - 1]
    }
}
