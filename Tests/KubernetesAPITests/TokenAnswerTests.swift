import Foundation
import Testing

@testable import KubernetesAPI
@testable import PullerCore

@Suite("The answer of a token service")
struct TokenAnswerTests {
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
        "may have expires_in as a number or a numeric string; anything else means unlimited",
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

    private func message(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> String? {
        var response = KubernetesAPI.HTTPResponse(
            head: HTTPResponseHead(status: status, headers: headers),
            body: Array(body.utf8)
        )
        response.url = "https://auth.example.com/api/token"
        return #expect(throws: Failure.self) { try TokenIssuer.token(in: response, from: "URL") }?.message
    }

    @Test(
        "with status 200 but no usable token is quoted in the failure",
        arguments: [
            ("", "the answer is not a JSON object but empty"),
            ("[]", "the answer is not a JSON object but of no named type"),
            ("{\"access_token\":\"cut", "the answer is not a JSON object but of no named type"),
            ("{}", "the answer has no members"),
            ("{\"id_token\":\"x\",\"a\":1}", "the answer has the members a, id_token"),
            ("{\"access_token\":\"\"}", "it is empty"), ("{\"access_token\":null}", "it is not a string"),
            ("{\"access_token\":7}", "it is not a string"),
            ("{\"access_token\":\"a\\r\\nX: y\"}", "it holds characters that no header can carry"),
            ("{\"access_token\":\"ü\"}", "it holds characters that no header can carry"),
            ("{\"error\":\"invalid_client\"}", "invalid_client"),
            ("{\"error\":{\"code\":7,\"message\":\"no such client\"}}", "no such client"),
        ]
    )
    func noToken(body: String, what: String) {
        #expect(message(200, body) == "URL answered 200 without a usable access_token: \(what)")
    }

    @Test("with status 200 whose body is not a JSON object is described, even if its content type is JSON")
    func otherJSON() {
        let type = ["content-type": "application/json; charset=utf-8"]
        let said = "URL answered 200 without a usable access_token: the answer is not a JSON object but "
        #expect(message(200, "[]", type) == said + "other JSON")
        #expect(message(200, "\"a-token\"", type) == said + "other JSON")
        #expect(message(200, "{\"access_token\":\"", type) == said + "application/json that cannot be parsed")
        let packed = type.merging(["content-encoding": "gzip"]) { $1 }
        #expect(message(200, "\u{1F}\u{8B}", packed) == said + "compressed (gzip), which was not asked for")
    }

    @Test("that says nothing is reported with what is likely to help")
    func advice() {
        let address =
            " (is that the right address? OIDC_PROVIDER is what comes before /token, OIDC_TOKEN_URL all of it)"
        #expect(message(404, "") == "URL answered 404\(address)")
        #expect(message(405, "{\"error\":\"no\"}") == "URL answered 405\(address): no")
        #expect(
            message(401, "")
                == "URL answered 401: SERVICE_ACCOUNT_ID or SERVICE_ACCOUNT_SECRET is wrong, perhaps"
        )
        #expect(message(201, "{}") == "URL answered 201 where 200 was expected")
        let challenge = "Bearer realm=\"r\", error=\"invalid_client\", error_description=\"it is locked\""
        #expect(
            message(401, "", ["www-authenticate": challenge])
                == "URL answered 401: invalid_client: it is locked"
        )
        #expect(message(401, "no", ["www-authenticate": challenge]) == "URL answered 401: no")
    }

    @Test(
        "with status 200 and an HTML page is reported with the page's title, and any other text, which may be a token, is not shown"
    )
    func loginPage() {
        let page = "<!DOCTYPE html><html><head><title>\n Log in &amp; go </title></head><body>x</body></html>"
        #expect(
            message(200, page, ["content-type": "text/html; charset=utf-8"])
                == "URL answered 200 without a usable access_token: the answer is not a JSON object but text/html; "
                + "a login page or a gateway, perhaps: Log in & go"
        )
        #expect(message(200, "eyJhbGciOi.abc.def", ["content-type": "text/plain"])?.contains("eyJ") == false)
        #expect(message(200, "{\"access_token\":\"eyJhbGciOi")?.contains("eyJ") == false)
        #expect(message(200, "{\"token\":\"eyJhbGciOi\"}")?.contains("eyJ") == false)
        #expect(message(201, "{\"access_token\":\"eyJhbGciOi\"}")?.contains("eyJ") == false)
    }

    @Test(
        "is rejected if the token's type is not bearer, and the failure names the type",
        arguments: ["DPoP", "mac", "N_A"]
    )
    func otherType(type: String) {
        #expect(
            message(200, "{\"access_token\":\"t\",\"token_type\":\"\(type)\"}")
                == "URL answered with a token of the type \"\(type)\": the puller can use bearer tokens only"
        )
    }

    @Test("may have a token without a type, or of type bearer in upper or lower case")
    func bearer() throws {
        for member in [
            "", ",\"token_type\":\"bearer\"", ",\"token_type\":\"BEARER\"", ",\"token_type\":null",
        ] {
            #expect(try issued("{\"access_token\":\"t\"\(member)}").value == Secret("t"))
        }
    }

    @Test(
        "with a refusal is quoted, in the form of each provider",
        arguments: [
            // OAuth (RFC 6749), fabric8-auth and JSON:API, Okta, Azure, Google, Auth0, Spring, Ping, plain text, a page.
            (
                "{\"error\":\"invalid_scope\",\"error_description\":\"no such scope\"}",
                "invalid_scope: no such scope"
            ),
            (
                "{\"errors\":[{\"code\":\"x\",\"detail\":\"wrong\",\"status\":\"401\",\"title\":\"Unauthorized\"}]}",
                "Unauthorized: wrong"
            ),
            ("{\"errorCode\":\"E1\",\"errorSummary\":\"bad client\",\"errorCauses\":[]}", "E1: bad client"),
            (
                "{\"error\":\"a\",\"error_description\":\"AADSTS70:\\r\\n  Trace ID: 1\"}",
                "a: AADSTS70: Trace ID: 1"
            ),
            ("{\"error\":{\"code\":403,\"message\":\"no\",\"status\":\"DENIED\"}}", "no"),
            ("{\"statusCode\":429,\"error\":\"Too Many\",\"message\":\"slow down\"}", "Too Many: slow down"),
            ("{\"timestamp\":1,\"status\":404,\"error\":\"Not Found\",\"path\":\"/x\"}", "Not Found"),
            ("{\"code\":\"X\",\"message\":\"m\",\"details\":[{\"message\":\"d\"}]}", "m: d"),
            ("{\"error\":\"same\",\"message\":\"Same\"}", "same"),
            ("{\"title\":\"Bad Request\",\"detail\":\"Bad request: no scope\"}", "Bad request: no scope"),
            ("{\"message\":\"It failed.\",\"details\":[{\"message\":\"d\"}]}", "It failed. d"),
            ("{\"error\":\"busy\",\"message\":\"busy: try again\"}", "busy: try again"),
            ("{\"error\":\"no\",\"message\":\"not known\"}", "no: not known"),
            ("{\"error_message\":\"no\"}", "no"), ("{\"fault\":{\"faultstring\":\"no\"}}", "no"),
            (
                "<html><title>dex</title><h2>Bad Request</h2><p>No such grant.</p></html>",
                "dex: Bad Request No such grant."
            ),
            ("{\"errors\":[\"one\",\"two\"]}", "one: two"),
            ("{\"unknown\":  1}", "{\"unknown\": 1}"), ("no such\n service\n", "no such service"),
            ("<html><style>a{}</style><h1>502</h1>\noops</html>", "502 oops"),
            ("{\"error\":\"a\\nb\\u001b[31m\"}", "a b\\u{1b}[31m"), ("a\0b", "3 bytes that are not text"),
        ]
    )
    func refusals(body: String, said: String) {
        #expect(message(400, body) == "URL answered 400: \(said)")
    }

    @Test("with a refusal is reported without a body too, and a long body is cut")
    func shortAndLong() {
        #expect(message(500, "") == "URL answered 500")
        let long = message(500, String(repeating: "word ", count: 10_000))
        #expect(long?.hasPrefix("URL answered 500: word word") == true)
        #expect(long?.hasSuffix("…") == true)
        #expect((long?.count ?? 0) < 350)
    }

    @Test("that is long and is cut shows no part of a secret", arguments: [1, 5, 9, 16])
    func cutAnswer(shown: Int) {
        let secret = "0123456789abcdef"
        for (start, filler) in [("", " "), ("<html>", "<br/>")] {
            let before = start + String(repeating: filler, count: 65_536)
            let body = before.prefix(65_536 - shown) + secret + String(repeating: " ", count: 1000)
            var response = KubernetesAPI.HTTPResponse(
                head: HTTPResponseHead(status: 500, headers: [:]),
                body: Array(body.utf8)
            )
            response.confidences = Confidences([Secret(secret)])
            #expect(!response.said.contains("0"), "\(response.said)")
        }
    }

    @Test(
        "that is a redirect is reported with its target, without the query, and the variable that takes that address"
    )
    func redirect() {
        let advice =
            ": redirects are not followed; if that is the token service, set OIDC_TOKEN_URL to that address"
        // OIDC_PROVIDER cannot have an address with anything after /token.
        let orProvider = ", or OIDC_PROVIDER to it without its last /token"
        for (location, target) in [
            ("/api/token/", "https://auth.example.com/api/token/"),
            ("https://login.example.com/?state=s", "https://login.example.com/?<redacted>"),
            ("https://joe:pass@login.example.com/", "https://<redacted>@login.example.com/"),
            ("https://id.example.com/token", "https://id.example.com/token"),
        ] {
            let advice = target.hasSuffix("/token") ? advice + orProvider : advice
            #expect(
                message(301, "moved", ["location": location])
                    == "URL answered 301 and redirects to \(target)\(advice)"
            )
        }
        #expect(message(302, "") == "URL answered 302 without a Location: redirects are not followed")
    }

    @Test(
        "leads to a hint if the service expects TLS, or if a proxy requires a password"
    )
    func remedies() {
        let said = "Client sent an HTTP request to an HTTPS server."
        #expect(message(400, said)?.contains("the URL should begin with https://") == true)
        #expect(message(400, "bad")?.contains("https://") == false)
        #expect(message(407, "")?.contains("the HTTP proxy wants a user and a password") == true)
    }

    @Test("may say when to retry, which is passed on")
    func retryAfter() {
        let failure = #expect(throws: Failure.self) { try issued("", status: 503, retryAfter: "17") }
        #expect(failure?.retryAfter == .seconds(17))
    }
}
