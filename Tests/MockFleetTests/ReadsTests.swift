import MockFleet
import Testing

@Suite("What can be read of a simulated cluster besides DaemonSets")
struct ReadsTests {
    private let pods = "/api/v1/namespaces/k8s-image-puller/pods"
    private let deployment = "/apis/apps/v1/namespaces/k8s-image-puller/deployments/kip"

    private func get(_ driver: FleetDriver, _ path: String) -> Reply? {
        driver.reply(driver.send("GET", path))
    }

    /// The state of each container on a node, as its kind and reason.
    private func states(_ driver: FleetDriver, node: Int) -> [String] {
        let pod = get(driver, pods)?.json["items"]?[node]
        let status = pod?["status"]
        return (status?["containerStatuses"]?.elements ?? []).map { container in
            let state = container["state"]?.members?.first
            return (state?.key ?? "") + (state?.value["reason"]?.string.map { ":\($0)" } ?? "")
        }
    }

    @Test("is nothing, until it is allowed")
    func forbidden() {
        let driver = FleetDriver()
        for path in [pods, deployment, "/apis"] {
            let reply = get(driver, path)
            #expect(reply?.status == 403)
            #expect(reply?.json["reason"]?.string == "Forbidden")
        }
        driver.control(
            "POST",
            "/users/user-1",
            ["podsReadable": true, "deploymentsReadable": true, "discovery": "kubernetes"]
        )
        #expect(get(driver, pods)?.json["kind"]?.string == "PodList")
        #expect(get(driver, "/api" + pods)?.status == 200)
        #expect(get(driver, deployment)?.json["details"]?["kind"]?.string == "deployments")
        #expect(get(driver, deployment)?.status == 404)
        #expect(get(driver, "/apis")?.json["kind"]?.string == "APIGroupList")
        driver.control("POST", "/users/user-1", ["deployments": ["kip": "u-1"]])
        #expect(get(driver, deployment)?.json["metadata"]?["uid"]?.string == "u-1")
        #expect(driver.reply(driver.send("GET", pods, user: "user-2"))?.status == 403)
        #expect(driver.reply(driver.send("DELETE", pods))?.status == 403)
    }

    @Test("are pods that pull, run, or say why they do not")
    func podStates() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["podsReadable": true])
        #expect(get(driver, pods)?.json["items"]?.elements?.isEmpty == true)
        #expect(driver.create()?.status == 201)
        driver.advance(by: 30)
        #expect(states(driver, node: 0).allSatisfy { $0 == "waiting:ContainerCreating" })
        driver.advance(by: 200)
        #expect(states(driver, node: 0).allSatisfy { $0 == "running" })
        let first = get(driver, pods)?.json["items"]?[0]
        #expect(first?["spec"]?["nodeName"]?.string == "node-0")
        let uid = driver.ask("GET")?.json["metadata"]?["uid"]?.string
        #expect(uid != nil)
        #expect(first?["metadata"]?["ownerReferences"]?[0]?["uid"]?.string == uid)
        #expect(first?["status"]?["containerStatuses"]?[0]?["imageID"]?.string?.isEmpty == false)
    }

    @Test("are pods that fail as the image is told to, and run when that is put right")
    func imageFaults() {
        let driver = FleetDriver()
        let image = "example.org/a:1"
        driver.control("POST", "/users/user-1", ["podsReadable": true, "images": [image: "notFound"]])
        #expect(driver.create()?.status == 201)
        driver.advance(by: 300)
        #expect(states(driver, node: 0).contains("waiting:ErrImagePull"))
        #expect(states(driver, node: 1).contains("waiting:ImagePullBackOff"))
        #expect(driver.ask("GET")?.json["status"]?["numberReady"]?.int == 0)
        driver.control("POST", "/users/user-1", ["images": [image: "oom"]])
        driver.advance(by: 300)
        #expect(states(driver, node: 0).contains("waiting:CrashLoopBackOff"))
        driver.control("POST", "/users/user-1", ["images": [:]])
        driver.advance(by: 300)
        #expect(driver.ask("GET")?.json["status"]?["numberReady"]?.int == 3)
        let refused = driver.control("POST", "/users/user-1", ["images": [image: "odd"]])
        #expect(refused["error"]?.string?.contains("none of notFound") == true)
    }

    @Test("are pods without a node where there is no room, until there is")
    func full() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["podsReadable": true, "nodes": ["1": "full"]])
        #expect(driver.create()?.status == 201)
        driver.advance(by: 300)
        let pod = get(driver, pods)?.json["items"]?[1]
        #expect(pod?["spec"]?["nodeName"] == nil)
        #expect(pod?["status"]?["conditions"]?[0]?["reason"]?.string == "Unschedulable")
        #expect(driver.ask("GET")?.json["status"]?["numberReady"]?.int == 2)
        driver.control("POST", "/users/user-1", ["nodes": "ok"])
        driver.advance(by: 300)
        #expect(driver.ask("GET")?.json["status"]?["numberReady"]?.int == 3)
        // A pod that runs keeps its place.
        driver.control("POST", "/users/user-1", ["nodes": "full"])
        driver.advance(by: 300)
        #expect(driver.ask("GET")?.json["status"]?["numberReady"]?.int == 3)
        #expect(states(driver, node: 1).allSatisfy { $0 == "running" })
    }

    @Test("comes in pages by labels, and an old continuation has expired")
    func pages() {
        let driver = FleetDriver(nodes: 5)
        driver.control("POST", "/users/user-1", ["podsReadable": true])
        #expect(driver.create()?.status == 201)
        driver.advance(by: 300)
        var path = pods + "?limit=2"
        var sizes: [Int] = []
        var token = ""
        repeat {
            let list = get(driver, path)?.json
            sizes.append(list?["items"]?.elements?.count ?? 0)
            token = list?["metadata"]?["continue"]?.string ?? ""
            path = pods + "?limit=2&continue=" + token.split(separator: "+").joined(separator: "%2B")
        } while !token.isEmpty && sizes.count < 9
        #expect(sizes == [2, 2, 1])
        #expect(get(driver, pods + "?labelSelector=no%3Dsuch")?.json["items"]?.elements?.isEmpty == true)
        let first = get(driver, pods + "?limit=2")?.json["metadata"]?["continue"]?.string ?? ""
        let next = pods + "?limit=2&continue=" + first.split(separator: "+").joined(separator: "%2B")
        #expect(get(driver, next)?.status == 200)
        driver.control("POST", "/users/user-1/actions", ["action": "editDaemonSet"])
        driver.control("POST", "/users/user-1/actions", ["action": "compact"])
        #expect(get(driver, next)?.status == 410)
        #expect(get(driver, next)?.json["reason"]?.string == "Expired")
        #expect(get(driver, pods + "?limit=2&continue=odd")?.status == 400)
    }
}
