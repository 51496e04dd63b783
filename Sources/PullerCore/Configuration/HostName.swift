/// Whether the text is a host name or an IPv4 address: labels of letters, digits, `-` and `_`.
func isHostName(_ text: some StringProtocol) -> Bool {
    text.utf8.count <= 253
        && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy {
                    isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
}

/// Whether a URL may name the host: a host name, with or without the final dot of an absolute DNS name, or an IPv4
/// address.
///
/// URLSession and libcurl send the name as it is, the dot included, and compare a certificate with the name without it
/// (seen with Swift 6.3.1 and libcurl 7.88).
func isURLHost(_ text: some StringProtocol) -> Bool {
    guard text.hasSuffix(".") else { return isHostName(text) }
    let name = text.dropLast()
    return isHostName(name) && !isIPv4Address(Substring(name))
}

/// Whether the text is an IPv6 address without brackets and zone (RFC 4291 section 2.2).
func isIPv6Address(_ text: some StringProtocol) -> Bool {
    guard let (before, after) = splitAtDoubleColon(String(text)) else { return false }
    guard let after else { return groupCount(before, mayEndInIPv4: true) == 8 }
    // What `::` stands for is at least one group.
    guard let head = before.isEmpty ? 0 : groupCount(before, mayEndInIPv4: false),
        let tail = after.isEmpty ? 0 : groupCount(after, mayEndInIPv4: true)
    else { return false }
    return head + tail <= 7
}

/// Whether the text is a port number.
func isPort(_ text: some StringProtocol) -> Bool {
    parseWholeNumber(text, in: 1...65_535) != nil
}

/// The parts around `::`, the second one `nil` without it; `nil` when it is there twice.
private func splitAtDoubleColon(_ text: String) -> (String, String?)? {
    let parts = text.split(separator: "::", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return (text, nil)
    case 2: return (String(parts[0]), String(parts[1]))
    default: return nil
    }
}

/// How many groups of 16 bits the text holds; `nil` when something else is in it.
private func groupCount(_ text: String, mayEndInIPv4: Bool) -> Int? {
    let groups = text.split(separator: ":", omittingEmptySubsequences: false)
    var count = 0
    for (index, group) in groups.enumerated() {
        if (1...4).contains(group.utf8.count), group.utf8.allSatisfy(isHexDigit) {
            count += 1
        } else if mayEndInIPv4, index == groups.count - 1, isIPv4Address(group) {
            count += 2
        } else {
            return nil
        }
    }
    return count
}

/// Whether the text is an IPv4 address in four decimal numbers.
func isIPv4Address(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { parseWholeNumber($0, in: 0...255) != nil }
}

/// Whether a byte is a hexadecimal digit.
func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        true
    default: false
    }
}
