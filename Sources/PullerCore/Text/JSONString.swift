/// The text as a JSON string, with its quotes (RFC 8259 section 7).
func jsonQuoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case "\n": quoted += "\\n"
        case "\r": quoted += "\\r"
        case "\t": quoted += "\\t"
        case _ where scalar.value < 0x20: quoted += "\\u" + hexadecimal(scalar.value, digits: 4)
        default: quoted.unicodeScalars.append(scalar)
        }
    }
    return quoted + "\""
}

extension Substring.UnicodeScalarView {
    /// Takes a JSON string with its quotes off the front (RFC 8259 section 7).
    ///
    /// - Returns: The text that it stands for; `nil` if there is no JSON string, or one that escapes half of
    ///   a surrogate pair.
    mutating func popJSONString() -> String? {
        guard popFirst() == "\"" else { return nil }
        var text = String.UnicodeScalarView()
        while let scalar = popFirst() {
            switch scalar {
            case "\"": return String(text)
            case "\\":
                guard let escaped = popEscaped() else { return nil }
                text.append(escaped)
            case _ where scalar.value < 0x20: return nil
            default: text.append(scalar)
            }
        }
        return nil
    }

    private mutating func popEscaped() -> Unicode.Scalar? {
        switch popFirst() {
        case "\""?: "\""
        case "\\"?: "\\"
        case "/"?: "/"
        case "b"?: "\u{8}"
        case "f"?: "\u{C}"
        case "n"?: "\n"
        case "r"?: "\r"
        case "t"?: "\t"
        case "u"?: popEscapedScalar()
        default: nil
        }
    }

    /// What follows `\u`: one code unit of UTF-16, or a pair of them.
    private mutating func popEscapedScalar() -> Unicode.Scalar? {
        guard let unit = popCodeUnit() else { return nil }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard UTF16.isLeadSurrogate(unit), popFirst() == "\\", popFirst() == "u", let second = popCodeUnit(),
            UTF16.isTrailSurrogate(second)
        else { return nil }
        return UTF16.decode(UTF16.EncodedScalar([unit, second]))
    }

    private mutating func popCodeUnit() -> UInt16? {
        let digits = prefix(4)
        self = dropFirst(4)
        guard digits.count == 4, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
        return UInt16(String(digits), radix: 16)
    }
}
