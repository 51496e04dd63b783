/// The format of `IMPERSONATE_USERS` and of `IMPERSONATE_GROUPS`: names separated by commas, each written as
/// ``WrittenUser`` says.
enum UserList {
    /// The items in the order given, without the white space around them. A comma inside a JSON string is not
    /// a separator.
    static func items(_ text: String) -> [Substring] {
        var items: [Substring] = []
        var rest = text[...]
        while let comma = rest[rest.endOfJSONString...].utf8.firstIndex(of: UInt8(ascii: ",")) {
            items.append(rest[..<comma].withoutOuterSpace)
            rest = rest[comma...].dropFirst()
        }
        return items + [rest.withoutOuterSpace]
    }

    /// The users in the order given. An empty item, including one after a trailing comma, and a repeated user
    /// are mistakes.
    static func parse(_ text: String) throws(Expected) -> [String]? { try names(text, of: "user") }

    /// The groups in the order given, under the same rules.
    static func parseGroups(_ text: String) throws(Expected) -> [String]? { try names(text, of: "group") }

    private static func names(_ text: String, of kind: String) throws(Expected) -> [String] {
        var names: [String] = []
        var positions: [String: Int] = [:]
        var findings = Findings()
        for (position, item) in zip(1..., items(text)) {
            func label() -> String {
                let shown = displayText(String(item), limit: 80)
                return item.isEmpty ? "\(kind) \(position)" : "\(kind) \(position) \"\(shown)\""
            }
            do throws(Expected) {
                let name = try WrittenUser.read(item)
                names.append(name)
                if let first = positions.updateValue(position, forKey: name) {
                    findings.add("\(label()) must be there only once; it is \(kind) \(first), too")
                }
            } catch {
                findings.add("\(label()) \(error.text)")
            }
        }
        if let summary = findings.summary { throw Expected(summary) }
        return names
    }
}
