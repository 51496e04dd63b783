/// How many users are removed, out of how many: the numbers that confirm the removal of many users.
///
/// The confirmation is a comment in the users' file with the same numbers, `# remove 57 of 500 users`.
/// Because it names both, it no longer applies once the users are gone.
public struct RemovalCount: Sendable, Hashable {
    /// Users to be removed.
    public var removed: Int
    /// Users before the removal.
    public var all: Int

    /// A count.
    public init(removed: Int, of all: Int) {
        self.removed = removed
        self.all = all
    }

    /// Reads a comment; `nil` for any other.
    init?(comment: Substring) {
        // A longer comment cannot match, and a line may be as long as the file.
        guard comment.utf8.first == UInt8(ascii: "#"), comment.utf8.count <= 100 else { return nil }
        let words = comment.dropFirst().split(whereSeparator: \.isWhitespace)
        guard words.count == 5, words[0] == "remove", words[2] == "of", words[4] == "users",
            let removed = Self.number(words[1]), let all = Self.number(words[3])
        else { return nil }
        self.init(removed: removed, of: all)
    }

    /// The comment that confirms it.
    public var comment: String { "# remove \(removed) of \(all) users" }

    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
    }
}
