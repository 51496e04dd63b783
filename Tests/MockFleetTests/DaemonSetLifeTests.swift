import MockFleet
import Testing

struct DaemonSetLifeTests {
    @Test("a created DaemonSet has what the server adds, and the defaults")
    func created() throws {
        let driver = FleetDriver()
        let reply = try #require(driver.create())
        #expect(reply.status == 201)
        #expect(reply.headers["date"] == "Tue, 14 Nov 2023 22:13:20 GMT")
        #expect(reply.json.at("metadata", "creationTimestamp") == "2023-11-14T22:13:20Z")
        #expect(reply.json.at("metadata", "uid")?.string?.count == 36)
        #expect(reply.json.at("metadata", "generation") == 1)
        #expect(reply.json.at("metadata", "annotations", "hash") == "1")
        #expect(reply.json.at("status", "observedGeneration") == nil)
        let pod = reply.json.at("spec", "template", "spec")
        #expect(pod?["dnsPolicy"] == "ClusterFirst")
        #expect(pod?["containers"]?[0]?["imagePullPolicy"] == "IfNotPresent")
        #expect(driver.ask("GET")?.body == reply.body)
    }

    @Test("readiness comes node by node, after the controller has seen the object")
    func rollout() throws {
        let driver = FleetDriver(nodes: 4) { $0.pullSpread = .milliseconds(200) }
        _ = driver.create()
        var ready: [Int] = []
        for _ in 0..<40 {
            driver.advance(by: 10)
            let status = try #require(driver.ask("GET")?.json["status"])
            ready.append(status["numberReady"]?.int ?? -1)
            let isSeen = driver.now >= 20
            #expect(status["desiredNumberScheduled"] == (isSeen ? 4 : 0))
            #expect(status["observedGeneration"] == (isSeen ? 1 : nil))
        }
        #expect(ready == ready.sorted())
        #expect(Set(ready).isSuperset(of: [0, 4]))
        #expect(Set(ready).count > 2)
        #expect(ready.first { $0 > 0 } != nil && ready[10] == 0)
    }

    @Test("the same seed and the same requests give the same answers")
    func deterministic() {
        func run() -> [[UInt8]] {
            let driver = FleetDriver { $0.pullSpread = .seconds(1) }
            _ = driver.create()
            return (0..<20).map { _ in
                driver.advance(by: 100)
                return driver.ask("GET")?.body ?? []
            }
        }
        #expect(run() == run())
        #expect(Set(run()).count > 2)
    }

