import Foundation
import PullerCore

/// Where tokens come from.
public enum TokenIssuer: Sendable {
    /// An OIDC provider, by the client-credentials grant.
    case clientCredentials(ClientCredentials, HTTPTransport, readFile: @Sendable (String) throws -> String)
    /// A file that somebody else keeps fresh.
    case file(String, readFile: @Sendable (String) throws -> String)

    /// How often a token file is looked at while its token works.
    private static let fileLookPause = Duration.seconds(10)

    /// Time between two fetches that a 401 causes: a provider is spared, a file costs nothing.
    var refetchPause: Duration {
        switch self {
        case .clientCredentials: .seconds(60)
        case .file: .seconds(1)
        }
    }

    /// Whether a token is used on while the next one is fetched: a provider may be slow, a file is not.
    var renewsInBackground: Bool {
        switch self {
        case .clientCredentials: true
        case .file: false
        }
    }

    /// Gets a token.
    ///
    /// - Throws: A failure with the reason `tokenUnavailable`. Its message holds nothing that was sent.
    func issue() async throws(Failure) -> IssuedToken {
        switch self {
        case .file(let path, let readFile):
            let value = try Self.read(path, readFile)
            guard value.reveal().isBearerToken else {
                throw Failure(.tokenUnavailable, "\(path) holds characters that no token has")
            }
            return IssuedToken(value: value, renewAfter: Self.fileLookPause, expiresAfter: nil)
        case .clientCredentials(let credentials, let transport, let readFile):
            let id = try Self.value(of: credentials.id, readFile)
            let secret = try Self.value(of: credentials.secret, readFile)
            let request = Self.request(credentials, id: id, secret: secret)
            let response: HTTPResponse
            do {
                response = try await transport.send(request)
            } catch {
                guard error.reason != .cancelled else { throw error }
                throw Failure(.tokenUnavailable, "\(credentials.tokenURL): \(error)")
            }
            return try Self.token(in: response, from: credentials.tokenURL)
        }
    }

    private static func value(
        of source: SecretSource,
        _ readFile: (String) throws -> String
    ) throws(Failure) -> Secret {
        switch source {
        case .value(let secret): secret
        case .file(let path): try read(path, readFile)
        }
    }

    private static func read(_ path: String, _ readFile: (String) throws -> String) throws(Failure) -> Secret
    {
        let text: String
        do {
            text = try readFile(path).trimmed
        } catch {
            throw Failure(.tokenUnavailable, "\(path) cannot be read: \(error)")
        }
        guard !text.isEmpty else { throw Failure(.tokenUnavailable, "\(path) is empty") }
        guard !text.hasControlCharacters else {
            throw Failure(.tokenUnavailable, "\(path) holds control characters")
        }
        return Secret(text)
    }

    static func request(_ credentials: ClientCredentials, id: Secret, secret: Secret) -> HTTPRequest {
        var form = [("grant_type", "client_credentials")]
        var headers = [("Accept", "application/json"), ("Content-Type", "application/x-www-form-urlencoded")]
        var basic: [Secret] = []
        switch credentials.authentication {
        case .post:
            form += [("client_id", id.reveal()), ("client_secret", secret.reveal())]
        case .basic:
            // Both are form-encoded before they are joined (RFC 6749 section 2.3.1).
            let pair = formEncoded(id.reveal()) + ":" + formEncoded(secret.reveal())
            basic.append(Secret(Data(pair.utf8).base64EncodedString()))
            headers += basic.map { ("Authorization", "Basic " + $0.reveal()) }
        }
        if let scope = credentials.scope { form.append(("scope", scope)) }
        if let audience = credentials.audience { form.append(("audience", audience)) }
        let body = form.map { "\($0)=\(formEncoded($1))" }.joined(separator: "&")
        var request = HTTPRequest("POST", credentials.tokenURL, headers: headers, body: Array(body.utf8))
        request.confidences = Confidences([id, secret] + basic)
        return request
    }

    /// The token in an answer; also `expires_in`, which providers send as a number or as a numeric string, and
    /// fabric8-auth does not send.
    static func token(in response: HTTPResponse, from url: String) throws(Failure) -> IssuedToken {
        guard response.head.status == 200 else {
            throw Failure(
                .tokenUnavailable,
                "\(url) answered \(response.head.status)\(response.quoted(explanation(response.body)))",
                retryAfter: response.head.retryAfter
            )
        }
        guard let grant = try? JSONDecoder().decode(Grant.self, from: Data(response.body)),
            grant.access_token.isBearerToken
        else {
            throw Failure(.tokenUnavailable, "\(url) answered 200 without a usable access_token")
        }
        let value = Secret(grant.access_token)
        guard let seconds = grant.expires_in?.seconds, seconds > 0 else {
            // Nothing usable was said: it is good until it is refused.
            return IssuedToken(value: value, renewAfter: nil, expiresAfter: nil)
        }
        let life = Duration.seconds(min(max(seconds, 10), 10 * 365 * 24 * 3600))
        return IssuedToken(value: value, renewAfter: life * 0.8, expiresAfter: life)
    }

    /// What the provider says of its refusal, in OAuth's form or fabric8-auth's.
    private static func explanation(_ body: [UInt8]) -> String {
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(body)) else { return "" }
        let said =
            [refusal.error, refusal.error_description]
            + (refusal.errors ?? []).prefix(3).flatMap { [$0.title, $0.detail] }
        let text = said.compactMap { $0 }.joined(separator: ": ")
        return text.isEmpty ? "" : ": \(text)"
    }

    // The names are the wire's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Grant: Decodable {
        var access_token: String
        var expires_in: Lifetime?
    }

    /// A number of seconds, however it is written; nothing when it is not one.
    private struct Lifetime: Decodable {
        var seconds: Double?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let number =
                (try? container.decode(Double.self))
                ?? (try? container.decode(String.self)).flatMap { Double($0) }
            seconds = number.flatMap { $0.isFinite ? $0 : nil }
        }
    }

    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Refusal: Decodable {
        var error: String?
        var error_description: String?
        var errors: [Item]?

        struct Item: Decodable {
            var title: String?
            var detail: String?
        }
    }
}
