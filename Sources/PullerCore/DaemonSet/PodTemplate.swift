extension DesiredDaemonSet {
    /// What the DaemonSet and its pods look like.
    static func spec(_ content: Content, selector: [String: String]) -> JSONValue {
        .object([
            // Without `managed-by`: a selector says who is chosen, and can never be changed.
            "selector": .object(["matchLabels": .strings(selector)]),
            "template": .object([
                "metadata": .object([
                    "labels": .strings(
                        selector.merging([MetadataKey.managedBy: MetadataKey.managedByValue]) { $1 }
                    )
                ]),
                "spec": podSpec(content),
            ]),
        ])
    }

    private static func podSpec(_ content: Content) -> JSONValue {
        var spec: [String: JSONValue] = [
            "automountServiceAccountToken": .bool(false),
            "containers": .array(
                content.images.map { container($0, $0.options.resources ?? content.settings.resources) }
            ),
            // `sleep` as process 1 does not heed SIGTERM; there is nothing to wait for.
            "terminationGracePeriodSeconds": .int(1),
        ]
        if !content.placement.nodeSelector.isEmpty {
            spec["nodeSelector"] = .strings(content.placement.nodeSelector)
        }
        return .object(spec)
    }

    private static func container(_ image: CachedImage, _ resources: ContainerResources) -> JSONValue {
        .object([
            "name": .string(image.name),
            "image": .string(image.image.text),
            "imagePullPolicy": "Always",
            "command": .array(["sleep"]),
            "args": .array(["infinity"]),
            "resources": self.resources(resources),
            // No runAsNonRoot: most images that are worth caching run as root, and would not start. No
            // seccompProfile: OpenShift before 4.11 refuses pods that name one.
            "securityContext": .object([
                "allowPrivilegeEscalation": .bool(false),
                "capabilities": .object(["drop": .array(["ALL"])]),
                "readOnlyRootFilesystem": .bool(true),
            ]),
        ])
    }

    /// Requests and limits of a container.
    static func resources(_ resources: ContainerResources) -> JSONValue {
        .object([
            "requests": .object([
                "memory": .string(resources.memoryRequest.text),
                "cpu": .string(resources.cpuRequest.text),
            ]),
            "limits": .object([
                "memory": .string(resources.memoryLimit.text),
                "cpu": .string(resources.cpuLimit.text),
            ]),
        ])
    }
}
