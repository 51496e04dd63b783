extension DesiredDaemonSet.Content {
    /// What the DaemonSet and its pods look like.
    func spec(selector: [String: String]) -> JSONValue {
        var metadata: [String: JSONValue] = [
            "labels": .strings(
                added(settings.pods.labels)
                    .merging(selector.merging([MetadataKey.managedBy: MetadataKey.managedByValue]) { $1 }) {
                        $1
                    }
            )
        ]
        let annotations = added(settings.pods.annotations)
        if !annotations.isEmpty { metadata["annotations"] = .strings(annotations) }
        return .object([
            // Without `managed-by`: a selector says who is chosen, and can never be changed.
            "selector": .object(["matchLabels": .strings(selector)]),
            "template": .object(["metadata": .object(metadata), "spec": podSpec]),
        ])
    }

    /// Labels or annotations of the configuration, without those that would look as if this program had written them.
    func added(_ texts: [String: String]) -> [String: String] {
        texts.filter { !$0.key.hasPrefix(MetadataKey.prefix) }
    }

    private var podSpec: JSONValue {
        let pods = settings.pods
        var spec: [String: JSONValue] = [
            "automountServiceAccountToken": .bool(false),
            // The variables of a namespace with thousands of Services can be more than a process may be started with.
            "enableServiceLinks": .bool(false),
            "containers": .array(containers),
            "nodeSelector": .strings(nodeSelector),
            // `sleep` as process 1 does not heed SIGTERM; there is nothing to wait for.
            "terminationGracePeriodSeconds": .int(1),
        ]
        if !initContainers.isEmpty { spec["initContainers"] = .array(initContainers) }
        if !volumes.isEmpty { spec["volumes"] = .array(volumes) }
        if let security = podSecurityContext { spec["securityContext"] = security }
        if !placement.tolerations.isEmpty { spec["tolerations"] = .array(placement.tolerations.map(\.json)) }
        if let affinity = pods.affinity { spec["affinity"] = affinity }
        if !pods.imagePullSecrets.isEmpty {
            spec["imagePullSecrets"] = .array(pods.imagePullSecrets.map { .object(["name": .string($0)]) })
        }
        if let name = pods.priorityClassName { spec["priorityClassName"] = .string(name) }
        if let name = pods.runtimeClassName { spec["runtimeClassName"] = .string(name) }
        return .object(spec)
    }

    /// Images for Linux do not start on other nodes, so these are left out, unless the configuration says which nodes
    /// it means.
    private var nodeSelector: [String: String] {
        placement.nodeSelector.merging(["kubernetes.io/os": "linux"]) { given, _ in given }
    }
}

extension Toleration {
    /// As a pod and `TOLERATIONS` have it.
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["key"] = key.map { .string($0) }
        members["operator"] = comparison.map { .string($0.rawValue) }
        members["value"] = value.map { .string($0) }
        members["effect"] = effect.map { .string($0.rawValue) }
        members["tolerationSeconds"] = seconds.map { .int($0) }
        return .object(members)
    }
}

extension ContainerResources {
    /// Requests and limits of a container.
    var json: JSONValue {
        .object([
            "requests": .object(["memory": .string(memoryRequest.text), "cpu": .string(cpuRequest.text)]),
            "limits": .object(["memory": .string(memoryLimit.text), "cpu": .string(cpuLimit.text)]),
        ])
    }
}
