import MockFleet
import SocketHTTP
import Testing

struct ProxyTests {
    @Test("an unknown user, no user and an unknown token all give 401 with an empty body")
    func unauthorized() {
        let driver = FleetDriver()
        let replies = [
            driver.ask("GET", user: "not-a-user"), driver.ask("GET", user: nil),
            driver.ask("GET", token: "bad"),
            driver.ask("GET", "/../../../other/daemonsets/kip"),
        ]
        #expect(replies[0]?.status == 401)
        for reply in replies.prefix(3) {
            #expect(reply?.status == 401)
            #expect(reply?.body == [])
        }
    }

    @Test("a token of another account is not accepted")
    func otherAccount() {
        let driver = FleetDriver()
        let form = "grant_type=client_credentials&client_id=other-account&client_secret=other-secret"
        let other = driver.tokenAnswer(form)?.json["access_token"]?.string ?? ""
        #expect(!other.isEmpty)
        #expect(driver.ask("GET", token: other)?.status == 401)
    }

    @Test("a base URL that ends in /api gives the same answers")
    func apiPrefix() {
        let driver = FleetDriver()
        _ = driver.create()
        let exchange = driver.send("GET", "/api\(FleetDriver.collection)/kip")
        #expect(driver.reply(exchange)?.status == 200)
    }

    @Test("in path mode, the path selects the cluster")
    func pathMode() {
        let driver = FleetDriver()
        _ = driver.create(user: "user-2")
        let known = driver.send("GET", "/clusters/user%2D2\(FleetDriver.collection)/kip", user: nil)
        #expect(driver.reply(known)?.status == 200)
        let unknown = driver.send("GET", "/clusters/not-a-user\(FleetDriver.collection)/kip", user: nil)
        #expect(driver.reply(unknown)?.status == 404)
        #expect(driver.reply(unknown)?.json == .null)
    }

