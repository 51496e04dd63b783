import PullerCore

extension Failure {
    /// What an answer means that is not the one that was hoped for.
    ///
    /// - Parameters:
    ///   - verb: What was asked for, such as `create`.
    ///   - namespace: The namespace that was named.
    init(_ response: HTTPResponse, verb: String, namespace: String) {
        let head = response.head
        let status = StatusObject(response.body)
        let said = status?.message.map { ": \(response.quoted($0))" } ?? ""
        switch head.status {
        case 300...399:
            let target = head.headers["location"].map { response.quoted($0) } ?? "nowhere"
            self.init(.redirect, "\(head.status) to \(target): redirects are not followed")
        case 401:
            self.init(.unauthorized, "401\(said): the user, the account or the namespace is not known")
        case 403:
            self.init(.forbidden, "403 on \(verb) daemonsets\(said)")
        case 404 where status?.saysAbsent(kind: "namespaces", name: namespace) == true:
            self.init(.namespaceMissing, "the namespace \(namespace) does not exist")
        case 404:
            self.init(.proxyNotFound, "404 that is not the cluster's answer about this DaemonSet\(said)")
        case 422:
            let causes =
                status?.details?.causes?.prefix(8).map { "\($0.field ?? "?"): \($0.message ?? "?")" } ?? []
            let all = ": " + response.quoted(causes.joined(separator: "; "))
            self.init(.invalid, "422\(causes.isEmpty ? said : all)")
        case 429, 503:
            guard head.headers["retry-after"] != nil else { fallthrough }
            let wait = head.retryAfter.map { "\($0)" } ?? "a time that cannot be read"
            self.init(
                .throttled,
                "the server answered \(head.status), to come back in \(wait)\(said)",
                retryAfter: head.retryAfter
            )
        case 500...599:
            self.init(.serverError, "the server answered \(head.status)\(said)")
        case 409:
            self.init(.conflict, "409 on \(verb)\(said)")
        default:
            // What the server refuses has not happened.
            let isRefusal = (400...499).contains(head.status)
            self.init(
                .malformedResponse,
                "status \(head.status) on \(verb)\(said)",
                leavesOpen: isRefusal ? false : nil
            )
        }
    }
}
