import MockFleet
import Testing

@Suite("The mock fleet's validation of pods")
struct PodValidationTests {
    private static let pod = ["spec", "template", "spec"]

    private static func with(_ field: String, _ value: JSON) -> JSON {
        FleetDriver.sample().setting(pod + [field], to: value)
    }

    private static func mounting(_ mounts: JSON, volumes: JSON) -> JSON {
        with("volumes", volumes)
            .setting(pod + ["containers"], to: [["name": "a", "image": "x:1", "volumeMounts": mounts]])
    }

    private static func term(_ expression: JSON) -> JSON {
        [
            "nodeAffinity": [
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    "nodeSelectorTerms": [["matchExpressions": [expression]]]
                ]
            ]
        ]
    }

    private static let wrong: [(object: JSON, field: String, reason: String)] = [
        (
            with("tolerations", [["operator": "Equal"]]), "tolerations[0].operator", "FieldValueInvalid"
        ),
        (
            with("tolerations", [["key": "a b", "operator": "Exists"]]), "tolerations[0].key",
            "FieldValueInvalid"
        ),
        (
            with("tolerations", [["key": "a"], ["key": "a", "operator": "Exists", "value": "b"]]),
            "tolerations[1].operator", "FieldValueInvalid"
        ),
        (
            with("tolerations", [["key": "a", "operator": "In"]]), "tolerations[0].operator",
            "FieldValueNotSupported"
        ),
        (
            with("tolerations", [["key": "a", "effect": "Never"]]), "tolerations[0].effect",
            "FieldValueNotSupported"
        ),
        (
            with("tolerations", [["key": "a", "effect": "NoSchedule", "tolerationSeconds": 1]]),
            "tolerations[0].effect", "FieldValueInvalid"
        ),
        (with("priorityClassName", "A_b"), "priorityClassName", "FieldValueInvalid"),
        (with("runtimeClassName", "A_b"), "runtimeClassName", "FieldValueInvalid"),
        (with("imagePullSecrets", [[:]]), "imagePullSecrets[0].name", "FieldValueRequired"),
        (
            with(
                "affinity",
                ["nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [:]]]
            ),
            "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
            "FieldValueRequired"
        ),
        (
            with("affinity", term(["key": "a", "operator": "Is"])),
            "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
                + ".matchExpressions[0].operator",
            "FieldValueInvalid"
        ),
        (
            with("affinity", term(["key": "a", "operator": "In"])),
            "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
                + ".matchExpressions[0].values",
            "FieldValueRequired"
        ),
        (
            with("affinity", term(["key": "a", "operator": "Exists", "values": ["b"]])),
            "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
                + ".matchExpressions[0].values",
            "FieldValueForbidden"
        ),
        (
            with(
                "affinity",
                [
                    "podAntiAffinity": [
                        "preferredDuringSchedulingIgnoredDuringExecution": [
                            ["weight": 101, "podAffinityTerm": ["topologyKey": "a"]]
                        ]
                    ]
                ]
            ),
            "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight",
            "FieldValueInvalid"
        ),
        (
            with("affinity", ["podAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [[:]]]]),
            "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey",
            "FieldValueRequired"
        ),
        (with("securityContext", ["runAsUser": -1]), "securityContext.runAsUser", "FieldValueInvalid"),
        (
            with("securityContext", ["seccompProfile": ["type": "Default"]]),
            "securityContext.seccompProfile.type",
            "FieldValueNotSupported"
        ),
        (
            with("securityContext", ["seccompProfile": [:]]), "securityContext.seccompProfile.type",
            "FieldValueRequired"
        ),
        (
            with(
                "containers",
                [["name": "a", "image": "x", "securityContext": ["runAsUser": 4_294_967_296]]]
            ),
            "containers[0].securityContext.runAsUser", "FieldValueInvalid"
        ),
        (with("volumes", [["name": "A_b"]]), "volumes[0].name", "FieldValueInvalid"),
        (
            with("volumes", [["name": "a", "emptyDir": [:], "image": ["reference": "x"]]]),
            "volumes[0].image", "FieldValueForbidden"
        ),
        (
            with("volumes", [["name": "a", "image": ["reference": "x", "pullPolicy": "Sometimes"]]]),
            "volumes[0].image.pullPolicy", "FieldValueNotSupported"
        ),
        (
            mounting([["name": "v"]], volumes: [["name": "v"]]),
            "containers[0].volumeMounts[0].mountPath", "FieldValueRequired"
        ),
        (
            mounting(
                [["name": "v", "mountPath": "/v"], ["name": "w", "mountPath": "/v"]],
                volumes: [["name": "v"], ["name": "w"]]
            ),
            "containers[0].volumeMounts[1].mountPath", "FieldValueInvalid"
        ),
    ]

    @Test("a wrong field of a pod gives 422 with its path", arguments: wrong)
    func isInvalid(object: JSON, field: String, reason: String) throws {
        let reply = try #require(FleetDriver().create(object))
        #expect(reply.status == 422)
        let causes = reply.json.at("details", "causes")?.elements ?? []
        let path = "spec.template.spec.\(field)"
        #expect(causes.map { $0["field"]?.string } == [path])
        #expect(causes.map { $0["reason"]?.string } == [reason])
    }

    @Test(
        "an owner has to be named completely",
        arguments: ["apiVersion", "kind", "name", "uid"]
    )
    func owner(missing: String) throws {
        var owner: JSON = ["apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "b"]
        let path = ["metadata", "ownerReferences"]
        let whole = try #require(
            FleetDriver().create(FleetDriver.sample().setting(path, to: .array([owner])))
        )
        #expect(whole.status == 201)
        #expect(whole.json.at("metadata", "ownerReferences") == .array([owner]))
        owner[missing] = nil
        let reply = try #require(
            FleetDriver().create(FleetDriver.sample().setting(path, to: .array([owner])))
        )
        #expect(reply.status == 422)
        #expect(reply.message?.contains("metadata.ownerReferences.\(missing)") == true)
    }

    @Test(
        "what is not of the right type gives 400",
        arguments: [
            with("tolerations", "all"), with("tolerations", ["all"]), with("volumes", [:]),
            with("imagePullSecrets", ["a"]),
            with("priorityClassName", 1), with("affinity", []), with("securityContext", "x"),
        ]
    )
    func types(object: JSON) {
        #expect(FleetDriver().create(object)?.status == 400)
    }

    @Test("image volumes are kept, turned into empty directories or dropped with their mounts, as servers do")
    func imageVolumes() throws {
        let object = Self.mounting(
            [["name": "v", "mountPath": "/v", "readOnly": true], ["name": "w", "mountPath": "/w"]],
            volumes: [
                ["name": "v", "image": ["reference": "quay.io/x/y:1"]], ["name": "w", "emptyDir": [:]],
            ]
        )
        func stored(_ setting: String?) throws -> (volumes: [JSON], mounts: [JSON], images: [String]) {
            let driver = FleetDriver()
            if let setting {
                let answer = driver.control("POST", "/users/user-1", ["imageVolumes": .string(setting)])
                #expect(answer["ok"]?.bool == true)
            }
            let reply = try #require(driver.create(object))
            #expect(reply.status == 201)
            let pod = reply.json.at("spec", "template", "spec")
            return (
                pod?["volumes"]?.elements ?? [], pod?["containers"]?[0]?["volumeMounts"]?.elements ?? [],
                driver.fleet.state(of: "user-1")?.daemonSets.first?.images ?? []
            )
        }
        let empty: JSON = ["name": "w", "emptyDir": [:]]
        let kept = try stored(nil)
        #expect(
            kept.volumes == [
                ["name": "v", "image": ["reference": "quay.io/x/y:1", "pullPolicy": "IfNotPresent"]], empty,
            ]
        )
        #expect(kept.images == ["x:1", "quay.io/x/y:1"])
        let old = try stored("emptyDir")
        #expect(old.volumes == [["name": "v", "emptyDir": [:]], empty])
        #expect(old.mounts.count == 2)
        #expect(old.images == ["x:1"])
        let between = try stored("dropped")
        #expect(between.volumes == [empty])
        #expect(between.mounts.map { $0["name"]?.string } == ["w"])
    }
}
