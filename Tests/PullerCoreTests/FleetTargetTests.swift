import PullerCore
import Testing

@Suite("Many clusters")
struct FleetTargetTests {
    @Test(
        "a proxy URL is a base URL, and what is after it is kept",
        arguments: [
            ("https://proxy.example.com", "https://proxy.example.com"),
            ("https://proxy.example.com/", "https://proxy.example.com"),
            ("HTTPS://proxy.example.com/a/b//", "https://proxy.example.com/a/b"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("https://p/k8s/clusters/{user}", "https://p/k8s/clusters/alice"),
            ("https://{user}.proxy:8443/x", "https://alice.proxy:8443/x"),
            ("https://proxy.example.com.", "https://proxy.example.com."),
            ("https://proxy.example.com.:8443/x/", "https://proxy.example.com.:8443/x"),
        ]
    )
    func proxyURL(text: String, base: String) throws {
        let fleet = try #require(try parse(Environments.fleet, ["OPENSHIFT_PROXY_URL": text]).get().fleet)
        #expect(fleet.proxy.baseURL(for: "alice") == base)
    }

    @Test(
        "what is not a base URL is refused",
        arguments: [
            "proxy.example.com", "ftp://proxy", "https://", "https:///a", "https://a b", "https://a\\b",
            "https://proxy:0", "https://proxy:65536", "https://proxy:", "https://proxy:port",
            "https://[::1", "https://[::1]:6443/x", "https://[2001:db8::1.2.3.4]",
            "https://-proxy", "https://a..b", "https://.", "https://proxy..", "https://10.0.0.1.",
            "https://proxy?x", "https://proxy#x", "https://proxy/{User}",
            "https://proxy/{", "https://proxy/{user}}", "https://proxy/a/../b", "https://proxy/%2",
            "https://münchen.example",
        ]
    )
    func badProxyURL(text: String) {
        let lines = problems(Environments.fleet, ["OPENSHIFT_PROXY_URL": text])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("OPENSHIFT_PROXY_URL=") == true)
    }

    @Test("a user in the URL is percent-encoded, and the header is then off unless it is asked for")
    func userInURL() throws {
        let changes = ["OPENSHIFT_PROXY_URL": "https://p/{user}/x", "IMPERSONATE_USERS": #""a/b c", d"#]
        let fleet = try #require(try parse(Environments.fleet, changes).get().fleet)
        #expect(fleet.users == ["a/b c", "d"])
        #expect(fleet.proxy.baseURL(for: "a/b c") == "https://p/a%2Fb%20c/x")
        #expect(!fleet.proxy.sendsImpersonationHeader)
        let header = changes.merging(["IMPERSONATION_HEADER": "1"]) { $1 }
        #expect(try parse(Environments.fleet, header).get().fleet?.proxy.sendsImpersonationHeader == true)
    }

    @Test("the provider's URL has no place for a user")
    func providerWithUser() {
        #expect(problems(Environments.fleet, ["OIDC_PROVIDER": "https://auth/{user}"]).count == 1)
    }

    @Test("a user that cannot be part of a host name cannot be in one")
    func userInHost() {
        let url = ["OPENSHIFT_PROXY_URL": "https://{user}.proxy"]
        #expect(problems(Environments.fleet, url).isEmpty)
        let lines = problems(Environments.fleet, url.merging(["IMPERSONATE_USERS": "a,b@c"]) { $1 })
        #expect(lines.count == 1)
        #expect(lines.first?.contains(#""b@c" cannot be part of a host name"#) == true)
    }

    @Test(
        "several users without a header or a place in the URL to tell them apart are refused, whatever else is wrong"
    )
    func usersThatDoNotDiffer() {
        let off = ["IMPERSONATION_HEADER": "false"]
        #expect(problems(Environments.fleet, off).isEmpty)
        let one = off.merging(["IMPERSONATE_USERS": #""a,b""#]) { $1 }
        #expect(problems(Environments.fleet, one).isEmpty)
        let two = off.merging(["IMPERSONATE_USERS": "a,b"]) { $1 }
        #expect(
            problems(Environments.fleet, two) == [
                "IMPERSONATION_HEADER=\"false\": must be true with more than one user, or "
                    + "OPENSHIFT_PROXY_URL must contain {user}"
            ]
        )
        #expect(problems(Environments.fleet, two.merging(["OIDC_PROVIDER": ""]) { $1 }).count == 2)
        let file = off.merging(["IMPERSONATE_USERS_FILE": "/users"]) { $1 }
        #expect(problems(Environments.fleet, file, files: ["/users": "alice"]).count == 1)
    }

    @Test("a trailing slash of the provider does not double in the token's URL, and what is sent is kept")
    func provider() throws {
        let changes = [
            "OIDC_PROVIDER": "https://auth/realms/x//", "OIDC_SCOPE": "openid a", "OIDC_AUDIENCE": "k8s",
            "OIDC_CLIENT_AUTH": "basic",
        ]
        let fleet = try #require(try parse(Environments.fleet, changes).get().fleet)
        guard case .clientCredentials(let client) = fleet.credential else {
            Issue.record("not client credentials")
            return
        }
        #expect(client.tokenURL == "https://auth/realms/x/token")
        #expect(client.scope == "openid a")
        #expect(client.audience == "k8s")
        #expect(client.authentication == .basic)
    }

    @Test(
        "a whole token URL is used as it is",
        arguments: [
            "https://auth.example.com/oauth2/v1/authorize", "https://auth.example.com/application/o/token/",
            "https://auth.example.com/oauth?account=1&x=a%20b/c?d", "http://auth.example.com:8080",
            "https://auth.example.com.?x",
        ]
    )
    func tokenURL(text: String) throws {
        let changes = ["OIDC_PROVIDER": "", "OIDC_TOKEN_URL": text]
        let fleet = try #require(try parse(Environments.fleet, changes).get().fleet)
        guard case .clientCredentials(let client) = fleet.credential else {
            Issue.record("not client credentials")
            return
        }
        #expect(client.tokenURL == text)
    }

    @Test(
        "what is not a whole URL is refused as a token URL, and what could be a secret is not shown",
        arguments: [
            ("auth.example.com/token", "auth.example.com/token", "must start with https:// or http://"),
            ("https://a/token#x", "https://a/token#<redacted>", "must not have a fragment"),
            (
                "https://a/token?x=%2", "https://a/token?<redacted>",
                "must have two hexadecimal digits after each %"
            ),
            ("https://u:p?w@a/token", "https://<redacted>", "must have a valid host"),
            ("https://a/{user}", "https://a/{user}", "must have only characters that are allowed in a URL"),
        ]
    )
    func badTokenURL(text: String, shown: String, expected: String) {
        let lines = problems(Environments.fleet, ["OIDC_PROVIDER": "", "OIDC_TOKEN_URL": text])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("OIDC_TOKEN_URL=\"\(shown)\": ") == true, "\(lines)")
        #expect(lines.first?.contains(text.contains("@") ? "must" : expected) == true, "\(lines)")
    }

    @Test("the query of a token URL is secret, and so is each value that could be one")
    func tokenURLSecrets() throws {
        let changes = ["OIDC_PROVIDER": "", "OIDC_TOKEN_URL": "https://auth/t?a=1&key=hunter2%2Fhidden"]
        let fleet = try #require(try parse(Environments.fleet, changes).get().fleet)
        guard case .clientCredentials(let client) = fleet.credential else {
            Issue.record("not client credentials")
            return
        }
        #expect(
            client.tokenURLSecrets.map { $0.reveal() } == [
                "a=1&key=hunter2%2Fhidden", "hunter2%2Fhidden", "hunter2/hidden",
            ]
        )
        #expect(client.shownTokenURL == "https://auth/t?a=<redacted>&key=<redacted>")
    }

