/// A checked `http` or `https` URL: one to which paths are appended, or a whole one.
///
/// Plain `http` is right on loopback and in a service mesh, which encrypts on its own.
struct BaseURL: Equatable {
    /// The URL, scheme in lower case; without trailing slashes, unless it is a whole one.
    let text: String
    /// The host, without the port; may hold `{user}`.
    let host: String

    /// What stands for the user.
    static let userPlaceholder = "{user}"

    /// Whether the URL has a place for the user.
    var hasUserPlaceholder: Bool { text.contains(Self.userPlaceholder) }

    /// - Parameters:
    ///   - allowingUser: Whether `{user}` may be in host and path.
    ///   - isWhole: Whether nothing is appended: then it may have a query, and a slash at its end counts.
    init(_ text: String, allowingUser: Bool = false, isWhole: Bool = false) throws(Expected) {
        let placeholder = allowingUser ? " (the only braces that are allowed are those of {user})" : ""
        let filled = allowingUser ? text.replacing(Self.userPlaceholder, with: "user") : text
        guard filled.utf8.allSatisfy(Self.isURLByte) else {
            throw Expected("must have only characters that are allowed in a URL" + placeholder)
        }
        guard let schemeEnd = text.firstRange(of: "://") else {
            throw Expected("must start with https:// or http://")
        }
        let scheme = text[..<schemeEnd.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else {
            throw Expected("must start with https:// or http://")
        }
        let rest = text[schemeEnd.upperBound...]
        guard !rest.contains(where: { $0 == "#" || !isWhole && $0 == "?" }) else {
            throw Expected("must not have a \(isWhole ? "" : "query or a ")fragment")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw Expected("must not have a user or a password") }
        host = try Self.host(authority)
        var path = rest[authority.endIndex...].prefix { $0 != "?" }
        let query = rest[path.endIndex...]
        while !isWhole, path.last == "/" { path = path.dropLast() }
        try Self.checkPath(path)
        try Self.checkPercents(query)
        self.text = scheme + "://" + authority + path + query
    }

    /// Whether the host is still one with the user in it. In a path every user is fine, percent-encoded.
    func isUsable(for user: String) -> Bool {
        !host.contains(Self.userPlaceholder)
            || isURLHost(host.replacing(Self.userPlaceholder, with: user))
    }

    /// The text of a URL as it may be printed: what could be a password or a token is taken out.
    static func shown(_ text: String) -> String {
        // Not by characters: with an accent on it, an @ is another one.
        let scalars = text.unicodeScalars
        let mark = scalars.firstIndex { $0 == "?" || $0 == "#" }
        guard let at = scalars.lastIndex(of: "@") else {
            return mark.map { String(scalars[...$0]) + redacted } ?? text
        }
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) } ?? ""
        // What is before the last @ could be a password, and what is after a question mark could be a query: if they come in
        // this order, it could be either.
        guard let mark else { return scheme + redacted + String(scalars[at...]) }
        return scheme + redacted + (mark < at ? "" : String(scalars[at...mark]) + redacted)
    }

    private static func host(_ authority: Substring) throws(Expected) -> String {
        // URLSession on Linux takes the host that libcurl finds, with brackets, for another one than its own, without, and
        // refuses the URL (seen with Swift 6.3.1; swift-corelibs-foundation issue 5496).
        guard !authority.hasPrefix("[") else {
            throw Expected("must have a host name or an IPv4 address: IPv6 addresses work by name only")
        }
        let host = authority.prefix { $0 != ":" }
        guard isURLHost(host.replacing(userPlaceholder, with: "user")) else {
            throw Expected("must have a valid host")
        }
        try checkPort(authority[host.endIndex...])
        return String(host)
    }

    /// - Parameter text: Nothing, or a colon and the port.
    private static func checkPort(_ text: Substring) throws(Expected) {
        guard text.isEmpty || (text.first == ":" && isPort(text.dropFirst())) else {
            throw Expected("must have a port from 1 to 65535 after the host, or none")
        }
    }

    private static func checkPath(_ path: Substring) throws(Expected) {
        // A dot segment would be resolved on the way, and the request would go elsewhere.
        guard !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
            throw Expected("must not have . or .. in its path")
        }
        try checkPercents(path)
    }

    private static func checkPercents(_ text: Substring) throws(Expected) {
        let pieces = text.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
        guard pieces.allSatisfy({ $0.utf8.count >= 2 && $0.utf8.prefix(2).allSatisfy(isHexDigit) }) else {
            throw Expected("must have two hexadecimal digits after each %")
        }
    }

    /// Whether RFC 3986 lets the byte appear in a URL at all.
    private static func isURLByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || "-._~:/?#[]@!$&'()*+,;=%".utf8.contains(byte)
    }
}
