import PullerCore
import SocketHTTP

/// What the console answers to a request: a function of the request and the facts.
public struct ConsoleRoutes: Sendable {
    private let facts: ConsoleFacts

    /// The routes to some facts.
    public init(_ facts: ConsoleFacts) {
        self.facts = facts
    }

    /// The answer to a request.
    public func answer(_ request: HTTPRequest) -> HTTPResponse {
        var response = checked(request)
        response.headers.add("Cache-Control", "no-store")
        response.headers.add("X-Content-Type-Options", "nosniff")
        response.headers.add("Referrer-Policy", "no-referrer")
        response.headers.add("X-Frame-Options", "DENY")
        response.headers.add("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.add("Cross-Origin-Opener-Policy", "same-origin")
        if response.headers["content-security-policy"] == nil {
            response.headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        }
        return response
    }

    private func checked(_ request: HTTPRequest) -> HTTPResponse {
        switch facts.access() {
        case .loopback:
            guard request.isForLoopback else {
                return Self.error(
                    403,
                    "Host must be localhost or a loopback address such as 127.0.0.1 or [::1], with any port"
                )
            }
        case .token(let token):
            guard let shown = request.shownToken, token.matches(shown) else {
                var response = Self.error(
                    401,
                    "the token is needed, as \"Authorization: Bearer\" or as the password"
                )
                response.headers.add(
                    "WWW-Authenticate",
                    #"Basic realm="kubernetes-image-puller", charset="UTF-8""#
                )
                response.headers.add("WWW-Authenticate", #"Bearer realm="kubernetes-image-puller""#)
                return response
            }
        case .closed:
            return Self.error(503, "the file of CONSOLE_TOKEN_FILE holds no token now")
        }
        // The host that a URL names would count instead of the header Host (RFC 9112 section 3.2.2).
        guard request.target.hasPrefix("/") else { return Self.error(400, "the target must be a path") }
        guard !request.isFromOtherSite else { return Self.error(403, "pages of other sites must not ask") }
        guard request.isReading else { return request.notAllowed { Self.error(405, $0) } }
        return routed(request)
    }

    private func routed(_ request: HTTPRequest) -> HTTPResponse {
        let path = request.path
        let list = "/api/v1/clusters"
        switch path {
        case "/", "":
            return HTTPResponse(
                status: 200,
                headers: [
                    "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": facts.page.policy,
                ],
                body: facts.page.html
            )
        case "/api/v1/summary":
            if let problem = Self.problem(withoutParameters: request) { return problem }
            let status = facts.status
            return Self.json(200, ConsoleAPI.summary(status.board.summary(), status, BoardTimes(status)))
        case list[...]:
            do throws(QueryProblem) {
                let page = facts.status.board.clusters(try ClusterQuery(query: request.query))
                return Self.json(200, ConsoleAPI.clusters(page, BoardTimes(facts.status)))
            } catch {
                return Self.error(400, error.text)
            }
        default:
            guard path.hasPrefix(list + "/") else {
                return path.hasPrefix("/api/") || path == "/api"
                    ? Self.error(404, "there is no such resource") : .text(404, "not found\n")
            }
            if let problem = Self.problem(withoutParameters: request) { return problem }
            return cluster(path.dropFirst(list.count + 1))
        }
    }

    private func cluster(_ encoded: Substring) -> HTTPResponse {
        let decoded = String(validating: percentDecoded(encoded), as: UTF8.self)
        guard !encoded.isEmpty, !encoded.contains("/"), let name = decoded else {
            return Self.error(404, "there is no such resource")
        }
        let id: ClusterID
        if facts.status.facts.mode == .fleet {
            id = .user(name)
        } else if name == ClusterID.only.label {
            id = .only
        } else {
            return Self.error(404, "the only cluster is called \(ClusterID.only.label)")
        }
        guard let detail = facts.status.board.detail(id) else {
            return Self.error(404, "there is no cluster \"\(displayText(name, limit: 80))\"")
        }
        return Self.json(200, ConsoleAPI.cluster(detail, BoardTimes(facts.status)))
    }

    private static func problem(withoutParameters request: HTTPRequest) -> HTTPResponse? {
        request.query.isEmpty ? nil : error(400, "\(request.path) has no parameters")
    }

    private static func json(_ status: Int, _ body: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: body)
    }

    /// A message repeats parts of the request, which can be anything.
    private static func error(_ status: Int, _ message: String) -> HTTPResponse {
        json(status, ConsoleAPI.error(displayText(message, limit: 400)))
    }
}

extension HTTPRequest {
    /// Whether it asks and changes nothing.
    var isReading: Bool { method == "GET" || method == "HEAD" }

    /// The answer to a request that is not ``isReading``; `body` makes it of a message.
    func notAllowed(_ body: (String) -> HTTPResponse) -> HTTPResponse {
        var response = body("the method must be GET or HEAD")
        response.headers.add("Allow", "GET, HEAD")
        return response
    }
}
