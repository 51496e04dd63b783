import MockFleet
import SocketHTTP
import Testing

struct FaultTests {
    private func driver(_ fault: JSON, user: String = "*") -> FleetDriver {
        let driver = FleetDriver()
        #expect(driver.control("POST", "/users/\(user)/faults", fault) == ["ok": true])
        return driver
    }

    @Test(
        "a status comes with the requested body",
        arguments: [
            ("status", "application/json"), ("text", "text/plain; charset=utf-8"), ("html", "text/html"),
            ("empty", nil), ("oauth", "application/json"), ("json", "application/json"),
        ]
    )
    func status(body: String, type: String?) {
        let driver = driver(["kind": "status", "status": 503, "body": .string(body), "retryAfter": "7"])
        let reply = driver.ask("GET")
        #expect(reply?.status == 503)
        #expect(reply?.headers["retry-after"] == "7")
        #expect(reply?.headers["content-type"] == type)
        #expect((reply?.body.isEmpty == true) == (body == "empty"))
    }

    @Test("a policy and a quota refuse creations in the words of an API server, and refuse nothing else")
    func refusals() {
        let webhook = "admission webhook \"validate.example.com\" denied the request: label owner is required"
        for (fault, status, words) in [
            (["kind": "denied"], 400, webhook),
            (["kind": "denied", "status": 422, "content": "no"], 422, "no"),
            (["kind": "quota"], 403, "exceeded quota"),
        ] as [(JSON, Int, String)] {
            let driver = driver(fault)
            let reply = driver.create()
            #expect(reply?.status == status)
            #expect(reply?.json["message"]?.string?.contains(words) == true)
            #expect(driver.ask("GET")?.status == 404)
            #expect(driver.fleet.state(of: "user-1")?.daemonSets.isEmpty == true)
        }
        let deletions = driver(["kind": "denied", "verbs": ["delete"]])
        #expect(deletions.create()?.status == 201)
        #expect(deletions.ask("DELETE")?.status == 400)
    }

    @Test("verbs, count and skip select the requests that fail")
    func scope() {
        let driver = driver(["kind": "status", "verbs": ["get"], "count": 2, "skip": 1])
        #expect(driver.create()?.status == 201)
        let statuses = (0..<5).map { _ in driver.ask("GET")?.status }
        #expect(statuses == [200, 500, 500, 200, 200])
    }

    @Test("a user's faults do not affect others, and can be cleared")
    func oneUser() {
        let driver = driver(["kind": "status"], user: "user-1")
        #expect(driver.ask("GET", user: "user-2")?.status == 404)
        #expect(driver.ask("GET")?.status == 500)
        driver.control("DELETE", "/users/user-1/faults")
        #expect(driver.ask("GET")?.status == 404)
    }

    @Test("the token service fails only if the fault names it")
    func tokens() {
        let driver = driver(["kind": "status"])
        #expect(driver.tokenAnswer(FleetDriver.credentials)?.status == 200)
        driver.control("POST", "/users/*/faults", ["kind": "status", "verbs": ["token"], "body": "oauth"])
        #expect(driver.tokenAnswer(FleetDriver.credentials)?.json["error"] == "server_error")
    }

    @Test("a delay delays the answer and changes nothing else")
    func delay() {
        let driver = driver(["kind": "delay", "delayMs": 500, "headers": ["Warning": "299 - \"x\""]])
        let exchange = driver.send("POST", FleetDriver.collection, body: FleetDriver.sample())
        driver.advance(by: 499)
        #expect(driver.reply(exchange) == nil)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.isEmpty == true)
        driver.advance(by: 1)
        #expect(driver.reply(exchange)?.status == 201)
        #expect(driver.reply(exchange)?.headers["warning"] == "299 - \"x\"")
    }

    @Test("a watch whose client left during its delay is not opened")
    func delayedAndLeft() {
        let driver = driver(["kind": "delay", "delayMs": 500])
        let exchange = driver.watch()
        driver.fleet.disconnect(exchange)
        driver.advance(by: 500)
        #expect(driver.fleet.state(of: "user-1")?.watches == 0)
        #expect(driver.effects[exchange] == nil)
    }

    @Test("a dropped request takes effect only if the fault says so", arguments: [true, false])
    func drop(takesEffect: Bool) {
        let driver = driver(["kind": "drop", "takesEffect": .bool(takesEffect), "verbs": ["create"]])
        let exchange = driver.send("POST", FleetDriver.collection, body: FleetDriver.sample())
        #expect(driver.wasReset(exchange))
        #expect(driver.reply(exchange) == nil)
        #expect(driver.ask("GET")?.status == (takesEffect ? 200 : 404))
    }

    @Test("a server that never answers sends nothing, however long the client waits")
    func never() {
        let driver = driver(["kind": "never"])
        let exchange = driver.send("GET", "\(FleetDriver.collection)/kip")
        driver.advance(by: 1_000_000)
        #expect(driver.effects[exchange] == nil)
    }

