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
        guard skip("\"") else { throw problem() }
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(text)
            case "\\": text.append(try escaped())
            case _ where scalar.value < 0x20: throw Expected(Self.expected)
            default: text.append(scalar)
            }
        }
        throw Expected(Self.expected)
    }

    private mutating func escaped() throws(Expected) -> Unicode.Scalar {
        switch rest.popFirst() {
        case "\""?: return "\""
        case "\\"?: return "\\"
        case "/"?: return "/"
        case "b"?: return "\u{8}"
        case "f"?: return "\u{C}"
        case "n"?: return "\n"
        case "r"?: return "\r"
        case "t"?: return "\t"
        case "u"?:
            // No label has anything but ASCII, so half of a surrogate pair need not find its other half.
            guard let scalar = Unicode.Scalar(try codeUnit()) else { throw Expected(Self.expected) }
            return scalar
        default: throw Expected(Self.expected)
        }
    }

    private mutating func codeUnit() throws(Expected) -> UInt16 {
        let digits = rest.prefix(4)
        rest = rest.dropFirst(4)
        guard digits.count == 4, digits.allSatisfy({ $0.properties.isASCIIHexDigit }),
            let unit = UInt16(String(digits), radix: 16)
        else { throw Expected(Self.expected) }
        return unit
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
