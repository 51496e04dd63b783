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

    @Test("from a version on, what came after it is sent, and nothing twice")
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

    @Test("without a version the present object comes first", arguments: ["", "&resourceVersion=0"])
    func present(query: String) {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        #expect(driver.events(driver.watch(query)).map(\.type) == ["ADDED"])
    }

    @Test("a version that is gone is one ERROR event with 410 and Expired, in a stream of 200")
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

    @Test("so many changes that they are no longer kept make old versions expire, too")
    func historyBound() {
        let driver = FleetDriver()
        for _ in 0..<100 {
            _ = driver.create()
            _ = driver.ask("DELETE")
        }
        #expect(driver.events(driver.watch("&resourceVersion=1001")).map(\.type) == ["ERROR"])
        #expect(driver.events(driver.watch("&resourceVersion=1198")).map(\.type) == ["ADDED", "DELETED"])
    }

    @Test("a version either expires or is followed by the very next one")
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

    @Test("timeoutSeconds ends the stream in time, with a last bookmark where wanted")
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

    @Test("a client that went away is forgotten")
    func disconnect() {
        let driver = FleetDriver()
        let watch = driver.watch()
        driver.fleet.disconnect(watch)
        _ = driver.create()
        #expect(driver.events(watch).isEmpty)
        #expect(driver.fleet.state(of: "user-1")?.watches == 0)
    }

    @Test("selectors that a server does not know, and versions that are none, are 400")
    func badRequests() {
        let driver = FleetDriver()
        #expect(driver.reply(driver.watch("&resourceVersion=abc"))?.status == 400)
        let query = "?watch=true&fieldSelector=spec.a%3Db"
        #expect(driver.ask("GET", query)?.status == 400)
    }
}
