/// What a server makes of volumes that are images. It does so when it reads an object, before it validates it.
enum ImageVolumes: String, Sendable, CaseIterable {
    /// From 1.35 on, unless the feature gate `ImageVolume` is off.
    case kept
    /// Before 1.31: the field is unknown and skipped, and a volume that does not say what it is becomes an empty
    /// directory.
    case emptyDir
    /// From 1.31 to 1.34, unless the feature gate is on: volumes and mounts are removed (`dropImageVolumes` in
    /// pkg/api/pod/util.go).
    case dropped

    func applied(to object: JSON) -> JSON {
        guard self != .kept, var pod = object["spec"]?["template"]?["spec"],
            let volumes = pod["volumes"]?.elements
        else { return object }
        switch self {
        case .kept: break
        case .emptyDir:
            pod["volumes"] = .array(
                volumes.map { volume in
                    var volume = volume
                    volume["image"] = nil
                    return volume
                }
            )
        case .dropped:
            let names = Set(volumes.filter { $0["image"] != nil }.compactMap { $0["name"]?.string })
            pod["volumes"] = .array(volumes.filter { $0["image"] == nil })
            for list in ["initContainers", "containers"] {
                guard let containers = pod[list]?.elements else { continue }
                pod[list] = .array(
                    containers.map { container in
                        guard let mounts = container["volumeMounts"]?.elements else { return container }
                        var container = container
                        container["volumeMounts"] = .array(
                            mounts.filter { !names.contains($0["name"]?.string ?? "") }
                        )
                        return container
                    }
                )
            }
        }
        var object = object
        var spec = object["spec"] ?? [:]
        var template = spec["template"] ?? [:]
        template["spec"] = pod
        spec["template"] = template
        object["spec"] = spec
        return object
    }
}
