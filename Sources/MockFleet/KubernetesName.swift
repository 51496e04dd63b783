/// The rules for names (apimachinery, pkg/util/validation).
enum KubernetesName {
    static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
        + "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
        + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    static let qualifiedRule =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
        + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    static let valueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
        + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
        + "for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    static func isLabel(_ name: String) -> Bool {
        name.utf8.count <= 63 && isSurrounded(name.utf8, isLower) { isLower($0) || $0 == UInt8(ascii: "-") }
    }

    static func isSubdomain(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
                isSurrounded(part.utf8, isLower) { isLower($0) || $0 == UInt8(ascii: "-") }
            }
    }

    /// `prefix/name` or `name`.
    static func isQualified(_ key: String) -> Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, parts.count <= 2, name.utf8.count <= 63 else { return false }
        return isSurrounded(name.utf8, isAlphanumeric, isInner)
            && (parts.count == 1 || isSubdomain(String(parts[0])))
    }

    static func isLabelValue(_ value: String) -> Bool {
        value.isEmpty || (value.utf8.count <= 63 && isSurrounded(value.utf8, isAlphanumeric, isInner))
    }

    private static func isSurrounded(
        _ bytes: some BidirectionalCollection<UInt8>,
        _ isEnd: (UInt8) -> Bool,
        _ isInner: (UInt8) -> Bool
    ) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isEnd(first) && isEnd(last) && bytes.allSatisfy(isInner)
    }

    private static func isLower(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || (byte >= 0x30 && byte <= 0x39)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLower(byte) || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
    }

    private static func isInner(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "-_.".utf8.contains(byte)
    }
}

/// Amounts such as `10Mi` or `.05` (apimachinery, pkg/api/resource).
enum KubernetesQuantity {
    private static let factors: [String: Double] = [
        "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 1024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776,
        "Pi": 1_125_899_906_842_624, "Ei": 1_152_921_504_606_846_976,
    ]

    /// The amount, or `nil` when the text is none.
    static func value(_ json: JSON) -> Double? {
        switch json {
        case .int(let number): Double(number)
        case .double(let number): number
        case .string(let text): value(text)
        default: nil
        }
    }

    private static func value(_ text: String) -> Double? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
        let suffix = String(text[number.endIndex...])
        if suffix.first == "e" || suffix.first == "E", suffix.count > 1 { return finite(text) }
        guard let factor = factors[suffix], let value = finite(String(number)) else { return nil }
        return value * factor
    }

    private static func finite(_ text: String) -> Double? {
        // Swift wants a digit before the point, Kubernetes does not.
        let text = text.hasPrefix(".") ? "0\(text)" : text
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}
