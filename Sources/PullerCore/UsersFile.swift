/// The format of `IMPERSONATE_USERS_FILE`.
public enum UsersFile {
    /// What is wrong with a users' file, in one line that names the lines.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// What would be right, as the rest of a sentence.
        public let description: String
    }

    /// The users in the order of the file: one a line, see ``userNameProblem(_:)``.
    ///
    /// White space around a user does not count, nor do empty lines, a byte order mark, and the line endings
    /// of Windows. A comment begins with a `#` at the start of a line or after white space; within a word it
    /// is part of the user (guests of Azure AD are called `name#EXT#@tenant`). A user that is there twice is
    /// a mistake, and so is a file without users: a file that was cut off must not look like the removal of
    /// all.
    public static func parse(_ text: String) -> Result<[String], Problem> {
        var users: [String] = []
        var lines: [String: Int] = [:]
        var findings = Findings()
        // Only a line feed ends a line: `isNewline` would split a name at characters that no editor shows.
        let content =
            text.unicodeScalars.first == "\u{FEFF}"
            ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
        for (number, line) in zip(1..., content.split(separator: "\n", omittingEmptySubsequences: false)) {
            let user = withoutComment(String(line)).trimmed
            guard !user.isEmpty else { continue }
            // Made for those only that need it: with ten thousand users it would cost more than all else here.
            func label() -> String { "line \(number) \"\(displayText(user, limit: 80))\"" }
            if let problem = userNameProblem(user) {
                findings.add("\(label()) \(problem)")
            } else if let first = lines[user] {
                findings.add("\(label()) must be there only once; it is in line \(first), too")
            } else {
                lines[user] = number
                users.append(user)
            }
        }
        if let summary = findings.summary { return .failure(Problem(description: summary)) }
        guard !users.isEmpty else { return .failure(Problem(description: "must have at least one user")) }
        return .success(users)
    }

    private static func withoutComment(_ line: String) -> Substring {
        var isAfterSpace = true
        for index in line.indices {
            if isAfterSpace, line[index] == "#" { return line[..<index] }
            isAfterSpace = line[index].isWhitespace
        }
        return line[...]
    }
}
