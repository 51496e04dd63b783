/// Checks the name of a user that is impersonated: 1 to 1,024 printable ASCII characters without a comma.
///
/// The name travels in the header `Impersonate-User` and in URLs. RFC 9110 section 5.5 leaves the meaning
/// of anything but ASCII in a header to whoever reads it, so that a proxy and an API server can see two
/// different users: it is refused. A comma separates users in the list, and it is refused in the file too,
/// where a pasted list would otherwise be one unknown user and the removal of all others. `.` and `..` would
/// lead a URL elsewhere.
///
/// - Returns: What is wrong with it, as the rest of a sentence, or `nil`.
public func userNameProblem(_ user: String) -> String? {
    guard !user.isEmpty else { return "must not be empty" }
    guard user.utf8.count <= 1_024 else { return "must have at most 1,024 characters" }
    guard !user.hasControlCharacters else { return "must not have control characters" }
    guard user.utf8.allSatisfy({ $0 < 0x80 }) else { return "must have only ASCII characters" }
    guard !user.contains(",") else { return "must not have a comma" }
    guard user.first != " ", user.last != " " else { return "must not start or end with a space" }
    guard user != ".", user != ".." else { return "must not be . or .." }
    return nil
}

/// The users of `IMPERSONATE_USERS` in the order given: separated by commas, white space around them does not
/// count; an empty item (after a trailing comma, too) and a user that is there twice are mistakes.
func parseUserList(_ text: String) throws(Expected) -> [String]? {
    let items = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
    var positions: [String: Int] = [:]
    var findings = Findings()
    for (position, user) in zip(1..., items) {
        func label() -> String {
            user.isEmpty ? "user \(position)" : "user \(position) \"\(displayText(user, limit: 80))\""
        }
        if let problem = userNameProblem(user) {
            findings.add("\(label()) \(problem)")
        } else if let first = positions.updateValue(position, forKey: user) {
            findings.add("\(label()) must be there only once; it is user \(first), too")
        }
    }
    if let summary = findings.summary { throw Expected(summary) }
    return items
}
