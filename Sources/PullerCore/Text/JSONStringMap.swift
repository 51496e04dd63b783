/// Reads a JSON object whose values are strings (RFC 8259). A key that is there twice is kept twice, which
/// Foundation's decoder would hide.
enum JSONStringMap {
    /// - Parameter expected: What is right in place of another JSON value.
    static func parse(
        _ text: String,
        expected: String = ConfigurationVariable.nodeSelector.expected
    ) throws(Expected) -> [(key: String, value: String)] {
        try members(of: try JSONText.parse(text, expected: expected), expected: expected)
    }

    static func members(of node: JSONNode, expected: String) throws(Expected) -> [(
        key: String, value: String
    )] {
        guard case .object(let members) = node else { throw Expected(expected) }
        var strings: [(key: String, value: String)] = []
        for member in members {
            guard case .string(let value) = member.value else {
                let key = displayText(member.key, limit: 80)
                throw Expected("must have a string in quotes as the value of \"\(key)\"")
            }
            strings.append((member.key, value))
        }
        return strings
    }
}
