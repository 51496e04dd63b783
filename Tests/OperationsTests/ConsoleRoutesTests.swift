import Foundation
import PullerCore
import SocketHTTP
import TestSupport
import Testing

@testable import Operations

@Suite("The console")
struct ConsoleRoutesTests {
    private let routes = SamplePool().console()

    @Test("answers its page, the summary, all clusters and each of them")
    func found() {
        for path in [
            "/", "/api/v1/summary", "/api/v1/clusters", "/api/v1/clusters?limit=1", "/api/v1/clusters/bob",
        ] {
            #expect(routes.answer(.get(path)).status == 200, "\(path)")
        }
        #expect(routes.answer(.get("/api/v1/clusters")).bodyText.contains(#""name":"alice""#))
        #expect(routes.answer(.get("/api/v1/clusters/bob")).bodyText.hasPrefix(#"{"name":"bob""#))
    }

    @Test(
        "answers 404 to everything else, as JSON below /api",
        arguments: [
            "/api", "/api/", "/api/v1", "/api/v2/summary", "/api/v1/summary/", "/api/v1/clusters/",
            "/api/v1/clusters/carol", "/api/v1/clusters/alice/x", "/api/v1/clusters/..%2Falice",
            "/api/v1/clusters/%ff", "/index.html", "/metrics", "/livez", "//", "/../etc/passwd",
        ]
    )
    func notFound(path: String) {
        let answer = routes.answer(.get(path))
        #expect(answer.status == 404)
        #expect(answer.bodyText.hasPrefix(#"{"error":""#) == path.hasPrefix("/api"))
    }

    @Test("repeats no control character of a request", arguments: ["\u{7F}", "\u{85}", "\u{202E}"])
    func echoes(character: String) {
        let targets = [
            "/api/v1/clusters/\(character)?x=y", "/api/v1/clusters?\(character)=y", "/api/\(character)",
            "/api/v1/clusters?\(character)=\(String(repeating: "x", count: 300))",
            "/api/v1/clusters?limit=\(character)", "/api/v1/clusters/\(character)",
        ]
        for path in targets {
            let answer = routes.answer(.get(path))
            #expect(400...404 ~= answer.status)
            #expect(!answer.bodyText.contains(character))
        }
    }

    @Test("finds a cluster by its percent-encoded name, whatever the name holds")
    func encodedNames() {
        let names = ["a/b", "50%", "ä b", "x?y#z", "cluster", "..", "a\"b"]
        let routes = SamplePool(users: names).console()
        for name in names {
            let answer = routes.answer(.get("/api/v1/clusters/\(percentEncoded(name))"))
            #expect(answer.status == 200, "\(name)")
        }
    }

    @Test("calls the one cluster of single-cluster mode `cluster`")
    func singleCluster() {
        let routes = SamplePool(users: nil).console()
        #expect(routes.answer(.get("/api/v1/clusters/cluster")).bodyText.hasPrefix(#"{"name":"cluster""#))
        #expect(routes.answer(.get("/api/v1/clusters/alice")).status == 404)
        #expect(routes.answer(.get("/api/v1/summary")).bodyText.contains(#""mode":"single""#))
    }

