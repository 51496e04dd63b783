import MockFleet
import Testing

struct ValidationTests {
    private static let pod = ["spec", "template", "spec"]
    private static let container: JSON = ["name": "a", "image": "x:1"]

    private static func with(_ containers: [JSON]) -> JSON {
        FleetDriver.sample().setting(pod + ["containers"], to: .array(containers))
    }

    private static func resources(request: JSON, limit: JSON) -> JSON {
        var changed = container
        changed["resources"] = ["requests": ["memory": request], "limits": ["memory": limit]]
        return with([changed])
    }

    @Test(
        "a DaemonSet that an API server finds invalid gives 422 with a cause for each field",
        arguments: [
            (FleetDriver.sample(name: ""), "metadata.name", "FieldValueRequired"),
            (FleetDriver.sample(name: "Kip"), "metadata.name", "FieldValueInvalid"),
            (FleetDriver.sample(name: "a..b"), "metadata.name", "FieldValueInvalid"),
            (
                FleetDriver.sample().setting(["spec", "selector"], to: nil), "spec.selector",
                "FieldValueRequired"
            ),
            (
                FleetDriver.sample().setting(["spec", "selector"], to: ["matchLabels": ["app": "other"]]),
                "spec.template.metadata.labels", "FieldValueInvalid"
            ),
            (with([]), "spec.template.spec.containers", "FieldValueRequired"),
            (with([container, container]), "spec.template.spec.containers[1].name", "FieldValueDuplicate"),
            (
                with([["name": "A_b", "image": "x"]]), "spec.template.spec.containers[0].name",
                "FieldValueInvalid"
            ),
            (with([["name": "a"]]), "spec.template.spec.containers[0].image", "FieldValueRequired"),
            (
                resources(request: "20Mi", limit: "10Mi"),
                "spec.template.spec.containers[0].resources.requests",
                "FieldValueInvalid"
            ),
            (
                with([container.setting(["volumeMounts"], to: [["name": "v", "mountPath": "/v"]])]),
                "spec.template.spec.containers[0].volumeMounts[0].name", "FieldValueNotFound"
            ),
            (
                FleetDriver.sample().setting(pod + ["restartPolicy"], to: "Never"),
                "spec.template.spec.restartPolicy", "FieldValueNotSupported"
            ),
            (
                FleetDriver.sample().setting(["metadata", "labels"], to: ["a": "b c"]), "metadata.labels",
                "FieldValueInvalid"
            ),
        ]
    )
    func invalid(object: JSON, field: String, reason: String) throws {
        let driver = FleetDriver()
        let reply = try #require(driver.create(object))
        #expect(reply.status == 422)
        #expect(reply.reason == "Invalid")
        let causes = reply.json.at("details", "causes")?.elements ?? []
        #expect(causes.contains { $0["field"]?.string == field && $0["reason"]?.string == reason })
        #expect(driver.fleet.state(of: "user-1")?.daemonSets.isEmpty == true)
    }

    @Test(
        "quantities are compared as numbers",
        arguments: [("1Gi", "1024Mi"), (".05", "50m"), ("1e3", "1k")]
    )
    func quantities(request: String, limit: String) throws {
        let driver = FleetDriver()
        let object = Self.resources(request: .string(request), limit: .string(limit))
        #expect(driver.create(object)?.status == 201)
    }

    @Test(
        "a body that cannot be read as a DaemonSet gives 400",
        arguments: [
            FleetDriver.sample().setting(["kind"], to: "Deployment"),
            FleetDriver.sample().setting(["apiVersion"], to: "apps/v2"),
            FleetDriver.sample().setting(["kind"], to: nil),
            FleetDriver.sample().setting(["metadata", "namespace"], to: "elsewhere"),
            FleetDriver.sample().setting(["metadata", "annotations"], to: ["a": 1]),
            resources(request: "ten", limit: "10Mi"),
            "text",
        ]
    )
    func unreadable(object: JSON) {
        let driver = FleetDriver()
        let reply = driver.create(object)
        #expect(reply?.status == 400)
        #expect(reply?.reason == "BadRequest")
    }

    @Test("a dry run is answered like a creation and stores nothing")
    func dryRun() {
        let driver = FleetDriver()
        #expect(driver.ask("POST", "?dryRun=All", body: FleetDriver.sample())?.status == 201)
        #expect(driver.ask("GET")?.status == 404)
    }

    @Test("an answer lists all causes")
    func allCauses() throws {
        let driver = FleetDriver()
        let object = Self.with([["name": "", "image": ""]])
        let reply = try #require(driver.create(object))
        #expect(reply.json.at("details", "causes")?.elements?.count == 2)
        #expect(reply.message?.hasPrefix("DaemonSet.apps \"kip\" is invalid: [") == true)
    }
}
