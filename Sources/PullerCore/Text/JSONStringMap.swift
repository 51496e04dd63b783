/// Reads a JSON object whose values are strings (RFC 8259). A key that is there twice is kept twice, which
/// Foundation's decoder would hide.
struct JSONStringMap {
    private var rest: Substring.UnicodeScalarView

    static func parse(_ text: String) throws(Expected) -> [(key: String, value: String)] {
        var map = JSONStringMap(rest: text[...].unicodeScalars)
        return try map.object()
    }

    private static let expected = ConfigurationVariable.nodeSelector.expected

    private mutating func object() throws(Expected) -> [(key: String, value: String)] {
        var members: [(String, String)] = []
        try expect("{")
        if !skip("}") {
            repeat {
                let key = try string { Expected(Self.expected) }
                try expect(":")
                let value = try string {
                    Expected(
                        "must have a string in quotes as the value of \"\(displayText(key, limit: 80))\""
                    )
                }
                members.append((key, value))
            } while skip(",")
            try expect("}")
        }
        skipSpace()
        guard rest.isEmpty else { throw Expected(Self.expected) }
        return members
    }

    private mutating func string(orElse problem: () -> Expected) throws(Expected) -> String {
        skipSpace()
        guard rest.first == "\"" else { throw problem() }
        guard let text = rest.popJSONString() else { throw Expected(Self.expected) }
        return text
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(Expected) {
        guard skip(scalar) else { throw Expected(Self.expected) }
    }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }
    }
}
