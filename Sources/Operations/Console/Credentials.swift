import PullerCore
import SocketHTTP

extension HTTPRequest {
    /// The token that the request shows: as a bearer token, or, from a browser, as the password of any user. `nil` for
    /// none.
    var shownToken: [UInt8]? {
        let values = headers.values("authorization")
        guard values.count == 1 else { return nil }
        let parts = values[0].split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let rest = Array(parts[1].utf8.drop { $0 == UInt8(ascii: " ") })
        switch parts[0].lowercased() {
        case "bearer": return rest
        case "basic":
            guard let pair = base64Decoded(rest), let colon = pair.firstIndex(of: UInt8(ascii: ":")) else {
                return nil
            }
            return Array(pair[(colon + 1)...])
        default: return nil
        }
    }

    /// Whether the request was sent to this machine by `localhost` or a loopback address. A page of another site that makes
    /// its own name point here (DNS rebinding) keeps its name in this header.
    var isForLoopback: Bool {
        let hosts = headers.values("host")
        guard hosts.count == 1 else { return false }
        var name = hosts[0].lowercased()[...]
        // What follows the last colon is a port, unless the colon is one of an IPv6 address.
        if !name.hasSuffix("]"), let colon = name.lastIndex(of: ":") {
            let port = name[name.index(after: colon)...].utf8
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard (1...5).contains(port.count), port.allSatisfy(digits.contains) else { return false }
            name = name[..<colon]
        }
        let isBracketed = name.hasPrefix("[") && name.hasSuffix("]")
        let address = isBracketed ? name.dropFirst().dropLast() : name
        // Brackets are for IPv6 addresses (RFC 3986 section 3.2.2).
        return name == "localhost" || isBracketed == address.contains(":") && isLoopback(String(address))
    }

    /// Whether a page of another site made a browser send the request. That a reader follows a link to the page from
    /// elsewhere is fine.
    var isFromOtherSite: Bool {
        let origins = headers.values("origin")
        guard origins.isEmpty else {
            return !origins.allSatisfy { origin in
                let authority = origin.firstRange(of: "://").map { origin[$0.upperBound...].lowercased() }
                return authority == headers["host"]?.lowercased()
            }
        }
        guard let site = headers["sec-fetch-site"]?.lowercased(), !["same-origin", "none"].contains(site)
        else {
            return false
        }
        let isLink = headers["sec-fetch-mode"] == "navigate" && headers["sec-fetch-dest"] == "document"
        return !(isLink && path == "/")
    }
}
