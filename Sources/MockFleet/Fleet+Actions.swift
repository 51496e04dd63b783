// What other clients do in a cluster.
extension Fleet {
    private enum Action: String, CaseIterable {
        case rotateSecret
        case compact
        case deleteDaemonSet
        case editDaemonSet
        case putDaemonSet
        case setFinalizers
    }

    private enum Preset: String, CaseIterable {
        case foreign
        case go
    }

    /// Does one thing in a user's cluster; see ``controlHelp`` for the names.
    mutating func act(user: Int, _ json: JSON) throws(ControlError) {
        var reader = try MemberReader(json)
        let cluster = tenants[user].cluster
        guard let action = try reader.choice("action", Action.self) else {
            throw ControlError(message: "action is needed")
        }
        let found = clusters[cluster].objects.keys.min()
        let name = try reader.string("name") ?? found ?? "kubernetes-image-puller"
        switch action {
        case .rotateSecret: clusters[cluster].secretVersion += 1
        case .compact:
            clusters[cluster].oldestRevision = clusters[cluster].revision
            clusters[cluster].history = []
        case .deleteDaemonSet:
            let isForeground = try reader.bool("foreground") ?? false
            try carried { fleet throws(Refusal) in
                try fleet.delete(name, DeleteOptions(isForeground: isForeground), cluster: cluster)
            }
        case .editDaemonSet:
            try edit(name, image: try reader.string("image") ?? "example.org/edited:1", cluster: cluster)
        case .putDaemonSet: try put(name, &reader, cluster: cluster)
        case .setFinalizers:
            guard let object = clusters[cluster].objects[name] else {
                throw ControlError(message: "no DaemonSet '\(name)'")
            }
            let names = (reader.value("finalizers")?.elements ?? []).compactMap(\.string)
            setFinalizers(names, of: object, cluster: cluster)
        }
        try reader.finish()
    }

    private mutating func carried(_ body: (inout Fleet) throws(Refusal) -> Void) throws(ControlError) {
        do {
            try body(&self)
        } catch {
            throw ControlError(message: error.status.message)
        }
    }

    /// Changes the first container's image, as another client would: a new generation, and the annotations stay as they are.
    private mutating func edit(_ name: String, image: String, cluster: Int) throws(ControlError) {
        guard var object = clusters[cluster].objects[name], var spec = try? JSON(parsing: object.spec),
            var containers = spec["template"]?["spec"]?["containers"]?.elements, !containers.isEmpty
        else { throw ControlError(message: "no DaemonSet '\(name)'") }
        containers[0]["image"] = .string(image)
        var template = spec["template"] ?? [:]
        var pod = template["spec"] ?? [:]
        pod["containers"] = .array(containers)
        template["spec"] = pod
        spec["template"] = template
        object.spec = spec.text
        object.readSpec(spec)
        object.generation += 1
        _ = commit("MODIFIED", object, cluster: cluster)
        timeline.add(.observe(cluster: cluster, name: name, uid: object.uid), at: now + settings.observeDelay)
    }

    private mutating func put(
        _ name: String,
        _ reader: inout MemberReader,
        cluster: Int
    ) throws(ControlError) {
        let preset = try reader.choice("preset", Preset.self)
        let age = try reader.int("ageSeconds") ?? 0
        let replaces = try reader.bool("replace") ?? false
        let object: JSON
        switch (preset, reader.value("object")) {
        case (.foreign, nil): object = Self.daemonSet(name, labels: ["app": "something-else"])
        case (.go, nil): object = Self.daemonSet(name, labels: ["test": "daemonset-test"])
        case (nil, .some(let given)): object = given
        default: throw ControlError(message: "either preset or object is needed")
        }
        try carried { fleet throws(Refusal) in
            let decoded = try DaemonSetDecoding.object(object.text, namespace: fleet.settings.namespace)
            // No request is handled in between.
            if replaces { try fleet.delete(name, DeleteOptions(isForeground: false), cluster: cluster) }
            try fleet.create(decoded, cluster: cluster, ageSeconds: age)
        }
    }

    private static func daemonSet(_ name: String, labels: [String: String]) -> JSON {
        [
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": .string(name)],
            "spec": [
                "selector": ["matchLabels": JSON(labels)],
                "template": [
                    "metadata": ["labels": JSON(labels), "name": "test-po"],
                    "spec": [
                        "terminationGracePeriodSeconds": 1,
                        "containers": [
                            [
                                "name": "java11-maven", "image": "quay.io/eclipse/che-java11-maven:nightly",
                                "command": ["sleep"], "args": ["30d"], "imagePullPolicy": "Always",
                                "resources": ["requests": ["memory": "1Mi"], "limits": ["memory": "5Mi"]],
                            ]
                        ],
                    ],
                ],
            ],
        ]
    }
}