    @Test("a cut answer promises more than it sends")
    func cut() throws {
        let driver = driver(["kind": "cut", "verbs": ["get"]])
        let whole = try #require(driver.create()).body
        let exchange = driver.send("GET", "\(FleetDriver.collection)/kip")
        let effects = try #require(driver.effects[exchange])
        guard case .start(_, _, .length(let length)) = effects[0], case .write(_, let bytes) = effects[1]
        else {
            Issue.record("not a stream: \(effects)")
            return
        }
        #expect(length == whole.count)
        #expect(bytes.count == whole.count / 2)
        #expect(driver.wasReset(exchange))
    }

    @Test("a dripped answer is sent one byte at a time, and ends after the last one")
    func drip() {
        let driver = driver(["kind": "drip", "afterMs": 10])
        let exchange = driver.send("GET", "\(FleetDriver.collection)/kip")
        driver.advance(by: 95)
        #expect(driver.effects[exchange]?.count == 11)
        driver.advance(by: 100_000)
        #expect(driver.hasEnded(exchange))
        #expect(driver.events(exchange).count == 1)
    }

    @Test("endless and huge answers are filled by the server as they are sent")
    func fill() {
        let endless = driver(["kind": "endless"])
        let first = endless.send("GET", "\(FleetDriver.collection)/kip")
        #expect(endless.effects[first]?.last == .fill(first, bytes: nil))
        let huge = driver(["kind": "huge", "bytes": 1000])
        let second = huge.send("GET", "\(FleetDriver.collection)/kip")
        #expect(huge.effects[second]?.last == .fill(second, bytes: 1000))
    }

    @Test("a response head can be cut after its first line, also that of a watch")
    func cutHead() {
        let driver = driver(["kind": "cutHead"])
        for exchange in [driver.send("GET", "\(FleetDriver.collection)/kip"), driver.watch()] {
            #expect(driver.effects[exchange] == [.last(exchange, Array("HTTP/1.1 200 OK\r\n".utf8))])
        }
    }

    @Test("a redirect names its target, and the trap counts the requests that followed it")
    func redirect() {
        let driver = driver(["kind": "redirect", "location": "http://127.0.0.1:1/trap/x"])
        let reply = driver.ask("GET")
        #expect(reply?.status == 307)
        #expect(reply?.headers["location"] == "http://127.0.0.1:1/trap/x")
        let request = HTTPRequest(method: "GET", target: "/trap/x", headers: ["Authorization": "Bearer t"])
        _ = driver.fleet.control(request, at: .zero)
        let trapped = driver.control("GET", "/trap")["requests"]?[0]
        #expect(trapped?["path"] == "/trap/x")
        #expect(trapped?["strayImpersonation"] == ["authorization"])
    }

    @Test("objects can be spoiled in four ways")
    func spoiled() throws {
        let driver = FleetDriver()
        _ = driver.create()
        func spoiled(_ kind: String) -> Reply? {
            driver.control("POST", "/users/user-1/faults", ["kind": .string(kind), "count": 1])
            return driver.ask("GET")
        }
        #expect(spoiled("otherKind")?.json["kind"] == "ConfigMap")
        #expect(spoiled("wrongName")?.json.at("metadata", "name") == "another-name")
        for kind in ["malformed", "truncated"] {
            let reply = try #require(spoiled(kind))
            #expect(reply.status == 200)
            #expect(reply.json == .null)
            #expect(!reply.body.isEmpty)
        }
    }

    @Test("watches can be closed, cut, silenced and expired")
    func watches() {
        func watch(_ fault: JSON) -> (FleetDriver, Int) {
            let driver = driver(fault)
            let exchange = driver.watch()
            driver.advance(by: 100)
            _ = driver.create()
            return (driver, exchange)
        }
        let (closed, first) = watch(["kind": "closeWatch"])
        #expect(closed.hasEnded(first) && closed.events(first).isEmpty)
        let (late, second) = watch(["kind": "closeWatch", "afterMs": 200])
        #expect(!late.hasEnded(second) && late.events(second).count == 1)
        let (cut, third) = watch(["kind": "cutWatch", "afterMs": 50])
        #expect(cut.wasReset(third) && !cut.hasEnded(third))
        let (silent, fourth) = watch(["kind": "silentWatch"])
        silent.advance(by: 10_000_000)
        #expect(silent.effects[fourth]?.count == 1)
        let (expired, fifth) = watch(["kind": "expiredWatch"])
        #expect(expired.events(fifth).map(\.type) == ["ERROR"] && expired.hasEnded(fifth))
    }

    @Test(
        "a control request that is not understood is refused and changes nothing",
        arguments: [
            ("/users/*/faults", ["kind": "statuss"]), ("/users/*/faults", ["kind": "status", "verb": "get"]),
            ("/users/*/faults", ["kind": "status", "verbs": ["list"]]),
            ("/users/not-a-user/faults", ["kind": "drop"]),
            ("/users/*/faults", ["kind": "status", "status": 99]), ("/users/user-1", ["nodes": "ill"]),
            ("/users/user-1", ["nodes": ["9": "dead"]]), ("/users/user-1/actions", ["action": "explode"]),
            ("/users/user-1/actions", ["action": "deleteDaemonSet"]), ("/tokens", ["expires": 1]),
            ("/nothing", [:]),
        ] as [(String, JSON)]
    )
    func refused(path: String, body: JSON) {
        let driver = FleetDriver()
        #expect(driver.control("POST", path, body)["error"]?.string != nil)
        #expect(driver.ask("GET")?.status == 404)
    }
}
