/// What an API server fills into a DaemonSet that does not say it (pkg/apis/apps/v1/defaults.go and
/// pkg/apis/core/v1/defaults.go): answers differ from what was sent.
enum DaemonSetDefaults {
    static func applied(to spec: JSON) -> JSON {
        var spec = spec
        fill(&spec, "revisionHistoryLimit", 10)
        fill(
            &spec,
            "updateStrategy",
            ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1, "maxSurge": 0]]
        )
        var template = spec["template"] ?? [:]
        var metadata = template["metadata"] ?? [:]
        fill(&metadata, "creationTimestamp", .null)
        template["metadata"] = metadata
        var pod = template["spec"] ?? [:]
        fill(&pod, "restartPolicy", "Always")
        fill(&pod, "terminationGracePeriodSeconds", 30)
        fill(&pod, "dnsPolicy", "ClusterFirst")
        fill(&pod, "securityContext", [:])
        fill(&pod, "schedulerName", "default-scheduler")
        if let volumes = pod["volumes"]?.elements { pod["volumes"] = .array(volumes.map(volume)) }
        for list in ["containers", "initContainers"] {
            guard let containers = pod[list]?.elements else { continue }
            pod[list] = .array(containers.map(container))
        }
        template["spec"] = pod
        spec["template"] = template
        return spec
    }

    private static func container(_ container: JSON) -> JSON {
        var container = container
        fill(&container, "terminationMessagePath", "/dev/termination-log")
        fill(&container, "terminationMessagePolicy", "File")
        fill(&container, "imagePullPolicy", pullPolicy(of: container["image"]?.string ?? ""))
        var resources = container["resources"] ?? [:]
        if let limits = resources["limits"]?.members {
            var requests = resources["requests"] ?? [:]
            for (resource, limit) in limits { fill(&requests, resource, limit) }
            resources["requests"] = requests
        }
        container["resources"] = resources
        return container
    }

    private static func pullPolicy(of image: String) -> JSON {
        let name = image.split(separator: "/").last ?? ""
        let isLatest = !name.contains("@") && (!name.contains(":") || name.hasSuffix(":latest"))
        return isLatest ? "Always" : "IfNotPresent"
    }

    private static func volume(_ volume: JSON) -> JSON {
        var volume = volume
        if volume.members?.count == 1 { volume["emptyDir"] = [:] }
        if var image = volume["image"] {
            fill(&image, "pullPolicy", pullPolicy(of: image["reference"]?.string ?? ""))
            volume["image"] = image
        }
        return volume
    }

    private static func fill(_ object: inout JSON, _ name: String, _ value: JSON) {
        if object[name] == nil { object[name] = value }
    }
}