    @Test("an image that a node already has is ready much sooner")
    func cached() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 200)
        _ = driver.ask("DELETE")
        _ = driver.create()
        driver.advance(by: 30)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 3)
        _ = driver.ask("DELETE")
        _ = driver.create(FleetDriver.sample(images: ["example.org/new:1"]))
        driver.advance(by: 30)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 0)
    }

    @Test("only nodes that match the selector count")
    func selector() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["labels": ["1": ["disk": "ssd"]]])
        let path = ["spec", "template", "spec", "nodeSelector"]
        _ = driver.create(
            FleetDriver.sample().setting(path, to: ["disk": "ssd", "kubernetes.io/os": "linux"])
        )
        driver.advance(by: 1000)
        let state = driver.fleet.state(of: "user-1")?.daemonSets.first
        #expect(state?.desired == 1)
        #expect(state?.ready == 1)
    }

    @Test("a second creation is refused with AlreadyExists")
    func exists() throws {
        let driver = FleetDriver()
        _ = driver.create()
        let reply = try #require(driver.create())
        #expect(reply.status == 409)
        #expect(reply.reason == "AlreadyExists")
        #expect(reply.message == "daemonsets.apps \"kip\" already exists")
        #expect(reply.json["details"] == ["name": "kip", "group": "apps", "kind": "daemonsets"])
    }

    @Test("reading an absent DaemonSet gives a Status with reason NotFound", arguments: ["GET", "DELETE"])
    func absent(method: String) throws {
        let driver = FleetDriver()
        let reply = try #require(driver.ask(method))
        #expect(reply.status == 404)
        #expect(reply.reason == "NotFound")
        #expect(reply.json["kind"] == "Status")
        #expect(reply.json["details"] == ["name": "kip", "group": "apps", "kind": "daemonsets"])
    }

    @Test("a background deletion removes the object at once and answers Success")
    func background() throws {
        let driver = FleetDriver()
        let uid = try #require(driver.create()?.json.at("metadata", "uid"))
        let options: JSON = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
            "preconditions": ["uid": uid],
        ]
        let reply = try #require(driver.ask("DELETE", body: options))
        #expect(reply.status == 200)
        #expect(reply.json["status"] == "Success")
        #expect(reply.json.at("details", "uid") == uid)
        #expect(driver.ask("GET")?.status == 404)
        #expect(driver.create()?.status == 201)
    }

    @Test("a precondition on another uid is a conflict, and nothing is deleted")
    func precondition() throws {
        let driver = FleetDriver()
        _ = driver.create()
        let reply = try #require(driver.ask("DELETE", body: ["preconditions": ["uid": "other"]]))
        #expect(reply.status == 409)
        #expect(reply.reason == "Conflict")
        #expect(driver.ask("GET")?.status == 200)
        let stale = driver.ask("DELETE", body: ["preconditions": ["resourceVersion": "1"]])
        #expect(stale?.reason == "Conflict")
    }

    @Test("a foreground deletion keeps the object until its pods are gone")
    func foreground() throws {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        let reply = try #require(driver.ask("DELETE", body: ["propagationPolicy": "Foreground"]))
        #expect(reply.status == 200)
        #expect(reply.json["kind"] == "DaemonSet")
        #expect(reply.json.at("metadata", "finalizers") == ["foregroundDeletion"])
        #expect(reply.json.at("metadata", "deletionTimestamp") == "2023-11-14T22:13:21Z")
        #expect(reply.json.at("metadata", "generation") == 2)
        let refused = try #require(driver.create())
        #expect(refused.status == 409)
        #expect(refused.message == "object is being deleted: daemonsets.apps \"kip\" already exists")
        driver.advance(by: 49)
        #expect(driver.ask("GET")?.status == 200)
        driver.advance(by: 1)
        #expect(driver.ask("GET")?.status == 404)
    }

    @Test("a dead node blocks a foreground deletion, and a background deletion completes it")
    func stuck() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        driver.control("POST", "/users/user-1", ["nodes": ["1": "dead"]])
        _ = driver.ask("DELETE", body: ["propagationPolicy": "Foreground"])
        driver.advance(by: 100_000)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.isTerminating == true)
        #expect(driver.ask("DELETE")?.json["status"] == "Success")
        #expect(driver.create()?.status == 201)
    }

    @Test(
        "a deleted object remains until its finalizer is removed",
        arguments: ["Background", "Foreground"]
    )
    func finalizer(policy: String) {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        let hold: JSON = ["action": "setFinalizers", "finalizers": ["example.com/hold"]]
        #expect(driver.control("POST", "/users/user-1/actions", hold) == ["ok": true])
        #expect(driver.ask("GET")?.json.at("metadata", "finalizers") == ["example.com/hold"])
        #expect(driver.ask("GET")?.json.at("metadata", "generation") == 1)
        for _ in 0..<2 {
            let reply = driver.ask("DELETE", body: ["propagationPolicy": .string(policy)])
            #expect(reply?.status == 200)
            #expect(reply?.json["kind"] == "DaemonSet")
            #expect(reply?.json.at("metadata", "deletionTimestamp") != nil)
            #expect(reply?.json.at("metadata", "generation") == 2)
        }
        // In a foreground deletion, pods are deleted before the object; otherwise after it.
        driver.advance(by: 1000)
        #expect(driver.ask("GET")?.json.at("metadata", "finalizers") == ["example.com/hold"])
        #expect(
            driver.fleet.state(of: "user-1")?.daemonSets.first?.scheduled == (policy == "Foreground" ? 0 : 3)
        )
        #expect(driver.create()?.status == 409)
        let watch = driver.send("GET", FleetDriver.collection + "?watch=1")
        let release: JSON = ["action": "setFinalizers", "finalizers": []]
        #expect(driver.control("POST", "/users/user-1/actions", release) == ["ok": true])
        #expect(driver.events(watch).last?.type == "DELETED")
        #expect(driver.ask("GET")?.status == 404)
        #expect(driver.control("POST", "/users/user-1/actions", release) != ["ok": true])
    }

    @Test("a finalizer outlives the background deletion of an object that was waiting for its pods")
    func finalizerAfterForeground() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        driver.control("POST", "/users/user-1", ["stuckForeground": true])
        driver.control(
            "POST",
            "/users/user-1/actions",
            ["action": "setFinalizers", "finalizers": ["example.com/hold"]]
        )
        let both: JSON = ["example.com/hold", "foregroundDeletion"]
        let first = driver.ask("DELETE", body: ["propagationPolicy": "Foreground"])
        #expect(first?.json.at("metadata", "finalizers") == both)
        #expect(driver.ask("DELETE")?.json.at("metadata", "finalizers") == ["example.com/hold"])
        #expect(driver.ask("GET")?.json.at("metadata", "finalizers") == ["example.com/hold"])
    }

    @Test("a node that comes back lets a foreground deletion complete")
    func revived() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        driver.control("POST", "/users/user-1", ["nodes": ["1": "dead"]])
        _ = driver.ask("DELETE", body: ["propagationPolicy": "Foreground"])
        driver.advance(by: 1000)
        driver.control("POST", "/users/user-1", ["nodes": "ok"])
        driver.advance(by: 50)
        #expect(driver.ask("GET")?.status == 404)
    }

    @Test("held and failing nodes are not ready until they recover", arguments: ["held", "failing", "dead"])
    func unwell(state: String) {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["nodes": ["0": .string(state)]])
        _ = driver.create()
        driver.advance(by: 60_000)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 2)
        driver.control("POST", "/users/user-1", ["nodes": "ok"])
        driver.advance(by: 99)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 2)
        driver.advance(by: 1)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 3)
    }

    @Test("a ready node that dies is no longer ready, and one that is only held stays ready")
    func dies() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        driver.control("POST", "/users/user-1", ["nodes": ["0": "dead", "1": "held"]])
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 2)
    }

    @Test("refused pods are desired, but never scheduled")
    func refused() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["podsRefused": true])
        _ = driver.create()
        driver.advance(by: 1000)
        let status = driver.ask("GET")?.json["status"]
        #expect(status?["desiredNumberScheduled"] == 3)
        #expect(status?["currentNumberScheduled"] == 0)
        #expect(status?["observedGeneration"] == 1)
        driver.control("POST", "/users/user-1", ["podsRefused": false])
        driver.advance(by: 1000)
        #expect(driver.ask("GET")?.json.at("status", "numberReady") == 3)
    }

    @Test("a stopped controller observes nothing until it is started again")
    func stoppedController() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-1", ["controllerStopped": true])
        _ = driver.create()
        driver.advance(by: 1000)
        let status = driver.ask("GET")?.json["status"]
        #expect(status?["observedGeneration"] == nil)
        #expect(status?["desiredNumberScheduled"] == 0)
        driver.control("POST", "/users/user-1", ["controllerStopped": false])
        driver.advance(by: 1000)
        #expect(driver.ask("GET")?.json.at("status", "numberReady") == 3)
    }

    @Test("an edit is a new generation, keeps the annotation and rolls out again")
    func edited() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 1000)
        driver.control("POST", "/users/user-1/actions", ["action": "editDaemonSet", "image": "evil:1"])
        let object = driver.ask("GET")?.json
        #expect(object?.at("metadata", "generation") == 2)
        #expect(object?.at("status", "observedGeneration") == 1)
        #expect(object?.at("metadata", "annotations", "hash") == "1")
        #expect(object?.at("spec", "template", "spec", "containers")?[0]?["image"] == "evil:1")
        driver.advance(by: 20)
        #expect(driver.ask("GET")?.json.at("status", "numberReady") == 0)
        driver.advance(by: 1000)
        #expect(driver.ask("GET")?.json.at("status", "numberReady") == 3)
    }

    @Test("an edit during a pull restarts the pull")
    func editedMeanwhile() {
        let driver = FleetDriver()
        _ = driver.create()
        driver.advance(by: 50)
        driver.control("POST", "/users/user-1/actions", ["action": "editDaemonSet"])
        driver.advance(by: 119)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 0)
        driver.advance(by: 1)
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.first?.ready == 3)
    }

    @Test("DaemonSets of other owners can exist from the start")
    func presets() {
        let driver = FleetDriver()
        let put: JSON = ["action": "putDaemonSet", "preset": "go", "name": "kip", "ageSeconds": 3600]
        #expect(driver.control("POST", "/users/user-1/actions", put) == ["ok": true])
        let object = driver.ask("GET")?.json
        #expect(object?.at("spec", "selector", "matchLabels") == ["test": "daemonset-test"])
        #expect(object?.at("metadata", "creationTimestamp") == "2023-11-14T21:13:20Z")
        let raw: JSON = ["action": "putDaemonSet", "object": FleetDriver.sample(name: "mine")]
        #expect(driver.control("POST", "/users/user-2/actions", raw) == ["ok": true])
        #expect(driver.ask("GET", "/mine", user: "user-2")?.status == 200)
    }

    @Test("a DaemonSet of another owner replaces an existing one only when that is requested")
    func replacement() {
        let driver = FleetDriver()
        _ = driver.create()
        let uid = driver.ask("GET")?.json.at("metadata", "uid")
        let put: JSON = ["action": "putDaemonSet", "preset": "foreign"]
        #expect(driver.control("POST", "/users/user-1/actions", put) != ["ok": true])
        var replace = put
        replace["replace"] = true
        #expect(driver.control("POST", "/users/user-1/actions", replace) == ["ok": true])
        #expect(driver.ask("GET")?.json.at("metadata", "uid") != uid)
        #expect(driver.ask("GET")?.json.at("spec", "selector", "matchLabels") == ["app": "something-else"])
    }

    @Test("two tenants of one cluster see one DaemonSet")
    func tenants() {
        let driver = FleetDriver()
        driver.control("POST", "/users/user-2", ["tenantOf": "user-1"])
        _ = driver.create()
        #expect(driver.ask("GET", user: "user-2")?.body == driver.ask("GET")?.body)
        #expect(driver.create(user: "user-2")?.status == 409)
    }
}
