/// The URL of an HTTP or SOCKS proxy in a variable of the environment, checked as libcurl reads it (seen with 7.88):
/// `[<scheme>://][<user>[:<password>]@]<host>[:<port>]`, and anything after a slash does not count.
///
/// Two kinds of mistakes are worse than those that libcurl finds: at a slash in a password it takes the user for the host,
/// and because of an encoded control character in a password it goes on without the proxy.
struct ProxyURL: Equatable {
    /// The URL as it may be printed, without what does not count.
    let shown: String
    /// Whether it has no port, and libcurl takes 1080 where others take another one: for `https` it is 443, and for SOCKS,
    /// 1080 is what is meant.
    let hasDefaultPort1080: Bool

    private static let schemes = ["http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"]

    init(_ text: String) throws(Expected) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Expected("must not have white space (in a password, a space is %20)")
        }
        guard text.first != "\"", text.first != "'" else { throw Expected("must not have quotes around it") }
        let start = Self.afterScheme(text[...])
        if start == text.startIndex {
            // libcurl takes http for the host or the user.
            let word = text.prefix { $0.isLetter }
            let rest = text[word.endIndex...]
            guard !["http", "https"].contains(word.lowercased()) || !":/;".contains(rest.first ?? " ") else {
                throw Expected("must have :// after \(word)")
            }
        } else {
            let scheme = text.prefix { $0 != ":" }.lowercased()
            guard Self.schemes.contains(scheme) else {
                throw Expected(
                    "must start with http://, https://, socks4://, socks4a://, socks5:// or socks5h://"
                )
            }
        }
        let rest = text.unicodeScalars[start...]
        let authority = rest.prefix { !"/?#".unicodeScalars.contains($0) }
        guard !rest[authority.endIndex...].contains("@") else {
            throw Expected("must have /, ? and # in the user or the password written as %2F, %3F and %23")
        }
        let parts = authority.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2 else {
            throw Expected("must have an @ in the user or the password written as %40")
        }
        if parts.count == 2 { try Self.checkUserInfo(Substring(parts[0])) }
        let address = Substring(parts[parts.count - 1])
        let hasPort = try Self.checkAddress(address)
        guard start > text.startIndex || !address.hasSuffix(":") else {
            throw Expected("must have a port after the colon, or no colon")
        }
        let isHTTP = !["https:", "socks"].contains(where: text[..<start].lowercased().hasPrefix)
        hasDefaultPort1080 = !hasPort && isHTTP
        shown = text[..<start] + (parts.count == 2 ? redacted + "@" : "") + address
    }

    /// Any text as it may be printed: up to the last `@` it could be a password, and so could what is no port.
    static func shown(_ text: String) -> String {
        // Not by characters: with an accent on it, an @ is another one.
        let scalars = text.unicodeScalars
        let start = afterScheme(text[...])
        let isKnown = schemes.contains(text.prefix { $0 != ":" }.lowercased())
        if let at = scalars.lastIndex(of: "@") {
            let address = scalars[at...].prefix { $0 != "?" && $0 != "#" }
            return (start <= at && isKnown ? text[..<start] : "") + redacted + shownPort(of: address)
        }
        return text[..<start] + shownPort(of: scalars[start...])
    }

    /// A host, and what follows its colon only if that is a port: otherwise it could be a password, with the host in front
    /// of it.
    private static func shownPort(of address: Substring.UnicodeScalarView) -> String {
        let host =
            address.prefix { $0 == "@" || $0 == "[" }.last == "["
            ? address.prefix { "@[]:.%".unicodeScalars.contains($0) || $0.properties.isASCIIHexDigit }
            : address[..<address.startIndex]
        let start = host.lastIndex(of: "]") ?? address.startIndex
        guard let colon = address[start...].firstIndex(of: ":") else { return String(address) }
        let end = address[colon...].dropFirst()
        return end.allSatisfy { "0123456789/".unicodeScalars.contains($0) }
            ? String(address) : String(address[...colon]) + redacted
    }

    /// What stands before the last `@`, with a scheme that libcurl knows and without it. Of a value that cannot be read, any
    /// of these could be what was meant as user and password.
    static func userInfos(in text: String) -> [String] {
        let scalars = text.unicodeScalars
        guard let at = scalars.lastIndex(of: "@") else { return [] }
        let start = afterScheme(text[...])
        let all = String(scalars[..<at])
        guard start <= at, start > text.startIndex else { return [all] }
        return [String(scalars[start..<at]), all]
    }

    /// Where the scheme and its slashes end: a colon and a slash make it one. Without it, the start.
    private static func afterScheme(_ text: Substring) -> Substring.Index {
        let scalars = text.unicodeScalars
        let scheme = scalars.prefix {
            $0.isASCII && (isAlphanumeric(UInt8($0.value)) || "+-.".unicodeScalars.contains($0))
        }
        guard !scheme.isEmpty, scalars[scheme.endIndex...].starts(with: ":/".unicodeScalars) else {
            return text.startIndex
        }
        // libcurl forgives a slash too few or too many.
        let slashes = scalars[scheme.endIndex...].dropFirst().prefix(3).prefix { $0 == "/" }
        return slashes.endIndex
    }

    private static func checkUserInfo(_ userInfo: Substring) throws(Expected) {
        guard percentDecoded(userInfo).allSatisfy({ $0 >= 0x20 }) else {
            throw Expected("must not have control characters such as %0A in the user or the password")
        }
    }

    /// - Returns: Whether there is a port.
    private static func checkAddress(_ address: Substring) throws(Expected) -> Bool {
        var host = address.prefix { $0 != ":" }
        if address.hasPrefix("[") {
            guard let end = address.firstIndex(of: "]") else {
                throw Expected("must have a ] after the IPv6 address")
            }
            host = address[...end]
            guard isIPv6Address(host.dropFirst().dropLast().prefix { $0 != "%" }) else {
                throw Expected("must have an IPv6 address in its brackets")
            }
        } else {
            guard !host.isEmpty else { throw Expected("must have a host") }
            // libcurl translates names of other scripts.
            let isName =
                host.utf8.allSatisfy { $0 < 0x80 }
                ? isURLHost(host) : !host.unicodeScalars.contains(where: isReserved)
            guard isName else { throw Expected("must have a valid host") }
        }
        let port = address[host.endIndex...]
        guard port.isEmpty || port == ":" || port.first == ":" && isPort(port.dropFirst()) else {
            throw Expected("must have a port from 1 to 65535 after the host, or none")
        }
        return port.utf8.count > 1
    }

    private static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        #"!"$&'()*+,;<=>[\]^`{}"#.unicodeScalars.contains(scalar)
    }
}
