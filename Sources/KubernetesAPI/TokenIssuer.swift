import Foundation
import PullerCore

/// Where tokens come from.
public enum TokenIssuer: Sendable {
    /// An OIDC provider, by the client-credentials grant.
    case clientCredentials(ClientCredentials, HTTPTransport, readFile: @Sendable (String) throws -> String)
    /// A file whose token another program renews.
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

    /// The token as a message names it, such as `the token in /var/run/token`.
    var tokenName: String {
        switch self {
        case .clientCredentials(let credentials, _, _):
            "the token that \(credentials.shownTokenURL) issued"
        case .file(let path, _): "the token in \(path) (BEARER_TOKEN_FILE)"
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
            let url = credentials.shownTokenURL
            let id = try Self.value(of: credentials.id, readFile)
            let secret = try Self.value(of: credentials.secret, readFile)
            let request = Self.request(credentials, id: id, secret: secret)
            let response: HTTPResponse
            do {
                response = try await transport.send(request)
            } catch {
                guard error.reason != .cancelled else { throw error }
                // The URL says more than the transport's "scheme, host and port".
                let text =
                    error.message.hasPrefix(request.origin + ": ")
                    ? String(error.message.dropFirst(request.origin.count + 2)) : error.message
                throw Failure(.tokenUnavailable, "no answer from the token service \(url): \(text)")
            }
            return try Self.token(in: response, from: url)
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
            throw Failure(.tokenUnavailable, "\(path) has more than one line, or control characters")
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
        request.confidences = Confidences([id, secret] + basic + credentials.tokenURLSecrets)
        return request
    }
}
