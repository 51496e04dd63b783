import Foundation
import Testing

@testable import KubernetesAPI
@testable import PullerCore

@Suite("Asking a provider for a token")
struct TokenIssuerTests {
    private func credentials(
        url: String = "http://auth/token",
        authentication: ClientCredentials.Authentication = .post,
        scope: String? = nil,
        audience: String? = nil,
        id: String = "my id",
        secret: String = "s&e=c+r%t/ü:"
    ) -> ClientCredentials {
        ClientCredentials(
            tokenURL: url,
            id: .value(Secret(id)),
            secret: .value(Secret(secret)),
            scope: scope,
            audience: audience,
            authentication: authentication
        )
    }

    private func request(_ credentials: ClientCredentials) -> KubernetesAPI.HTTPRequest {
        TokenIssuer.request(credentials, id: Secret("my id"), secret: Secret("s&e=c+r%t/ü:"))
    }

    @Test("sends id and secret in the form, encoded, and nothing that is not set")
    func post() {
        let request = request(credentials())
        #expect(request.method == "POST")
        #expect(request.url == "http://auth/token")
        #expect(
            text(request.body ?? [])
                == "grant_type=client_credentials&client_id=my+id&client_secret=s%26e%3Dc%2Br%25t%2F%C3%BC%3A"
        )
        #expect(
            request.headers.map { "\($0.name): \($0.value)" }
                == ["Accept: application/json", "Content-Type: application/x-www-form-urlencoded"]
        )
    }

    @Test("sends scope and audience when they are set")
    func scope() {
        let request = request(credentials(scope: "a b", audience: "https://x/"))
        #expect(text(request.body ?? []).hasSuffix("&scope=a+b&audience=https%3A%2F%2Fx%2F"))
    }

    @Test("sends id and secret in a Basic header, form-encoded before they are joined, and not in the form")
    func basic() {
        let request = request(credentials(authentication: .basic))
        #expect(text(request.body ?? []) == "grant_type=client_credentials")
        // my+id:s%26e%3Dc%2Br%25t%2F%C3%BC%3A
        #expect(
            request.headers.last.map { "\($0.name): \($0.value)" }
                == "Authorization: Basic bXkraWQ6cyUyNmUlM0RjJTJCciUyNXQlMkYlQzMlQkMlM0E="
        )
    }

    private func issued(_ body: String, status: Int = 200, retryAfter: String? = nil) throws(Failure)
        -> IssuedToken
    {
        var headers: [String: String] = [:]
        headers["retry-after"] = retryAfter
        let head = HTTPResponseHead(status: status, headers: headers)
        return try TokenIssuer.token(
            in: KubernetesAPI.HTTPResponse(head: head, body: Array(body.utf8)),
            from: "http://auth/token"
        )
    }

    @Test(
        "takes expires_in as a number or a numeric string, and anything else for unlimited",
        arguments: [
            ("", nil), (",\"expires_in\":300", 300), (",\"expires_in\":\"300\"", 300),
            // Not so short that a token would be fetched for each request.
            (",\"expires_in\":0.000001", 10),
            (",\"expires_in\":0", nil), (",\"expires_in\":-5", nil), (",\"expires_in\":\"\"", nil),
            (",\"expires_in\":\"soon\"", nil), (",\"expires_in\":null", nil), (",\"expires_in\":true", nil),
            (",\"expires_in\":[300]", nil), (",\"expires_in\":\"nan\"", nil),
            (",\"expires_in\":\"inf\"", nil),
            (",\"expires_in\":1e300", 315_360_000), (",\"expires_in\":99999999999999999999", 315_360_000),
        ] as [(String, Double?)]
    )
    func expiry(member: String, seconds: Double?) throws {
        let token = try issued("{\"access_token\":\"a.b-c\",\"token_type\":\"Bearer\"\(member)}")
        #expect(token.value == Secret("a.b-c"))
        #expect(token.expiresAfter == seconds.map { .seconds($0) })
        #expect((token.renewAfter == nil) == (seconds == nil))
        if let renew = token.renewAfter, let seconds { #expect(abs(renew / .seconds(seconds) - 0.8) < 0.001) }
    }

    @Test(
        "takes no answer for a token that is none",
        arguments: [
            "", "<html>", "{}", "{\"access_token\":\"\"}", "{\"access_token\":null}", "{\"access_token\":7}",
            "{\"access_token\":\"a\\r\\nX: y\"}", "{\"access_token\":\"ü\"}", "[]", "{\"access_token\":\"cut",
        ]
    )
    func noToken(body: String) {
        let failure = #expect(throws: Failure.self) { try issued(body) }
        #expect(
            failure
                == Failure(.tokenUnavailable, "http://auth/token answered 200 without a usable access_token")
        )
    }

    @Test("tells what the provider says of its refusal, in OAuth's form and in fabric8-auth's")
    func refusals() {
        func message(_ status: Int, _ body: String) -> String? {
            #expect(throws: Failure.self) { try issued(body, status: status) }?.message
        }
        #expect(
            message(400, "{\"error\":\"invalid_scope\",\"error_description\":\"no such scope\"}")
                == "http://auth/token answered 400: invalid_scope: no such scope"
        )
        #expect(
            message(
                401,
                "{\"errors\":[{\"code\":\"x\",\"detail\":\"wrong\",\"status\":\"401\",\"title\":\"Unauthorized\"}]}"
            ) == "http://auth/token answered 401: Unauthorized: wrong"
        )
        #expect(message(500, "<html>oops</html>") == "http://auth/token answered 500")
        #expect(message(302, "") == "http://auth/token answered 302")
        #expect(
            message(400, "{\"error\":\"a\\nb\\u001b[31m\"}")
                == "http://auth/token answered 400: a\\nb\\u{1b}[31m"
        )
    }

    @Test("hands on how long the provider wants to be left alone")
    func retryAfter() {
        let failure = #expect(throws: Failure.self) { try issued("", status: 503, retryAfter: "17") }
        #expect(failure?.retryAfter == .seconds(17))
    }

    @Test(
        "never shows id and secret, whatever the provider says",
        arguments: [ClientCredentials.Authentication.post, .basic]
    )
    func echo(authentication: ClientCredentials.Authentication) async throws {
        // What was sent comes back in every field that is quoted, as it was sent and as it was meant.
        for form in 0..<3 {
            let wire = try Wire { request, responder in
                let pair = request.headers["authorization"] ?? ""
                let sent = text(request.body) + " my id s&e=c+r%t/ü: \(pair) \(pair.dropFirst(6))"
                let quoted = text(JSONValue.string(sent).compactJSON())
                switch form {
                case 0:
                    responder.respond(.json(401, "{\"error\":\(quoted),\"error_description\":\(quoted)}"))
                case 1:
                    responder.respond(.json(401, "{\"errors\":[{\"title\":\(quoted),\"detail\":\(quoted)}]}"))
                default:
                    responder.respond(Answer(status: 302, headers: ["Location": "http://x/?\(sent)"]))
                }
            }
            let credentials = credentials(url: wire.url + "/token", authentication: authentication)
            let issuer = TokenIssuer.clientCredentials(credentials, wire.transport, readFile: { _ in "" })
            let failure = await failure { () async throws(Failure) in try await issuer.issue() }
            #expect(failure?.reason == .tokenUnavailable)
            let shown = "\(failure.map { "\($0)" } ?? "") \(String(describing: failure))"
            for hidden in ["s&e=c", "s%26e", "my id", "my+id", "bXkraWQ6"] {
                #expect(!shown.contains(hidden))
            }
            if form < 2 { #expect(shown.contains("<redacted>")) }
        }
    }

    @Test("fails as unavailable when the provider does, and as cancelled when the task was")
    func transportFailures() async throws {
        let wire = try Wire(limit: .milliseconds(200)) { _, _ in }
        let credentials = credentials(url: wire.url)
        let issuer = TokenIssuer.clientCredentials(credentials, wire.transport, readFile: { _ in "" })
        let failure = await failure { () async throws(Failure) in try await issuer.issue() }
        #expect(failure?.reason == .tokenUnavailable)
        #expect(failure?.message.contains("Timeout") == true)
        let task = Task {
            await KubernetesAPITests.failure { () async throws(Failure) in try await issuer.issue() }
        }
        task.cancel()
        #expect(await task.value?.reason == .cancelled)
    }

    @Test("reads id and secret from their files each time, so that they can be rotated")
    func files() async throws {
        let wire = try Wire(answer: .json(200, "{\"access_token\":\"t\"}"))
        let secret = FileBox("first\n")
        let credentials = ClientCredentials(
            tokenURL: wire.url,
            id: .value(Secret("id")),
            secret: .file("/secret"),
            scope: nil,
            audience: nil,
            authentication: .post
        )
        let issuer = TokenIssuer.clientCredentials(
            credentials,
            wire.transport,
            readFile: { _ in try secret.read() }
        )
        _ = try await issuer.issue()
        secret.write(" second ")
        _ = try await issuer.issue()
        secret.write("drüben")
        _ = try await issuer.issue()
        #expect(
            wire.requests.map { text($0.body).split(separator: "=").last.map(String.init) } == [
                "first", "second", "dr%C3%BCben",
            ]
        )
        for (content, problem) in [(nil, "cannot be read"), (" \n", "is empty"), ("a\nb", "characters")] {
            secret.write(content)
            let failure = await failure { () async throws(Failure) in try await issuer.issue() }
            #expect(failure?.reason == .tokenUnavailable)
            #expect(failure?.message.contains(problem) == true)
        }
        #expect(wire.requests.count == 3)

        let tokenFile = TokenIssuer.file("/token", readFile: { _ in "drüben" })
        let failure = await failure { () async throws(Failure) in try await tokenFile.issue() }
        #expect(failure?.message == "/token holds characters that no token has")
    }
}
