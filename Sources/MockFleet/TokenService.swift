import Foundation
import SocketHTTP

/// The token service: fabric8-auth, or any OIDC provider's client-credentials grant.
struct TokenService: Sendable {
    /// What is known of a token.
    struct Token: Sendable {
        let serial: Int
        let client: String
        let issued: Duration
        var expires: Duration?
        var isRevoked = false
        var refusalsLeft = 0
    }

    var profile: FleetSettings.Profile
    /// Sent as `expires_in` by the OIDC profile, in seconds.
    var expiresIn: Int? = 300
    /// Whether `expires_in` is a string of digits.
    var isExpiresInText = false
    /// Sent as `expires_in` instead, as it is, whatever it is.
    var sentExpiry: JSON?
    /// How long a token is accepted; `nil` for no limit.
    var lifetime: Duration?
    /// Each token is refused so often before it is accepted.
    var refusals = 0
    private(set) var tokens: [String: Token] = [:]
    private var order: [String] = []
    /// Secrets by client.
    var clients: [String: String]
    private var issuedCount = 0

    init(settings: FleetSettings) {
        profile = settings.profile
        var clients = settings.otherClients
        clients[settings.clientID] = settings.clientSecret
        self.clients = clients
    }

    /// Accepts a token or does not; counts a refusal that was due.
    mutating func accepts(_ text: String, client: String, at now: Duration) -> Token? {
        guard let token = tokens[text], !token.isRevoked, token.client == client else { return nil }
        if let expires = token.expires, now >= expires { return nil }
        guard token.refusalsLeft == 0 else {
            tokens[text]?.refusalsLeft -= 1
            return nil
        }
        return token
    }

    mutating func revokeAll() {
        for text in order { tokens[text]?.isRevoked = true }
    }

    mutating func expireAll(at now: Duration) {
        for text in order { tokens[text]?.expires = now }
    }

    mutating func answer(
        _ request: HTTPRequest,
        at now: Duration,
        seconds: Int,
        random: inout SeededGenerator
    ) -> HTTPResponse {
        do {
            let client = try client(of: request)
            let text = makeToken(client: client.id, seconds: seconds, random: &random)
            remember(text, client: client.id, at: now)
            return success(text, scope: client.scope)
        } catch {
            return error.response(profile)
        }
    }

    private func client(of request: HTTPRequest) throws(TokenError) -> (id: String, scope: String?) {
        guard request.method == "POST" else { throw .notFound }
        guard request.headers["content-length"] != nil else {
            throw .badRequest("a Content-Length is needed")
        }
        let type = request.headers["content-type"]?.split(separator: ";").first.map(String.init) ?? ""
        guard type.lowercased() == "application/x-www-form-urlencoded" else {
            throw .badRequest("unsupported content type '\(type)'")
        }
        let form = formDecoded(String(decoding: request.body, as: UTF8.self))
        var id = form["client_id"]
        var secret = form["client_secret"]
        if profile == .fabric8 {
            let known: Set = ["grant_type", "client_id", "client_secret"]
            if let unknown = form.keys.sorted().first(where: { !known.contains($0) }) {
                throw .badRequest("unknown key '\(unknown)'")
            }
        } else if let basic = try basicCredentials(request) {
            guard secret == nil else { throw .badRequest("more than one way of client authentication") }
            (id, secret) = basic
        }
        guard let grant = form["grant_type"], !grant.isEmpty else {
            throw .badRequest("grant_type is missing")
        }
        guard grant == "client_credentials" else { throw .badGrant(grant) }
        guard let id, !id.isEmpty else { throw .badRequest("client_id is missing") }
        guard let secret else { throw .badRequest("client_secret is missing") }
        guard let known = clients[id], known == secret else { throw .badClient }
        return (id, form["scope"])
    }

    /// RFC 6749 section 2.3.1: id and secret are form-encoded before they are joined.
    private func basicCredentials(_ request: HTTPRequest) throws(TokenError) -> (String?, String?)? {
        guard let header = request.headers["authorization"], header.lowercased().hasPrefix("basic ") else {
            return nil
        }
        guard let data = Data(base64Encoded: String(header.dropFirst(6))),
            let text = String(data: data, encoding: .utf8)
        else { throw .badClient }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .badClient }
        return (formText(parts[0]), formText(parts[1]))
    }

    private func makeToken(client: String, seconds: Int, random: inout SeededGenerator) -> String {
        var claims: JSON = [
            "jti": .string(random.uuid()), "iat": .int(seconds), "iss": "http://auth.mock", "typ": "Bearer",
            "sub": .string(client), "service_accountname": .string(client),
        ]
        if profile == .oidc, let expiresIn { claims["exp"] = .int(seconds + expiresIn) }
        let header: JSON = ["alg": "RS256", "kid": "mock", "typ": "JWT"]
        let signature = (0..<256).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        return [header.text, claims.text, signature].map(Self.base64URL).joined(separator: ".")
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString()
        return String(
            text.compactMap { $0 == "=" ? nil : $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        )
    }

    private mutating func remember(_ text: String, client: String, at now: Duration) {
        issuedCount += 1
        tokens[text] = Token(
            serial: issuedCount,
            client: client,
            issued: now,
            expires: lifetime.map { now + $0 },
            refusalsLeft: refusals
        )
        order.append(text)
        if order.count > 10_000 { tokens[order.removeFirst()] = nil }
    }

    private func success(_ token: String, scope: String?) -> HTTPResponse {
        var body: JSON = ["access_token": .string(token), "token_type": "Bearer"]
        guard profile == .oidc else {
            return HTTPResponse(
                status: 200,
                headers: ["Content-Type": "application/vnd.oauthtoken+json"],
                body: body.text
            )
        }
        if let sentExpiry {
            body["expires_in"] = sentExpiry
        } else if let expiresIn {
            body["expires_in"] = isExpiresInText ? .string(String(expiresIn)) : .int(expiresIn)
        }
        if let scope { body["scope"] = .string(scope) }
        return HTTPResponse(
            status: 200,
            headers: ["Content-Type": "application/json;charset=UTF-8", "Cache-Control": "no-store"],
            body: body.text
        )
    }
}

/// Why no token is given.
enum TokenError: Error {
    case badRequest(String)
    case badGrant(String)
    case badClient
    case notFound

    func response(_ profile: FleetSettings.Profile) -> HTTPResponse {
        let (status, code, name, detail): (Int, String, String, String) =
            switch self {
            case .badRequest(let detail): (400, "bad_parameter", "invalid_request", detail)
            case .badGrant(let grant):
                (400, "bad_parameter", "unsupported_grant_type", "grant '\(grant)' is not supported")
            case .badClient: (401, "unauthorized_error", "invalid_client", "invalid client id or secret")
            case .notFound: (404, "not_found", "invalid_request", "no such path or method")
            }
        let body: JSON =
            switch profile {
            case .oidc: ["error": .string(name), "error_description": .string(detail)]
            case .fabric8:
                [
                    "errors": [
                        [
                            "code": .string(code), "detail": .string(detail),
                            "status": .string(String(status)),
                            "title": .string(code),
                        ]
                    ]
                ]
            }
        let type = profile == .oidc ? "application/json" : "application/vnd.api+json"
        return HTTPResponse(status: status, headers: ["Content-Type": type], body: body.text)
    }
}
