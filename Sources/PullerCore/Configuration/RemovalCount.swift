/// How many users, or images, are removed, out of how many: the numbers that confirm the removal of many of them.
///
/// The confirmation is a comment in the users' or images' file with the same numbers, `# remove 57 of 500 users`.
/// Because it names both, it no longer applies once they are gone.
public struct RemovalCount: Sendable, Hashable {
    /// What a list consists of.
    public enum Item: String, Sendable {
        /// In an `IMPERSONATE_USERS_FILE`.
        case users
        /// In an `IMAGES_FILE`.
        case images
    }

    /// Users or images to be removed.
    public var removed: Int
    /// Users or images before the removal.
    public var all: Int

    /// A count.
    public init(removed: Int, of all: Int) {
        self.removed = removed
        self.all = all
    }

    /// Reads a comment; `nil` for any other.
    init?(comment: Substring, of item: Item = .users) {
        // A longer comment cannot match, and a line may be as long as the file.
        guard comment.utf8.first == UInt8(ascii: "#"), comment.utf8.count <= 100 else { return nil }
        let words = comment.dropFirst().split(whereSeparator: \.isWhitespace)
        guard words.count == 5, words[0] == "remove", words[2] == "of", words[4] == item.rawValue,
            let removed = Self.number(words[1]), let all = Self.number(words[3])
        else { return nil }
        self.init(removed: removed, of: all)
    }

    /// The comment that confirms it.
    public var comment: String { comment(of: .users) }

    /// The same for another kind of list.
    public func comment(of item: Item) -> String { "# remove \(removed) of \(all) \(item.rawValue)" }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
