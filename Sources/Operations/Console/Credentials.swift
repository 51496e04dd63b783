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

    /// Whether the request was sent to this machine by a name that it has for itself. A page of another site that makes its
    /// own name point here (DNS rebinding) keeps its name in this header.
    var isForLoopback: Bool {
        let hosts = headers.values("host")
        guard hosts.count == 1 else { return false }
        let host = hosts[0].lowercased()
        return ["localhost", "127.0.0.1", "[::1]"].contains { name in
            guard host.hasPrefix(name) else { return false }
            let rest = host.utf8.dropFirst(name.utf8.count)
            return rest.isEmpty
                || rest.first == UInt8(ascii: ":") && (2...6).contains(rest.count)
                    && rest.dropFirst().allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
    }

    /// Whether a page of another site made a browser send the request. That a reader follows a link to the page from
    /// elsewhere is fine.
    var isFromOtherSite: Bool {
        if let origin = headers["origin"] {
            let authority = origin.firstRange(of: "://").map { origin[$0.upperBound...].lowercased() }
            return authority != headers["host"]?.lowercased()
        }
        guard let site = headers["sec-fetch-site"]?.lowercased(), !["same-origin", "none"].contains(site)
        else {
            return false
        }
        let isLink = headers["sec-fetch-mode"] == "navigate" && headers["sec-fetch-dest"] == "document"
        return !(isLink && path == "/")
    }
}
