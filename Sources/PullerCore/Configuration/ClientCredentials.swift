/// The client-credentials grant (RFC 6749 section 4.4).
public struct ClientCredentials: Sendable, Equatable {
    /// The token URL without its query.
    private let endpoint: String
    /// What follows the `?` of the token URL, which may hold secrets.
    private let query: Secret?
    /// Client id.
    public var id: SecretSource
    /// Client secret.
    public var secret: SecretSource
    /// Sent only when set; fabric8-auth answers 400 to a form key that it does not know.
    public var scope: String?
    /// Sent only when set.
    public var audience: String?
    /// Where id and secret travel.
    public var authentication: Authentication
    /// Whether `OIDC_TOKEN_URL` gave the URL, and not `OIDC_PROVIDER`.
    public let isWholeURL: Bool

    /// Where id and secret travel (RFC 6749 section 2.3.1).
    public enum Authentication: String, Sendable, CaseIterable {
        /// In the form body.
        case post
        /// In an HTTP Basic header, both form-encoded first.
        case basic
    }

    init(
        tokenURL: String,
        id: SecretSource,
        secret: SecretSource,
        scope: String?,
        audience: String?,
        authentication: Authentication,
        isWholeURL: Bool = false
    ) {
        let parts = tokenURL.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        endpoint = String(parts[0])
        query = parts.count == 2 ? Secret(String(parts[1])) : nil
        self.id = id
        self.secret = secret
        self.scope = scope
        self.audience = audience
        self.authentication = authentication
        self.isWholeURL = isWholeURL
    }

    /// `{OIDC_PROVIDER}/token`, trailing slashes of the provider removed, or `OIDC_TOKEN_URL` as it was given, for the one
    /// place that sends the request. What is printed is ``shownTokenURL``.
    public var tokenURL: String { endpoint + (query.map { "?" + $0.reveal() } ?? "") }

    /// The token URL as it may be printed: without the values of its query.
    public var shownTokenURL: String {
        guard let query else { return endpoint }
        let items = query.reveal().split(separator: "&", omittingEmptySubsequences: false).map { item in
            // An item without a name could be a secret as a whole.
            guard let mark = item.firstIndex(of: "=") else { return item.isEmpty ? "" : redacted }
            return item[...mark] + redacted
        }
        return endpoint + "?" + items.joined(separator: "&")
    }

    /// What a server must not make visible by repeating the token URL: its query, and each value that is long enough for a
    /// secret. Shorter ones would be found in all sorts of texts.
    public var tokenURLSecrets: [Secret] {
        guard let query = query?.reveal(), !query.isEmpty else { return [] }
        let values = query.split(separator: "&").map { $0.drop { $0 != "=" }.dropFirst() }.filter {
            $0.utf8.count >= 8
        }
        let forms = values.flatMap { [String($0), String(decoding: percentDecoded($0), as: UTF8.self)] }
        return Set([query] + forms).sorted().map(Secret.init)
    }
}
