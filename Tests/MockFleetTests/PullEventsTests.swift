import Testing

@testable import MockFleet

@Suite("The events of simulated kubelets")
struct PullEventsTests {
    private let events = "/api/v1/namespaces/k8s-image-puller/events"

    private func get(_ driver: FleetDriver, _ path: String) -> Reply? {
        driver.reply(driver.send("GET", path))
    }

    @Test("are forbidden until they are allowed, and then say how long each image took on each node")
    func readable() {
        let driver = FleetDriver()
        #expect(get(driver, events)?.status == 403)
        driver.control("POST", "/users/user-1", ["events": "readable"])
        #expect(get(driver, events)?.json["kind"]?.string == "EventList")
        #expect(driver.create()?.status == 201)
        driver.advance(by: 300)
        let items = get(driver, events)?.json["items"]?.elements ?? []
        #expect(!items.isEmpty && items.count % 3 == 0)
        #expect(Set(items.compactMap { $0["source"]?["host"]?.string }) == ["node-0", "node-1", "node-2"])
        for item in items {
            #expect(item["reason"]?.string == "Pulled")
            #expect(item["message"]?.string?.hasPrefix("Successfully pulled image \"") == true)
            #expect(item["message"]?.string?.contains("ms including waiting). Image size: ") == true)
        }
        let selected = events + "?fieldSelector=involvedObject.kind%3DPod%2Creason%3DPulled"
        #expect(get(driver, selected)?.json["items"]?.elements?.count == items.count)
        let others = events + "?fieldSelector=reason%3DFailed"
        #expect(get(driver, others)?.json["items"]?.elements?.isEmpty == true)
        #expect(get(driver, selected + "&limit=2")?.json["items"]?.elements?.count == 2)
        let refused = driver.control("POST", "/users/user-1", ["events": "odd"])
        #expect(refused["error"]?.string?.contains("none of forbidden") == true)
    }

    @Test(
        "have times as Go writes them",
        arguments: [
            (0, "0s"), (853, "853ms"), (1000, "1s"), (1500, "1.5s"), (41_020, "41.02s"), (62_500, "1m2.5s"),
            (3_600_000, "1h0m0s"),
        ]
    )
    func times(milliseconds: Int, text: String) {
        #expect(PodWriter.goText(.milliseconds(milliseconds)) == text)
    }
}
