/// A JSON value that is always written in the same way: keys are sorted.
public indirect enum JSONValue: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// A text.
    case string(String)
    /// Values in order.
    case array([JSONValue])
    /// Values by key.
    case object([String: JSONValue])

    /// UTF-8 without any white space.
    public func compactJSON() -> [UInt8] {
        var text = ""
        write(to: &text, indentation: nil)
        return Array(text.utf8)
    }

    /// Text for people: two spaces a level, a line feed at the end.
    public func prettyJSON() -> String {
        var text = ""
        write(to: &text, indentation: 0)
        return text + "\n"
    }

    /// - Parameter indentation: Level of the line that the value starts on; `nil` for one line.
    private func write(to text: inout String, indentation: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int(let value): text += String(value)
        case .string(let value): text += jsonQuoted(value)
        case .array(let values):
            Self.writeList(values, in: ("[", "]"), to: &text, indentation: indentation) {
                value,
                text,
                level in
                value.write(to: &text, indentation: level)
            }
        case .object(let members):
            let sorted = Self.sorted(members)
            Self.writeList(sorted, in: ("{", "}"), to: &text, indentation: indentation) {
                member,
                text,
                level in
                text += jsonQuoted(member.key) + (level == nil ? ":" : ": ")
                member.value.write(to: &text, indentation: level)
            }
        }
    }

    private static func writeList<Item>(
        _ items: [Item],
        in brackets: (open: String, close: String),
        to text: inout String,
        indentation: Int?,
        item: (Item, inout String, Int?) -> Void
    ) {
        let level = indentation.map { $0 + 1 }
        text += brackets.open
        for (index, element) in items.enumerated() {
            if index > 0 { text += "," }
            if let level { text += "\n" + String(repeating: "  ", count: level) }
            item(element, &text, level)
        }
        if let indentation, !items.isEmpty { text += "\n" + String(repeating: "  ", count: indentation) }
        text += brackets.close
    }

    /// Members by key, in the order of their bytes.
    static func sorted(_ members: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

/// The number in lower-case hexadecimal with leading zeros.
func hexadecimal(_ number: some BinaryInteger, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text
}

extension JSONValue: ExpressibleByStringLiteral {
    /// A text.
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}
