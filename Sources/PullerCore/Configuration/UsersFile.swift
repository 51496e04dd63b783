/// What an `IMPERSONATE_USERS_FILE` says.
public struct UsersFile: Sendable, Equatable {
    /// What is wrong with a users' file, in one line that names the lines.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        /// What would be right, as the rest of a sentence.
        public let description: String
    }

    /// The maximum number of users in a file: more than one puller can serve.
    public static let maximumUsers = 500_000

    /// The users in the order of the file, each once; there is at least one.
    public var users: [String]
    /// Whether the last user is on a last line without a line feed: in a file that is still being written,
    /// the name may be cut off.
    public var lastMayBeCut: Bool
    /// The removals of many users that its comments confirm.
    public var confirmations: Set<RemovalCount>

    /// What a file says.
    public init(users: [String], lastMayBeCut: Bool = false, confirmations: Set<RemovalCount> = []) {
        self.users = users
        self.lastMayBeCut = lastMayBeCut
        self.confirmations = confirmations
    }

    /// Reads the format: one user a line, written as ``WrittenUser`` says.
    ///
    /// White space around a user does not count, nor do empty lines, a byte order mark, and the line endings
    /// of Windows. A comment begins with a `#` at the start of a line or after white space; within a word it
    /// is part of the user (guests of Azure AD are called `name#EXT#@tenant`). A comment can confirm a
    /// removal, see ``RemovalCount``. A repeated user is a mistake, and so is a file without users: a file
    /// that was cut off must not look like the removal of all users.
    public static func parse(_ text: String) -> Result<UsersFile, Problem> {
        var reader = UsersFileText()
        // Only a line feed ends a line: `isNewline` would split a name at characters that no editor shows.
        var rest = text[...]
        if rest.unicodeScalars.first == "\u{FEFF}" { rest.unicodeScalars.removeFirst() }
        while let end = rest.utf8.firstIndex(of: UInt8(ascii: "\n")) {
            reader.read(line: rest[..<end], isWhole: true)
            rest = Substring(rest.utf8[end...].dropFirst())
        }
        reader.read(line: rest, isWhole: false)
        return reader.result
    }
}

/// The lines of a users' file that were read so far. Mistakes use no memory, however many there are.
private struct UsersFileText {
    private var file = UsersFile(users: [])
    private var known: Set<String> = []
    private var lineNumbers: [Int32] = []
    private var findings = Findings()
    private var number: Int32 = 0

    mutating func read(line: Substring, isWhole: Bool) {
        number += 1
        let comment = Self.startOfComment(in: line)
        if let removal = RemovalCount(comment: line[comment...]) { file.confirmations.insert(removal) }
        let written = line[..<comment].withoutOuterSpace
        guard !written.isEmpty, file.users.count <= UsersFile.maximumUsers else { return }
        do throws(Expected) {
            let user = try WrittenUser.read(written)
            guard known.insert(user).inserted else {
                let first = file.users.firstIndex(of: user).map { lineNumbers[$0] } ?? 0
                throw Expected("must be there only once; it is in line \(first), too")
            }
            file.users.append(user)
            lineNumbers.append(number)
            file.lastMayBeCut = !isWhole
        } catch {
            findings.add("line \(number) \"\(Self.shown(written))\" \(error.text)")
        }
    }

    var result: Result<UsersFile, UsersFile.Problem> {
        guard file.users.count <= UsersFile.maximumUsers else {
            return .failure(UsersFile.Problem(description: "must have at most 500,000 users"))
        }
        if let summary = findings.summary { return .failure(UsersFile.Problem(description: summary)) }
        guard !file.users.isEmpty else {
            return .failure(UsersFile.Problem(description: "must have at least one user"))
        }
        return .success(file)
    }

    private static func startOfComment(in line: Substring) -> Substring.Index {
        var index = line.endOfJSONString
        var isAfterSpace = index == line.startIndex
        while index < line.endIndex {
            let byte = line.utf8[index]
            if isAfterSpace, byte == UInt8(ascii: "#") { break }
            isAfterSpace = isSpace(byte)
            index = line.utf8.index(after: index)
        }
        return index
    }

    /// The start of a line, which may be as long as the file.
    private static func shown(_ written: Substring) -> String {
        displayText(String(decoding: written.utf8.prefix(400), as: UTF8.self), limit: 80)
    }
}