    @Test("answers 405 to methods that are neither GET nor HEAD, with the methods that there are")
    func methods() {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get", "TRACE"] {
            var request = HTTPRequest.get("/api/v1/summary")
            request.method = method
            let answer = routes.answer(request)
            #expect(answer.status == 405)
            #expect(answer.headers["allow"] == "GET, HEAD")
        }
        var head = HTTPRequest.get("/")
        head.method = "HEAD"
        #expect(routes.answer(head).status == 200)
    }

    @Test(
        "refuses on loopback every Host but the machine's names for itself, against DNS rebinding",
        arguments: [
            "evil.example.com", "evil.example.com:8081", "localhost.evil.example.com",
            "localhost:8081.evil.com",
            "127.0.0.1.evil.com", "128.0.0.1", "[::2]", "[127.0.0.1]", "127.1", "127.0.0.1@evil.com", "[::1",
            "[::1]x", "localhost:", "localhost:123456",
            "localhost:80x", "",
            "::1", "user@localhost",
        ]
    )
    func hosts(host: String) {
        #expect(routes.answer(.get("/", host: host)).status == 403)
        #expect(routes.answer(.get("/api/v1/summary", host: host)).status == 403)
    }

    @Test(
        "takes paths alone, since the host in a URL would count instead of the one that is checked",
        arguments: [
            "http://evil.example.com/api/v1/summary", "http://localhost/api/v1/summary",
            "http://localhost?x=/api/v1/summary", "*",
        ]
    )
    func targets(target: String) {
        #expect(routes.answer(.get(target)).status == 400)
    }

    @Test("knows the machine's names for itself with and without a port")
    func ownHosts() {
        for host in [
            "localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:65535", "127.0.0.2:8081", "[::1]",
            "[::1]:8081",
        ] {
            #expect(routes.answer(.get("/", host: host)).status == 200, "\(host)")
        }
        #expect(routes.answer(HTTPRequest(method: "GET", target: "/", minorVersion: 0)).status == 403)
    }

    @Test(
        "refuses what the page of another site makes a browser ask, and lets a reader follow a link to the page"
    )
    func otherSites() {
        func status(_ path: String, _ headers: [(String, String)]) -> Int {
            routes.answer(.get(path, headers)).status
        }
        #expect(status("/api/v1/summary", [("Origin", "http://evil.example.com")]) == 403)
        #expect(status("/api/v1/summary", [("Origin", "null")]) == 403)
        let two = [("Origin", "http://localhost:8081"), ("Origin", "http://evil.example.com")]
        #expect(status("/api/v1/summary", two) == 403)
        #expect(status("/api/v1/summary", [("Origin", "http://localhost:9000")]) == 403)
        #expect(status("/api/v1/summary", [("Origin", "http://localhost:8081")]) == 200)
        #expect(status("/api/v1/summary", [("Sec-Fetch-Site", "cross-site")]) == 403)
        #expect(status("/api/v1/summary", [("Sec-Fetch-Site", "same-site")]) == 403)
        #expect(status("/api/v1/summary", [("Sec-Fetch-Site", "same-origin")]) == 200)
        #expect(status("/api/v1/summary", [("Sec-Fetch-Site", "none")]) == 200)
        let link = [
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"),
        ]
        #expect(status("/", link) == 200)
        #expect(status("/api/v1/summary", link) == 403)
        #expect(status("/", [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")]) == 403)
        #expect(status("/", link.dropLast() + [("Sec-Fetch-Dest", "iframe")]) == 403)
    }

    @Test("gives every answer the headers that keep it from other sites and from caches, and no CORS header")
    func headers() {
        let wrong = HTTPRequest(method: "POST", target: "/")
        for request in [.get("/"), .get("/api/v1/summary"), .get("/nothing"), .get("/", host: "x"), wrong] {
            let answer = routes.answer(request)
            #expect(answer.headers["cache-control"] == "no-store")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(answer.headers["referrer-policy"] == "no-referrer")
            #expect(answer.headers["x-frame-options"] == "DENY")
            #expect(answer.headers["content-security-policy"]?.contains("frame-ancestors 'none'") == true)
            #expect(answer.headers["content-security-policy"]?.contains("unsafe") == false)
            #expect(!answer.headers.fields.contains { $0.name.hasPrefix("access-control") })
        }
    }

    @Test("lets the page run its own script and style by their hashes, and nothing else")
    func policy() {
        // The hashes are those of `printf %s 'alert(1)' | openssl dgst -sha256 -binary | base64`.
        let page = "<style>a{}</style><p><script>alert(1)</script><script>\n</script>"
        let policy =
            SamplePool().console(page: page).answer(.get("/")).headers["content-security-policy"] ?? ""
        #expect(
            policy.hasPrefix(
                "default-src 'none'; script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' "
                    + "'sha256-AbpHGcgLb+kRsJGnwFEktk7uzpZOCcBY74+YBdrKVGs='; "
                    + "style-src 'sha256-"
            )
        )
        #expect(!policy.contains("unsafe"))
    }
}