    @Test("a token URL beside a provider or a token file is refused")
    func twoTokenURLs() {
        let url = ["OIDC_TOKEN_URL": "https://auth/token?secret=x"]
        #expect(
            problems(Environments.fleet, url) == [
                #"OIDC_TOKEN_URL="https://auth/token?<redacted>": must not be set together with OIDC_PROVIDER"#
            ]
        )
        let changes = url.merging(["OIDC_PROVIDER": "", "BEARER_TOKEN_FILE": "/token"]) { $1 }
        #expect(
            problems(Environments.fleet, changes, files: ["/token": "abc"]) == [
                #"BEARER_TOKEN_FILE="/token": must not be set together with OIDC_TOKEN_URL"#
            ]
        )
    }

    @Test("a token file replaces the provider and all that belongs to it")
    func tokenFile() throws {
        let changes = [
            "OIDC_PROVIDER": "", "SERVICE_ACCOUNT_ID": "", "SERVICE_ACCOUNT_SECRET": "",
            "BEARER_TOKEN_FILE": "/token",
        ]
        let fleet = try parse(Environments.fleet, changes, files: ["/token": "abc\n"]).get().fleet
        #expect(fleet?.credential == .tokenFile("/token"))
    }

    @Test("a provider and a token file together are refused")
    func bothCredentials() {
        let lines = problems(Environments.fleet, ["BEARER_TOKEN_FILE": "/token"], files: ["/token": "abc"])
        #expect(lines == [#"BEARER_TOKEN_FILE="/token": must not be set together with OIDC_PROVIDER"#])
    }

    @Test("id and secret can come from files, which are named and not kept")
    func secretFiles() throws {
        let changes = [
            "SERVICE_ACCOUNT_ID": "", "SERVICE_ACCOUNT_SECRET": "", "SERVICE_ACCOUNT_ID_FILE": "/id",
            "SERVICE_ACCOUNT_SECRET_FILE": "/secret",
        ]
        let files = ["/id": "me\n", "/secret": " s3cret \r\n"]
        let fleet = try parse(Environments.fleet, changes, files: files).get().fleet
        guard case .clientCredentials(let client)? = fleet?.credential else {
            Issue.record("not client credentials")
            return
        }
        #expect(client.id == .file("/id"))
        #expect(client.secret == .file("/secret"))
    }

    @Test("a secret and its file together are refused")
    func secretTwice() {
        let lines = problems(
            Environments.fleet,
            ["SERVICE_ACCOUNT_SECRET_FILE": "/secret"],
            files: ["/secret": "x"]
        )
        #expect(
            lines == [
                "SERVICE_ACCOUNT_SECRET_FILE=\"/secret\": must not be set together with SERVICE_ACCOUNT_SECRET"
            ]
        )
    }

    @Test("users beyond a hundred are spread over ten seconds, wherever they come from")
    func startSpread() throws {
        let hundred = (1...100).map { "user\($0)" }.joined(separator: ",")
        let users = ["IMPERSONATE_USERS": hundred, "IMPERSONATE_USERS_FILE": "/users"]
        let same = try parse(Environments.fleet, users, files: ["/users": "user1\nuser2"]).get()
        #expect(same.schedule.startSpread == .zero)
        let more = try parse(Environments.fleet, users, files: ["/users": "user1\nuser101"]).get()
        #expect(more.schedule.startSpread == .seconds(10))
        let given = parse(
            Environments.fleet,
            ["IMPERSONATE_USERS": hundred, "START_SPREAD_SECONDS": "0"]
        )
        #expect(try given.get().schedule.startSpread == .zero)
    }
}
