extension JSONValue {
    /// The value as a YAML document in block style, which YAML 1.1 (kubectl, PyYAML) and 1.2 read as the same
    /// value.
    public func yaml() -> String {
        var text = ""
        writeYAML(to: &text, level: 0, isInline: true)
        return text
    }

    /// - Parameter isInline: Whether the first line has its indentation already, as after `- `.
    private func writeYAML(to text: inout String, level: Int, isInline: Bool) {
        let indentation = String(repeating: "  ", count: level)
        switch self {
        case .array(let values) where !values.isEmpty:
            for (index, value) in values.enumerated() {
                text += (index == 0 && isInline ? "" : indentation) + "- "
                value.writeYAML(to: &text, level: level + 1, isInline: true)
            }
        case .object(let members) where !members.isEmpty:
            for (index, member) in Self.sorted(members).enumerated() {
                text += (index == 0 && isInline ? "" : indentation) + Self.yamlScalar(member.key) + ":"
                text += member.value.isCollection ? "\n" : " "
                member.value.writeYAML(to: &text, level: level + 1, isInline: !member.value.isCollection)
            }
        default:
            text += yamlLeaf + "\n"
        }
    }

    /// Whether the value takes lines of its own.
    private var isCollection: Bool {
        switch self {
        case .array(let values): !values.isEmpty
        case .object(let members): !members.isEmpty
        default: false
        }
    }

    private var yamlLeaf: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .string(let value): Self.yamlScalar(value)
        case .array: "[]"
        case .object: "{}"
        }
    }

    /// The text in plain style only when nothing else can be meant by it, else in double quotes.
    private static func yamlScalar(_ value: String) -> String {
        isPlain(value) ? value : yamlQuoted(value)
    }

    /// A letter at the start rules out numbers, dates and indicators in one go; what is left are words that
    /// YAML 1.1 takes for truth values and nothing, and a colon at the end.
    private static func isPlain(_ value: String) -> Bool {
        guard let first = value.utf8.first, isAlphanumeric(first),
            !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first),
            value.utf8.last != UInt8(ascii: ":"),
            value.utf8.allSatisfy({ isAlphanumeric($0) || "-_./:@".utf8.contains($0) })
        else { return false }
        return !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(value.lowercased())
    }

    /// Everything but printable ASCII is escaped: YAML has its own opinion on which characters are line
    /// breaks and which are not allowed.
    private static func yamlQuoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar.value {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x0A: text += "\\n"
            case 0x20...0x7E: text.unicodeScalars.append(scalar)
            case ...0xFFFF: text += "\\u" + hexadecimal(scalar.value, digits: 4)
            default: text += "\\U" + hexadecimal(scalar.value, digits: 8)
            }
        }
        return text + "\""
    }
}
