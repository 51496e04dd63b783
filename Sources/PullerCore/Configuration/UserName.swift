/// Checks the name of a user or a group that is impersonated: 1 to 1,024 printable ASCII characters.
///
/// The name travels in the header `Impersonate-User` or `Impersonate-Group`, and a user's in URLs. RFC 9110 section 5.5 leaves the meaning of
/// anything but ASCII in a header to the recipient, so that a proxy and an API server could see two different
/// users; such names are refused. `.` and `..` would lead a URL elsewhere.
///
/// - Returns: What is wrong with it, as the rest of a sentence, or `nil`.
public func userNameProblem(_ user: some StringProtocol) -> String? {
    guard !user.isEmpty else { return "must not be empty" }
    guard user.utf8.count <= maximumNameLength else { return "must have at most 1,024 characters" }
    guard !user.hasControlCharacters else { return "must not have control characters" }
    guard user.utf8.allSatisfy({ $0 < 0x80 }) else { return "must have only ASCII characters" }
    guard user.first != " ", user.last != " " else { return "must not start or end with a space" }
    guard user != ".", user != ".." else { return "must not be . or .." }
    return nil
}

private let maximumNameLength = 1_024

/// How a user, or a group, is written in a list, in a file and as an argument: a bare name, or a JSON string.
///
/// A bare name has nothing that separates, quotes or brackets anything in a list, a table, YAML, JSON, HTML
/// or a shell. Without that rule, a file of another kind would be read as a list of unknown users, and would
/// remove all users that it does not name.
public enum WrittenUser {
    /// The user that a text without white space at its ends stands for.
    static func read(_ text: Substring) throws(Expected) -> String {
        if text.utf8.first == UInt8(ascii: "\"") { return try readJSONString(text) }
        if let problem = userNameProblem(text) ?? bareNameProblem(text) { throw Expected(problem) }
        return String(text)
    }

    /// The text that stands for a user: the name itself where that is possible.
    public static func text(of user: String) -> String {
        bareNameProblem(user[...]) == nil ? user : jsonQuoted(user)
    }

    private static func readJSONString(_ text: Substring) throws(Expected) -> String {
        // Each character can be an escape of six.
        guard text.utf8.count <= 6 * maximumNameLength + 2 else {
            throw Expected("must have at most 1,024 characters")
        }
        var scalars = text.unicodeScalars
        guard let user = scalars.popJSONString(), scalars.isEmpty else {
            throw Expected(#"must be one whole JSON string, such as "cn=jane,ou=people""#)
        }
        if let problem = userNameProblem(user) { throw Expected(problem) }
        return user
    }

    /// Why a name that is otherwise valid must be quoted.
    private static func bareNameProblem(_ name: Substring) -> String? {
        let bytes = name.utf8
        if let found = bytes.first(where: isReserved) {
            let what = found == UInt8(ascii: " ") ? "white space" : "\"\(Unicode.Scalar(found))\""
            return "must not have \(what) outside of a JSON string"
        }
        // A comment in the file.
        if bytes.first == UInt8(ascii: "#") { return "must not start with a # outside of a JSON string" }
        // A key of YAML.
        if bytes.last == UInt8(ascii: ":") { return "must not end with a colon outside of a JSON string" }
        // The line that begins a document of YAML, or one that is drawn.
        guard bytes.contains(where: isAlphanumeric) else {
            return "must have a letter or a digit outside of a JSON string"
        }
        return nil
    }

    private static func isReserved(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case " ", "\"", "'", "`", "(", ")", "[", "]", "{", "}", "<", ">", ",", ";", "=", "|", "\\": true
        default: false
        }
    }
}

extension Substring {
    /// Strips ASCII white space at both ends. Other white space cannot be part of a name anyway.
    var withoutOuterSpace: Substring {
        var rest = utf8[...]
        while let byte = rest.first, isSpace(byte) { rest.removeFirst() }
        while let byte = rest.last, isSpace(byte) { rest.removeLast() }
        return Substring(rest)
    }

    /// The end of the JSON string at the start of the text, after white space; the start index if there is
    /// none. An unclosed string ends where the text ends.
    var endOfJSONString: Index {
        guard let start = utf8.firstIndex(where: { !isSpace($0) }), utf8[start] == UInt8(ascii: "\"") else {
            return startIndex
        }
        var rest = utf8[start...].dropFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") { rest = rest.dropFirst() }
        }
        return rest.startIndex
    }
}

/// Whether the byte is white space of ASCII, line breaks included.
public func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
