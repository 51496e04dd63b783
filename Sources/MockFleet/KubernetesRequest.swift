import SocketHTTP

/// Where a request to the proxy wants to go, read from its path.
struct KubernetesRequest: Sendable, Equatable {
    /// What can be read besides DaemonSets, where that is allowed.
    enum Read: Sendable, Equatable {
        /// `/api/v1/namespaces/<namespace>/pods`
        case pods(namespace: String)
        /// `/api/v1/namespaces/<namespace>/events`
        case events(namespace: String)
        /// `/apis/apps/v1/namespaces/<namespace>/deployments/<name>`
        case deployment(String, namespace: String)
        /// `/apis`
        case apiGroups
    }

    /// The user of path mode (`/clusters/<user>/...`); without it the header says who.
    var pathUser: String?
    /// `nil` when the path is not under `/apis/apps/v1/namespaces/<namespace>/daemonsets`.
    var namespace: String?
    /// The DaemonSet; `nil` for the collection.
    var name: String?
    /// `nil` for anything else.
    var read: Read?
    /// The path without `/clusters/<user>` and `/api`.
    var segments: [Substring]
    var query: [String: String]

    init(_ request: HTTPRequest) {
        var segments = request.path.split(separator: "/")
        if segments.count >= 2, segments[0] == "clusters" {
            pathUser = percentDecoded(segments[1])
            segments.removeFirst(2)
        }
        // Both `https://host` and `https://host/api` are base URLs.
        if segments.count >= 2, segments[0] == "api", segments[1] == "apis" || segments[1] == "api" {
            segments.removeFirst()
        }
        if segments.count == 6 || segments.count == 7, segments[0] == "apis", segments[1] == "apps",
            segments[2] == "v1", segments[3] == "namespaces", segments[5] == "daemonsets"
        {
            namespace = percentDecoded(segments[4])
            name = segments.count == 7 ? percentDecoded(segments[6]) : nil
        }
        read = Self.read(segments)
        self.segments = segments
        query = request.query.isEmpty ? [:] : formDecoded(request.query)
    }

    private static func read(_ segments: [Substring]) -> Read? {
        if segments == ["apis"] { return .apiGroups }
        if segments.count == 5, segments[0..<3] == ["api", "v1", "namespaces"] {
            switch segments[4] {
            case "pods": return .pods(namespace: percentDecoded(segments[3]))
            case "events": return .events(namespace: percentDecoded(segments[3]))
            default: return nil
            }
        }
        if segments.count == 7, segments[0..<4] == ["apis", "apps", "v1", "namespaces"],
            segments[5] == "deployments"
        {
            return .deployment(percentDecoded(segments[6]), namespace: percentDecoded(segments[4]))
        }
        return nil
    }

    var isWatch: Bool { query["watch"] == "true" || query["watch"] == "1" }

    /// The verb as RBAC names it; also those that no account may use.
    func rbacVerb(_ method: String) -> String {
        switch method {
        case "GET", "HEAD": isWatch ? "watch" : name == nil ? "list" : "get"
        case "POST": "create"
        case "PUT": "update"
        case "PATCH": "patch"
        case "DELETE": name == nil ? "deletecollection" : "delete"
        default: method.lowercased()
        }
    }

    func verb(_ method: String) -> Fault.Verb {
        namespace == nil ? .other : Fault.Verb(rawValue: rbacVerb(method)) ?? .other
    }
}

/// Text with its `%41`s resolved; what is not an escape stays.
func percentDecoded(_ text: some StringProtocol) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
            let byte = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
        {
            decoded.append(byte)
            index += 3
        } else {
            decoded.append(bytes[index])
            index += 1
        }
    }
    return String(decoding: decoded, as: UTF8.self)
}

/// `a=b&c=d` with `+` for a space; the last of equal names counts.
func formDecoded(_ text: some StringProtocol) -> [String: String] {
    var form: [String: String] = [:]
    for pair in text.split(separator: "&") {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        form[formText(parts[0])] = parts.count == 2 ? formText(parts[1]) : ""
    }
    return form
}

/// One form-encoded text.
func formText(_ text: some StringProtocol) -> String {
    percentDecoded(text.split(separator: "+", omittingEmptySubsequences: false).joined(separator: " "))
}
