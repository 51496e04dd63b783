/// A valid image reference: `[registry[:port]/]path[:tag][@digest]`.
///
/// The grammar is that of `github.com/distribution/reference`, with which the kubelet reads it; what is
/// refused here would end as `InvalidImageName` on every node.
public struct ImageReference: Sendable, Equatable {
    /// The reference as it was given.
    public let text: String
    /// Whether a digest pins it; without one, what it names can change.
    public let isPinned: Bool

    /// The reference, or `nil` when it is not valid.
    public static func parse(_ text: String) -> ImageReference? {
        var rest = text[...]
        var isPinned = false
        if let at = rest.firstIndex(of: "@") {
            guard isDigest(rest[rest.index(after: at)...]) else { return nil }
            rest = rest[..<at]
            isPinned = true
        }
        // A colon after the last slash begins a tag; before it, a port.
        let lastComponent = rest.lastIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? rest
        if let colon = lastComponent.firstIndex(of: ":") {
            guard isTag(rest[rest.index(after: colon)...]) else { return nil }
            rest = rest[..<colon]
        }
        guard isName(rest) else { return nil }
        // A bare image id is taken for a digest that lost its algorithm.
        guard isPinned || rest.endIndex != text.endIndex || !isHex(rest, count: 64) else { return nil }
        return ImageReference(text: text, isPinned: isPinned)
    }

    private static func isName(_ name: Substring) -> Bool {
        guard name.utf8.count <= 255 else { return false }
        var components = name.split(separator: "/", omittingEmptySubsequences: false)
        if components.count > 1, isRegistryLike(components[0]) {
            guard isRegistry(components.removeFirst()) else { return false }
        }
        return components.allSatisfy(isPathComponent)
    }

    /// Whether the first component can only be meant as a registry: by a dot, a port, an upper-case letter.
    private static func isRegistryLike(_ component: Substring) -> Bool {
        component == "localhost"
            || component.contains { $0 == "." || $0 == ":" || $0 == "[" || $0.isUppercase }
    }

    private static func isRegistry(_ text: Substring) -> Bool {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return false }
            let address = text[text.index(after: text.startIndex)..<end]
            return isIPv6Address(address) && isPortOrNothing(text[text.index(after: end)...])
        }
        let host = text.prefix { $0 != ":" }
        return isHostName(host) && !host.contains("_") && isPortOrNothing(text[host.endIndex...])
    }

    private static func isPortOrNothing(_ text: Substring) -> Bool {
        text.isEmpty || (text.first == ":" && isPort(text.dropFirst()))
    }

    /// Lower-case letters and digits, joined by one dot, one or two underscores, or any number of dashes.
    private static func isPathComponent(_ component: Substring) -> Bool {
        guard let first = component.utf8.first, let last = component.utf8.last, isLowerOrDigit(first),
            isLowerOrDigit(last)
        else { return false }
        let separators = component.utf8.split(whereSeparator: isLowerOrDigit)
        return separators.allSatisfy { separator in
            let text = String(Substring(separator))
            return text == "." || text == "_" || text == "__" || text.allSatisfy { $0 == "-" }
        }
    }

    private static func isTag(_ tag: Substring) -> Bool {
        guard let first = tag.utf8.first, tag.utf8.count <= 128 else { return false }
        let isWord = { (byte: UInt8) in isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
        return isWord(first)
            && tag.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    /// The algorithms that the kubelet knows; it refuses others.
    private static func isDigest(_ digest: Substring) -> Bool {
        let parts = digest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        switch parts[0] {
        case "sha256": return isHex(parts[1], count: 64)
        case "sha384": return isHex(parts[1], count: 96)
        case "sha512": return isHex(parts[1], count: 128)
        default: return false
        }
    }

    private static func isHex(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { isHexDigit($0) && isLowerOrDigit($0) }
    }
}
