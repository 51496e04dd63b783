import Foundation
import Testing

@testable import KubernetesAPI
@testable import PullerCore

@Suite("A request for a token")
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

    @Test("never shows the query of the token URL, or the values in it")
    func query() async throws {
        let wire = try Wire(answer: .text(500, "oops"))
        for url in [wire.url + "/token?key=hidden", "http://127.0.0.1:1/token?key=hidden"] {
            let credentials = credentials(url: url)
            let issuer = TokenIssuer.clientCredentials(credentials, wire.transport, readFile: { _ in "" })
            let failure = await failure { () async throws(Failure) in try await issuer.issue() }
            #expect(failure?.message.contains("/token?key=<redacted>") == true)
            #expect(failure?.message.contains("hidden") == false)
            #expect(!issuer.tokenName.contains("hidden"))
        }
        #expect(wire.requests.map(\.target) == ["/token?key=hidden"])
    }

    @Test(
        "never shows id and secret, whatever the provider says",
        arguments: [ClientCredentials.Authentication.post, .basic]
    )
    func echo(authentication: ClientCredentials.Authentication) async throws {
        // What was sent comes back in every field that is quoted, as it was sent and as it was meant.
        for form in 0..<6 {
            let wire = try Wire { request, responder in
                let pair = request.headers["authorization"] ?? ""
                let sent = text(request.body) + " my id s&e=c+r%t/ü: \(pair) \(pair.dropFirst(6))"
                let quoted = text(JSONValue.string(sent).compactJSON())
                switch form {
                case 0:
                    responder.respond(.json(401, "{\"error\":\(quoted),\"error_description\":\(quoted)}"))
                case 1:
                    responder.respond(.json(401, "{\"errors\":[{\"title\":\(quoted),\"detail\":\(quoted)}]}"))
                case 2:
                    responder.respond(.json(200, "{\"error\":\(quoted)}"))
                case 3:
                    // As a page writes it, in pieces that one line joins, and with tags in it.
                    let page = sent.replacing("&", with: "&amp;").replacing(" id", with: "\n id")
                    responder.respond(.text(500, "<html>\(page) s&amp;e=c<b>+r%t</b>/ü:</html>"))
                case 4:
                    responder.respond(
                        .text(403, "{\"unknown\":\(quoted)} \(sent.replacing(" id", with: "\n id"))")
                    )
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
            if form < 5 { #expect(shown.contains("<redacted>")) }
        }
    }

    @Test("fails as unavailable when the provider does, and as cancelled when the task was")
    func transportFailures() async throws {
        let wire = try Wire(limit: .milliseconds(200)) { _, _ in }
        let credentials = credentials(url: wire.url)
        let issuer = TokenIssuer.clientCredentials(credentials, wire.transport, readFile: { _ in "" })
        let failure = await failure { () async throws(Failure) in try await issuer.issue() }
        #expect(failure?.reason == .tokenUnavailable)
        #expect(
            failure?.message
                == "no answer from the token service \(wire.url): no complete answer within 0.2 seconds"
        )
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
        for (content, problem) in [
            (nil, "cannot be read"), (" \n", "is empty"), ("a\nb", "more than one line"),
        ] {
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
