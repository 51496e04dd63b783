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
        try? ImageReference(text)
    }

    /// - Throws: What is wrong with this text, and what would be right.
    init(_ text: String) throws(Expected) {
        try Self.checkWhole(text)
        var rest = text[...]
        let at = rest.firstIndex(of: "@")
        if let at {
            try Self.checkDigest(rest[at...].dropFirst())
            rest = rest[..<at]
        }
        // A colon after the last slash begins a tag; before it, a port.
        let lastComponent = rest.lastIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? rest
        if let colon = lastComponent.firstIndex(of: ":") {
            try Self.checkTag(rest[colon...].dropFirst())
            rest = rest[..<colon]
        }
        try Self.checkName(rest)
        // A bare image id is taken for a digest that lost its algorithm.
        guard at != nil || rest.endIndex != text.endIndex || !Self.isHex(rest, count: 64) else {
            throw Expected("must have an image with a name, not the ID of one")
        }
        self.text = text
        isPinned = at != nil
    }

    /// What goes wrong before anything can be taken apart.
    private static func checkWhole(_ text: String) throws(Expected) {
        guard !text.isEmpty else { throw Expected("must have an image after the =") }
        guard !text.contains(where: \.isWhitespace) else {
            throw Expected("must not have white space in its image; items are separated by ;")
        }
        if let scheme = text.firstRange(of: "://") {
            throw Expected("must have an image without \"\(shown(text[..<scheme.upperBound]))\"")
        }
        guard !text.contains(where: { $0 == "\"" || $0 == "'" }) else {
            throw Expected("must not have quotes")
        }
        guard !text.contains(",") else {
            throw Expected("must not have a comma in its image; items are separated by ;")
        }
        guard !text.contains("=") else { throw Expected("must have one = only, between name and image") }
        guard text.split(separator: "@", omittingEmptySubsequences: false).count <= 2 else {
            throw Expected("must have one @ at most, before the digest")
        }
    }

    private static func checkTag(_ tag: Substring) throws(Expected) {
        guard !tag.isEmpty else { throw Expected("must have a tag after the colon, or no colon") }
        guard !tag.contains(":") else {
            throw Expected("must have one tag at most, and so one colon after the last /")
        }
        guard tag.utf8.count <= 128 else {
            throw Expected("must have a tag of at most 128 characters, not \(tag.utf8.count)")
        }
        let isWord = { (byte: UInt8) in isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
        guard tag.utf8.allSatisfy({ isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }) else {
            throw Expected("must have a tag of letters, digits, '_', '.' and '-', not \"\(shown(tag))\"")
        }
        guard tag.utf8.first.map(isWord) == true else {
            throw Expected("must have a tag that starts with a letter, a digit or '_', not \"\(shown(tag))\"")
        }
    }

    /// The algorithms are those that the kubelet knows; it refuses others.
    private static func checkDigest(_ digest: Substring) throws(Expected) {
        let parts = digest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw Expected(
                "must have a digest after the @, such as sha256: and 64 hexadecimal digits; a tag follows a colon"
            )
        }
        let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]
        guard let length = lengths[String(parts[0])] else {
            throw Expected("must have a digest by sha256, sha384 or sha512, not by \"\(shown(parts[0]))\"")
        }
        guard parts[1].utf8.count == length else {
            throw Expected(
                "must have \(length) hexadecimal digits after \(parts[0]):, not \(parts[1].utf8.count)"
            )
        }
        guard isHex(parts[1], count: length) else {
            throw Expected("must have only digits and a to f after \(parts[0]):, in lower case")
        }
    }

    private static func isHex(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { isHexDigit($0) && isLowerOrDigit($0) }
    }

    static func shown(_ text: Substring) -> String { displayText(String(text), limit: 40) }
}