    @Test("an unknown target cluster gives 404 as plain text")
    func unknownTarget() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["target": "unknown"])
        let reply = driver.ask("GET")
        #expect(reply?.status == 404)
        #expect(reply?.headers["content-type"]?.hasPrefix("text/plain") == true)
    }

    @Test(
        "verbs beyond the four are forbidden with a Status",
        arguments: ["PUT", "PATCH", "LIST", "DELETEALL"]
    )
    func forbidden(verb: String) {
        let driver = FleetDriver()
        let reply =
            switch verb {
            case "LIST": driver.ask("GET", "")
            case "DELETEALL": driver.ask("DELETE", "")
            default: driver.ask(verb, body: FleetDriver.sample())
            }
        #expect(reply?.status == 403)
        #expect(reply?.reason == "Forbidden")
    }

    @Test("a missing namespace gives 401, or the cluster's own 404 if the request reaches the cluster")
    func namespace() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["namespace": "missing"])
        #expect(driver.ask("GET")?.status == 401)
        #expect(driver.create()?.body == [])
        driver.control("POST", "/users/user-1", ["namespace": "missingInCluster"])
        #expect(driver.ask("GET")?.json.at("details", "kind") == "daemonsets")
        let created = driver.create()
        #expect(created?.message == "namespaces \"k8s-image-puller\" not found")
        #expect(created?.json["details"] == ["name": "k8s-image-puller", "kind": "namespaces"])
        let elsewhere = driver.send("GET", "/apis/apps/v1/namespaces/other/daemonsets/kip", user: "user-2")
        #expect(driver.reply(elsewhere)?.status == 401)
    }

    @Test("after a secret is rotated, the cluster answers 401 until it gets a newly issued token")
    func rotation() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.control("POST", "/users/user-1/actions", ["action": "rotateSecret"])
        #expect(driver.ask("GET")?.status == 401)
        #expect(driver.ask("GET")?.reason == "Unauthorized")
        #expect(driver.ask("GET", user: "user-2")?.status == 404)
        driver.token = driver.newToken()
        #expect(driver.ask("GET")?.status == 200)
    }

    @Test(
        "revoked and expired tokens are refused, and a new one is accepted",
        arguments: ["revokeAll", "expireAll"]
    )
    func ended(action: String) {
        let driver = FleetDriver()
        #expect(driver.ask("GET")?.status == 404)
        driver.control("POST", "/tokens", ["action": .string(action)])
        #expect(driver.ask("GET")?.status == 401)
        driver.token = driver.newToken()
        #expect(driver.ask("GET")?.status == 404)
    }

    @Test("a token expires at the end of its lifetime")
    func lifetime() {
        let driver = FleetDriver()
        driver.control("POST", "/tokens", ["lifetimeMs": 1000])
        driver.token = driver.newToken()
        driver.advance(by: 999)
        #expect(driver.ask("GET")?.status == 404)
        driver.advance(by: 1)
        #expect(driver.ask("GET")?.status == 401)
    }

    @Test("each new token can be refused once")
    func refusedOnce() {
        let driver = FleetDriver()
        driver.control("POST", "/tokens", ["refuseFirst": 1])
        driver.token = driver.newToken()
        #expect(driver.ask("GET")?.status == 401)
        #expect(driver.ask("GET")?.status == 404)
    }

    @Test("unexpected impersonation headers fail at the cluster and are logged")
    func stray() {
        let driver = FleetDriver()
        let target = "\(FleetDriver.collection)/kip"
        let exchange = driver.send(
            "GET",
            target,
            headers: [("Impersonate-Uid", "7"), ("Impersonate-Extra-A", "b")]
        )
        #expect(driver.reply(exchange)?.status == 500)
        #expect(
            driver.fleet.requestLog.last?.strayImpersonation == ["impersonate-uid", "impersonate-extra-a"]
        )
    }

    @Test("groups do not reach the cluster, and are logged one for each line")
    func groups() {
        let driver = FleetDriver()
        let exchange = driver.send(
            "GET",
            "\(FleetDriver.collection)/kip",
            headers: [("Impersonate-Group", "a, b"), ("Impersonate-Group", "c")]
        )
        #expect(driver.reply(exchange)?.status == 404)
        #expect(driver.fleet.requestLog.last?.groups == ["a, b", "c"])
        #expect(driver.fleet.requestLog.last?.strayImpersonation == [])
    }

    @Test("console and logs are redirected")
    func redirected() {
        let driver = FleetDriver()
        #expect(driver.reply(driver.send("GET", "/console"))?.status == 307)
    }

    @Test("requests are counted by verb and user, and logged")
    func counts() {
        let driver = FleetDriver()
        _ = driver.create()
        _ = driver.ask("GET")
        _ = driver.ask("GET", user: "user-2")
        _ = driver.ask("DELETE")
        let mine = driver.fleet.state(of: "user-1")?.counts
        #expect(mine == driver.fleet.state(of: "user-1")?.counts)
        #expect(mine?.get == 1)
        #expect(mine?.create == 1)
        #expect(mine?.delete == 1)
        #expect(driver.fleet.requestCounts.get == 2)
        #expect(driver.fleet.requestCounts.token == 1)
        #expect(driver.fleet.requestLog.map(\.status) == [200, 201, 200, 404, 200])
        #expect(driver.fleet.requestLog[1].user == "user-1")
        driver.control("DELETE", "/counts")
        #expect(driver.fleet.requestCounts.total == 0)
        #expect(driver.fleet.requestLog.isEmpty)
    }

    @Test("the log keeps the latest requests only")
    func boundedLog() {
        let driver = FleetDriver { $0.logCapacity = 3 }
        for name in ["/a", "/b", "/c", "/d", "/e"] { _ = driver.ask("GET", name) }
        #expect(driver.fleet.requestLog.map { $0.target.suffix(2) } == ["/c", "/d", "/e"])
    }
}
