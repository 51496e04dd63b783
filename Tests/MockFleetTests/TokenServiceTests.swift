import Foundation
import MockFleet
import SocketHTTP
import Testing

struct TokenServiceTests {
    private static let good = FleetDriver.credentials

    @Test("fabric8 gives a JWT with a fresh jti and no expiry")
    func fabric8() throws {
        let driver = FleetDriver()
        let first = try #require(driver.tokenAnswer(Self.good))
        #expect(first.status == 200)
        #expect(first.headers["content-type"] == "application/vnd.oauthtoken+json")
        #expect(Set(first.json.members?.keys.map { $0 } ?? []) == ["access_token", "token_type"])
        let claims = try claims(first)
        #expect(claims["exp"] == nil)
        #expect(claims["iat"] == 1_700_000_000)
        #expect(try claims["jti"] != self.claims(try #require(driver.tokenAnswer(Self.good)))["jti"])
    }

    private func claims(_ reply: Reply) throws -> JSON {
        let token = try #require(reply.json["access_token"]?.string)
        let parts = token.split(separator: ".")
        #expect(parts.count == 3)
        var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        return try JSON(parsing: try #require(Data(base64Encoded: text)))
    }

    @Test(
        "fabric8 refuses unknown clients and grants in its own error format",
        arguments: [
            // A run of the tests prints these, and what it prints must not have the secret.
            ("grant_type=client_credentials&client_id=rh-che&client_secret=$SECRET&scope=a", 400),
            ("grant_type=client_credentials&client_id=rh-che", 400),
            ("grant_type=password&client_id=rh-che&client_secret=$SECRET", 400), ("", 400),
            ("grant_type=client_credentials&client_id=rh-che&client_secret=wrong", 401),
            ("grant_type=client_credentials&client_id=who&client_secret=$SECRET", 401),
        ]
    )
    func refused(form: String, status: Int) throws {
        let driver = FleetDriver()
        let reply = try #require(driver.tokenAnswer(form.replacing("$SECRET", with: "mock-secret")))
        #expect(reply.status == status)
        #expect(reply.headers["content-type"] == "application/vnd.api+json")
        #expect(reply.json["errors"]?[0]?["status"]?.string == String(status))
    }

    @Test("a chunked body gives 400, another method gives 404, and a doubled slash is redirected")
    func otherRequests() {
        let driver = FleetDriver()
        var request = HTTPRequest(method: "POST", target: "/api/token", body: Array(Self.good.utf8))
        request.headers.add("Content-Type", "application/x-www-form-urlencoded")
        request.isChunked = true
        #expect(driver.reply(driver.send(request))?.status == 400)
        request.method = "GET"
        #expect(driver.reply(driver.send(request))?.status == 404)
        request.target = "/api//token"
        #expect(driver.reply(driver.send(request))?.status == 301)
        request.target = "/token"
        #expect(driver.reply(driver.send(request))?.status == 404)
    }

    @Test("an OIDC provider sends expires_in as a number or as text, and takes a scope")
    func oidc() {
        let driver = FleetDriver { $0.profile = .oidc }
        let reply = driver.tokenAnswer("\(Self.good)&scope=a+b")
        #expect(reply?.json["expires_in"] == 300)
        #expect(reply?.json["scope"] == "a b")
        driver.control("POST", "/tokens", ["expiresInAsText": true, "expiresIn": 60])
        #expect(driver.tokenAnswer(Self.good)?.json["expires_in"] == "60")
        driver.control("POST", "/tokens", ["expiresIn": 0])
        #expect(driver.tokenAnswer(Self.good)?.json["expires_in"] == nil)
    }

    @Test("expires_in is sent as configured, whatever it is")
    func anyExpiry() {
        let driver = FleetDriver { $0.profile = .oidc }
        for sent: JSON in [-5, "300", "soon", .null, [300]] {
            driver.control("POST", "/tokens", ["expiresInSent": sent])
            #expect(driver.tokenAnswer(Self.good)?.json["expires_in"] == sent)
        }
    }

    @Test("after a client secret is rotated, only the new one is accepted")
    func rotatedClientSecret() {
        let driver = FleetDriver()
        driver.control("POST", "/tokens", ["clientSecret": "another"])
        #expect(driver.tokenAnswer(Self.good)?.status == 401)
        let form = Self.good.replacing("mock-secret", with: "another")
        #expect(driver.tokenAnswer(form)?.status == 200)
    }

    @Test("HTTP Basic is form-decoded, and is enough for OIDC but not for fabric8")
    func basic() {
        let id = "a b:c"
        let secret = "p%+&ä"
        func change(_ settings: inout FleetSettings) {
            settings.clientID = id
            settings.clientSecret = secret
        }
        let pair = Data("a+b%3Ac:p%25%2B%26%C3%A4".utf8).base64EncodedString()
        let headers = [("Authorization", "Basic \(pair)")]
        let oidc = FleetDriver {
            change(&$0)
            $0.profile = .oidc
        }
        #expect(oidc.tokenAnswer("grant_type=client_credentials", headers)?.status == 200)
        let fabric8 = FleetDriver(change)
        #expect(fabric8.tokenAnswer("grant_type=client_credentials", headers)?.status == 400)
    }

    @Test("OIDC errors are those of RFC 6749")
    func oidcErrors() {
        let driver = FleetDriver { $0.profile = .oidc }
        let wrong = driver.tokenAnswer("grant_type=client_credentials&client_id=rh-che&client_secret=wrong")
        #expect(wrong?.status == 401)
        #expect(wrong?.json["error"] == "invalid_client")
        #expect(
            driver.tokenAnswer("grant_type=password&client_id=a&client_secret=b")?.json["error"]
                == "unsupported_grant_type"
        )
    }
}