@Suite("The token of the console")
struct ConsoleTokenTests {
    private let token = "0123456789abcdef/+"

    private func status(_ authorization: [String], _ host: String = "puller.example.com") -> Int {
        let routes = SamplePool().console { [token] in ConsoleToken(token).map { .token($0) } ?? .closed }
        return routes.answer(.get("/api/v1/summary", host: host, authorization.map { ("Authorization", $0) }))
            .status
    }

    private func basic(_ text: String) -> String { "Basic \(Data(text.utf8).base64EncodedString())" }

    @Test("lets in a request with it as a bearer token or as the password of any user, whatever Host says")
    func right() {
        #expect(status(["Bearer \(token)"]) == 200)
        #expect(status(["bearer   \(token)"]) == 200)
        #expect(status([basic("x:\(token)")]) == 200)
        #expect(status([basic(":\(token)")]) == 200)
        #expect(status(["basic " + basic("x:\(token)").dropFirst(6)], "localhost") == 200)
    }

    @Test("keeps out a request with no token, another one, a part of it, or two of them")
    func wrong() {
        #expect(status([]) == 401)
        #expect(status(["Bearer"]) == 401)
        #expect(status(["Bearer "]) == 401)
        #expect(status(["Bearer \(token)x"]) == 401)
        #expect(status(["Bearer \(token.dropLast())"]) == 401)
        #expect(status(["Bearer \(token.uppercased())"]) == 401)
        #expect(status(["Token \(token)"]) == 401)
        #expect(status([token]) == 401)
        #expect(status([basic(token)]) == 401)
        #expect(status([basic("\(token):x")]) == 401)
        #expect(status(["Basic \(token)"]) == 401)
        #expect(status(["Basic !!!"]) == 401)
        #expect(status(["Bearer \(token)", "Bearer \(token)"]) == 401)
    }

    @Test("is asked for in a way that browsers and programs understand, and is in no answer")
    func challenge() {
        let routes = SamplePool().console { [token] in ConsoleToken(token).map { .token($0) } ?? .closed }
        let answer = routes.answer(.get("/", [("Authorization", "Bearer \(token)x")]))
        #expect(answer.status == 401)
        let schemes = answer.headers.values("www-authenticate").map { $0.prefix { $0 != " " } }
        #expect(schemes == ["Basic", "Bearer"])
        #expect(!answer.bodyText.contains(token))
    }

    @Test("is needed before anything else is said, even that a path does not exist")
    func first() {
        let routes = SamplePool().console { [token] in ConsoleToken(token).map { .token($0) } ?? .closed }
        let targets = [
            "/nothing", "/api/v1/clusters/alice", "/api/v1/clusters?x=y", "http://localhost/", "*", "",
        ]
        for path in targets {
            #expect(routes.answer(.get(path)).status == 401)
        }
        #expect(
            SamplePool().console { .closed }.answer(.get("/", [("Authorization", "Bearer ")])).status == 503
        )
    }

    @Test("is read again after a while, and lets none in while its file is no longer usable")
    func rotation() {
        let file = Guarded("first-token-of-16\n")
        let time = Guarded(Duration.zero)
        let key = ConsoleKey(path: "/t", now: { time.value }, readFile: { _ in try file.text() })
        #expect(key.token?.matches("first-token-of-16".utf8) == true)
        file.value = "second-token-of-16"
        #expect(key.token?.matches("first-token-of-16".utf8) == true)
        time.value = ConsoleKey.period
        #expect(key.token?.matches("second-token-of-16".utf8) == true)
        #expect(key.token?.matches("first-token-of-16".utf8) == false)
        file.value = ""
        time.value = ConsoleKey.period * 2
        #expect(key.token == nil)
        file.value = "third-token-of-16-"
        time.value = ConsoleKey.period * 3
        #expect(key.token?.matches("third-token-of-16-".utf8) == true)
    }
}
