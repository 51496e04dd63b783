// The rules of k8s.io/apimachinery/pkg/util/validation, which the API server applies.

/// A name of at most 63 lower-case letters, digits and dashes, without a dash at the ends (RFC 1123 label).
func isDNSLabel(_ text: some StringProtocol) -> Bool {
    isName(text, maxLength: 63, isEnd: isLowerOrDigit, inner: "-")
}

/// RFC 1123 labels joined by dots, at most 253 characters; as in Kubernetes, one may be longer than 63.
func isDNSSubdomain(_ text: some StringProtocol) -> Bool {
    text.utf8.count <= 253
        && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            isName(label, maxLength: 253, isEnd: isLowerOrDigit, inner: "-")
        }
}

/// A label value that is not empty.
func isLabelValue(_ text: some StringProtocol) -> Bool {
    isName(text, maxLength: 63, isEnd: isAlphanumeric, inner: "-_.")
}

/// A label key: a name, with or without a DNS subdomain and a slash before it.
func isQualifiedName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return isLabelValue(parts[0])
    case 2: return isDNSSubdomain(parts[0]) && isLabelValue(parts[1])
    default: return false
    }
}

/// Whether a byte is an ASCII letter or digit.
func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
}

/// Whether a byte is an ASCII digit or lower-case letter.
func isLowerOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
}

/// - Parameters:
///   - isEnd: Bytes that may stand anywhere.
///   - inner: Characters that may stand anywhere but at the ends.
private func isName(
    _ text: some StringProtocol,
    maxLength: Int,
    isEnd: (UInt8) -> Bool,
    inner: String
) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= maxLength else { return false }
    return isEnd(first) && isEnd(last) && bytes.allSatisfy { isEnd($0) || inner.utf8.contains($0) }
}
