import PullerCore

/// One step into a JSON value.
enum JSONStep: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case member(String)
    case element(Int)

    init(stringLiteral value: String) { self = .member(value) }
    init(integerLiteral value: Int) { self = .element(value) }
}

extension JSONValue {
    /// The value at the end of the steps; `nil` if there is none.
    func at(_ steps: JSONStep...) -> JSONValue? { at(steps[...]) }

    private func at(_ steps: ArraySlice<JSONStep>) -> JSONValue? {
        switch (steps.first, self) {
        case (nil, _): self
        case (.member(let name), .object(let members)): members[name]?.at(steps.dropFirst())
        case (.element(let index), .array(let values)) where values.indices.contains(index):
            values[index].at(steps.dropFirst())
        default: nil
        }
    }

    /// The same value with another at the end of the steps, or without it. Objects on the way are made.
    func setting(_ steps: [JSONStep], to value: JSONValue?) -> JSONValue {
        setting(steps[...], to: value) ?? .null
    }

    private func setting(_ steps: ArraySlice<JSONStep>, to value: JSONValue?) -> JSONValue? {
        switch steps.first {
        case nil: return value
        case .member(let name):
            var members: [String: JSONValue] = if case .object(let members) = self { members } else { [:] }
            members[name] = (members[name] ?? .object([:])).setting(steps.dropFirst(), to: value)
            return .object(members)
        case .element(let index):
            var values: [JSONValue] = if case .array(let values) = self { values } else { [] }
            if index == values.count { values.append(.object([:])) }
            guard let changed = values[index].setting(steps.dropFirst(), to: value) else { return self }
            values[index] = changed
            return .array(values)
        }
    }

    /// The elements of an array; none for anything else.
    var elements: [JSONValue] { if case .array(let values) = self { values } else { [] } }
    /// The members of an object; none for anything else.
    var members: [String: JSONValue] { if case .object(let members) = self { members } else { [:] } }
    /// The text; `nil` for anything else.
    var text: String? { if case .string(let text) = self { text } else { nil } }
}
