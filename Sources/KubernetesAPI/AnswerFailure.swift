import Foundation
import PullerCore

extension Failure {
    /// What an answer means that is not the one that was hoped for.
    ///
    /// - Parameters:
    ///   - verb: What was asked for, such as `create`.
    ///   - resource: Of what.
    ///   - namespace: The namespace that was named.
    init(
        _ response: HTTPResponse,
        verb: String,
        of resource: RequestedResource = .daemonSets,
        namespace: String
    ) {
        let status = response.head.status
        let said = response.saidAfterColon
        let words = response.words
        let object = StatusObject(response.body)
        if status >= 400 {
            let text = words + "\n" + (object?.causes ?? "")
            if let refusal = Refusal(text, status: status, isPage: response.isPage) {
                self.init(refusal, "(\(status) on \(verb))\(said)", response)
                return
            }
        }
        switch status {
        case 300...399:
            let target = response.redirectTarget.map { "to \($0)" } ?? "without a Location"
            self.init(.redirect, "\(status) \(target): redirects are not followed")
        case 401:
            self.init(.unauthorized, "401: \(response.unauthorized)\(response.saidInParentheses)")
        case 403 where words.contains("because it is being terminated"):
            self.init(.namespaceMissing, "the namespace \(namespace) is being deleted (403 on \(verb))")
        case 403:
            self.init(.forbidden, "403 on \(verb) \(resource.plural)\(said)")
        case 404 where object?.saysAbsent(kind: "namespaces", name: namespace) == true:
            self.init(.namespaceMissing, "the namespace \(namespace) does not exist")
        case 404:
            self.init(
                .proxyNotFound,
                "404 that is not the cluster's answer about \(resource.subject)\(said)"
            )
        case 409:
            self.init(.conflict, "409 on \(verb)\(said)")
        case 422:
            let causes = response.shown(object?.causes ?? "")
            self.init(.invalid, "422\(causes.isEmpty ? said : ": \(causes)")")
        case 429, 503:
            guard response.head.headers["retry-after"] != nil else { fallthrough }
            let wait = response.head.retryAfter
            let text = wait.map { "\($0)" } ?? "a time that cannot be read"
            self.init(
                .throttled,
                "the server answered \(status), to come back in \(text)\(said)",
                retryAfter: wait
            )
        case 500...599:
            self.init(.serverError, "the server answered \(status)\(said)")
        case 400...499:
            self.init(.rejected, "the server answered \(status) on \(verb)\(response.remedy)\(said)")
        default:
            self.init(malformed: response, verb: verb, of: resource)
        }
    }

    private init(_ refusal: Refusal, _ what: String, _ response: HTTPResponse) {
        let (reason, who): (FailureReason, String) =
            switch refusal {
            case .policy: (.denied, "a policy")
            case .quota: (.quota, "a quota")
            }
        self.init(reason, "refused by \(who) \(what)", retryAfter: response.head.retryAfter)
    }

    /// A success that is not the answer that was asked for.
    init(malformed response: HTTPResponse, verb: String, of resource: RequestedResource = .daemonSets) {
        let page = response.isPage ? "; a login page or a gateway, perhaps" : ""
        let kind = (try? JSONDecoder().decode(Kind.self, from: Data(response.body)))?.kind
        let what = kind.map { "but a \(response.shown($0))" } ?? "but \(response.bodyKind)"
        self.init(
            .malformedResponse,
            "the answer to \(verb) is not \(resource.answer) \(what) "
                + "(\(response.head.status) from \(shownURL(response.url))\(page))\(response.saidAfterColon)"
        )
    }

    private struct Kind: Decodable {
        var kind: String
    }
}

extension HTTPResponse {
    fileprivate var saidInParentheses: String {
        let said = said
        return said.isEmpty ? "" : " (the answer says: \(said))"
    }

    /// Why there is a 401, as far as the client knows.
    fileprivate var unauthorized: String {
        whyUnauthorized ?? "the user, the account or the namespace is not known"
    }
}
