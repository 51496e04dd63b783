import PullerCore
import Testing

@Suite("Secrets")
struct SecrecyTests {
    private static let hidden = "hunter2-is-hidden"

    @Test(
        "no problem shows what could be a secret",
        arguments: [
            ["SERVICE_ACCOUNT_SECRET": "hunter2-is-hidden\n"],
            ["SERVICE_ACCOUNT_ID": "hunter2-is-hidden\u{1}"],
            // The secret itself where its file is asked for.
            ["SERVICE_ACCOUNT_SECRET": "", "SERVICE_ACCOUNT_SECRET_FILE": "hunter2-is-hidden"],
            ["SERVICE_ACCOUNT_SECRET_FILE": "hunter2-is-hidden"],
            ["OIDC_PROVIDER": "", "BEARER_TOKEN_FILE": "hunter2-is-hidden"],
            ["BEARER_TOKEN_FILE": "hunter2-is-hidden"],
            // What a file holds.
            ["SERVICE_ACCOUNT_SECRET": "", "SERVICE_ACCOUNT_SECRET_FILE": "/two-lines"],
            ["OIDC_PROVIDER": "", "BEARER_TOKEN_FILE": "/two-lines"],
            ["CA_BUNDLE_FILE": "/two-lines"],
            // A password or a token in a URL.
            ["OPENSHIFT_PROXY_URL": "https://user:hunter2-is-hidden@proxy"],
            ["OPENSHIFT_PROXY_URL": "user:hunter2-is-hidden@proxy"],
            ["OPENSHIFT_PROXY_URL": "https://user:hunter2-is-hidden/@proxy{"],
            ["OIDC_PROVIDER": "https://auth/api?token=hunter2-is-hidden"],
            ["OIDC_PROVIDER": "https://auth/api#hunter2-is-hidden"],
            ["OIDC_PROVIDER": "https://a:hunter2-is-hidden@auth?x=hunter2-is-hidden@b"],
            ["OIDC_PROVIDER": "https://a:hunter2-is-hidden?x@auth"],
            ["OIDC_PROVIDER": "https://auth/api?mail=a@b&token=hunter2-is-hidden"],
            ["OIDC_PROVIDER": "https://a:hunter2-is-hidden#x@auth"],
            ["OIDC_PROVIDER": "a:hunter2-is-hidden://x@auth"],
            ["OIDC_PROVIDER": "", "OIDC_TOKEN_URL": "https://auth/api?token=hunter2-is-hidden#"],
            ["OIDC_PROVIDER": "", "OIDC_TOKEN_URL": "https://a:hunter2-is-hidden@auth/api"],
            // In a proxy's URL.
            ["HTTPS_PROXY": "http://joe:hunter2-is-hidden/@proxy:3128"],
            ["https_proxy": "http://joe:hunter2-is-hidden?@proxy:3128"],
            ["http_proxy": "http://joe:hunter2-is-hidden#@proxy:3128"],
            ["ALL_PROXY": "http://joe:a@hunter2-is-hidden@proxy:3128"],
            ["all_proxy": "joe:hunter2-is-hidden /@proxy:3128"],
            ["HTTPS_PROXY": "ftp://hunter2-is-hidden@proxy:3128"],
            ["HTTPS_PROXY": "http:hunter2-is-hidden@proxy:x"],
            ["HTTPS_PROXY": "http://joe:hunter2-is-hidden"],
            ["HTTPS_PROXY": "http://joe:hunter2-is-hidden%0A@proxy:3128"],
            ["HTTPS_PROXY": "http://joe:hunter2-is-hidden@\u{301}pro{xy"],
            // With an accent on it, an @ or a question mark is another character.
            ["OPENSHIFT_PROXY_URL": "https://user:hunter2-is-hidden@\u{301}proxy"],
            ["OIDC_PROVIDER": "https://auth/api?\u{301}token=hunter2-is-hidden"],
        ]
    )
    func problemsAreRedacted(changes: [String: String]) {
        // A reader that repeats the path in its error, as Foundation's does.
        let result = Configuration.parse(environment: Environments.fleet.merging(changes) { $1 }) { path in
            guard path == "/two-lines" else { throw FileError(description: "cannot read \(path)") }
            return "\(Self.hidden)\n\(Self.hidden)"
        }
        guard case .failure(let found) = result else {
            Issue.record("accepted")
            return
        }
        #expect(found.problems.count == 1)
        for text in ["\(found)", String(reflecting: found), found.problems.map(\.description).joined()] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test("no description of a configuration shows a secret")
    func configurationIsRedacted() throws {
        let changes = [
            "OIDC_PROVIDER": "", "OIDC_TOKEN_URL": "https://auth/token?key=query-of-the-test",
            "HTTPS_PROXY": "http://joe:proxy-of-the-test@proxy:3128",
        ]
        let configuration = try parse(Environments.fleet, changes).get()
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("of-the-test"))
        }
        #expect(dumped.contains("<redacted>"))
        let lines = configuration.summaryLines()
        #expect(lines.contains("SERVICE_ACCOUNT_ID=<redacted>"))
        #expect(lines.contains("SERVICE_ACCOUNT_SECRET=<redacted>"))
        #expect(lines.contains("OIDC_TOKEN_URL=https://auth/token?key=<redacted>"))
        #expect(lines.contains("HTTPS_PROXY=http://<redacted>@proxy:3128"))
        #expect(!lines.joined().contains("of-the-test"))
    }

    private struct FileError: Error, CustomStringConvertible {
        let description: String
    }
}
