import MockFleet
import Testing

extension FleetDriver {
    func watch(_ query: String = "", user: String = "user-1") -> Int {
        send("GET", "\(Self.collection)?watch=true&fieldSelector=metadata.name%3Dkip\(query)", user: user)
    }
}

struct WatchTests {
    @Test("a rollout is seen as ADDED and MODIFIED, a deletion as DELETED, each with a later version")
    func life() {
        let driver = FleetDriver()
        let watch = driver.watch()
        _ = driver.create()
        driver.advance(by: 1000)
        _ = driver.ask("DELETE")
        let events = driver.events(watch)
        #expect(events.map(\.type) == ["ADDED", "MODIFIED", "MODIFIED", "MODIFIED", "MODIFIED", "DELETED"])
        let versions = events.compactMap { $0.object.at("metadata", "resourceVersion")?.string }.compactMap {
            Int($0)
        }
        #expect(versions == versions.sorted() && Set(versions).count == 6)
        #expect(events[4].object.at("status", "numberReady") == 3)
    }

    @Test("other names and other clusters are not seen")
    func filtered() {
        let driver = FleetDriver()
        let watch = driver.watch()
        _ = driver.create(FleetDriver.sample(name: "other"))
        _ = driver.create(user: "user-2")
        driver.advance(by: 1000)
        #expect(driver.events(watch).isEmpty)
    }

    @Test("a watch from a version sends everything that came after it, and nothing twice")
    func resumes() throws {
        let driver = FleetDriver()
        let object = try #require(driver.create()?.json)
        let version = try #require(object.at("metadata", "resourceVersion")?.string)
        driver.advance(by: 50)
        let watch = driver.watch("&resourceVersion=\(version)")
        #expect(driver.events(watch).map(\.type) == ["MODIFIED"])
        driver.advance(by: 1000)
        #expect(driver.events(watch).map(\.type) == ["MODIFIED", "MODIFIED", "MODIFIED", "MODIFIED"])
    }

    @Test("a watch without a version begins with the present object", arguments: ["", "&resourceVersion=0"])
    func present(query: String) {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        #expect(driver.events(driver.watch(query)).map(\.type) == ["ADDED"])
    }

    @Test(
        "a watch from an expired version gives one ERROR event with 410 and Expired, in a stream of status 200"
    )
    func expired() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.control("POST", "/users/user-1/actions", ["action": "compact"])
        let watch = driver.watch("&resourceVersion=1000")
        let events = driver.events(watch)
        #expect(events.map(\.type) == ["ERROR"])
        #expect(events.first?.object["code"] == 410)
        #expect(events.first?.object["reason"] == "Expired")
        #expect(driver.hasEnded(watch))
    }

    @Test("old versions also expire when more changes follow than are kept")
    func historyBound() {
        let driver = FleetDriver()
        for _ in 0..<100 {
            _ = driver.create()
            _ = driver.ask("DELETE")
        }
        #expect(driver.events(driver.watch("&resourceVersion=1001")).map(\.type) == ["ERROR"])
        #expect(driver.events(driver.watch("&resourceVersion=1198")).map(\.type) == ["ADDED", "DELETED"])
    }

    @Test("a watch from any version expires or begins with the very next change")
    func noGaps() throws {
        let driver = FleetDriver()
        for _ in 0..<100 {
            _ = driver.create()
            _ = driver.ask("DELETE")
        }
        var expired = 0
        for version in 1000..<1200 {
            let first = try #require(driver.events(driver.watch("&resourceVersion=\(version)")).first)
            if first.type == "ERROR" {
                expired += 1
            } else {
                #expect(first.object.at("metadata", "resourceVersion")?.string == String(version + 1))
            }
        }
        #expect((70..<140).contains(expired))
    }

    @Test("timeoutSeconds ends the stream in time, with a last bookmark if requested")
    func timeout() {
        let driver = FleetDriver()
        let plain = driver.watch("&timeoutSeconds=2")
        let marked = driver.watch("&timeoutSeconds=2&allowWatchBookmarks=true")
        driver.advance(by: 1999)
        #expect(!driver.hasEnded(plain))
        driver.advance(by: 1)
        #expect(driver.hasEnded(plain) && driver.hasEnded(marked))
        #expect(driver.events(plain).isEmpty)
        #expect(driver.events(marked).map(\.type) == ["BOOKMARK"])
        #expect(driver.fleet.state(of: "user-1")?.watches == 0)
    }

    @Test("bookmarks come at their interval")
    func bookmarks() {
        let driver = FleetDriver { $0.bookmarkInterval = .seconds(1) }
        let watch = driver.watch("&timeoutSeconds=60&allowWatchBookmarks=true")
        driver.advance(by: 3500)
        #expect(driver.events(watch).map(\.type) == ["BOOKMARK", "BOOKMARK", "BOOKMARK"])
    }

    @Test("the watch of a client that went away is forgotten")
    func disconnect() {
        let driver = FleetDriver()
        let watch = driver.watch()
        driver.fleet.disconnect(watch)
        _ = driver.create()
        #expect(driver.events(watch).isEmpty)
        #expect(driver.fleet.state(of: "user-1")?.watches == 0)
    }

    @Test("unknown field selectors and invalid versions give 400")
    func badRequests() {
        let driver = FleetDriver()
        #expect(driver.reply(driver.watch("&resourceVersion=abc"))?.status == 400)
        let query = "?watch=true&fieldSelector=spec.a%3Db"
        #expect(driver.ask("GET", query)?.status == 400)
    }
}
