// What keeps the images on a node: see ``Holding``.
extension DesiredDaemonSet.Content {
    /// Where the copied `sleep` lies in all containers. The Go puller's image copies to this path, too.
    private static let sleepFolder = "/kip"
    /// A hundred years. The `sleep` of the Go puller's image takes the durations of Go only, and so not `infinity`.
    private static let longTime = "876000h"
    /// Nothing is gained by pulling the `sleep` again, and where it was loaded into the nodes, it cannot be pulled.
    private static let sleepImagePolicy = PullPolicy.ifNotPresent

    /// The containers, in the order in which the kubelet pulls their images.
    var containers: [JSONValue] {
        switch settings.pods.holding {
        case .ownSleep:
            images.map { container($0, sleep: (command: "sleep", time: "infinity"), mounts: []) }
        case .copiedSleep:
            images.map {
                container(
                    $0,
                    sleep: (command: Self.sleepFolder + "/sleep", time: Self.longTime),
                    mounts: [mount("kip", at: Self.sleepFolder, isReadOnly: true)]
                )
            }
        case .imageVolumes(let sleep, _):
            [
                container(
                    "hold-images",
                    sleep.image,
                    Self.sleepImagePolicy,
                    settings.resources,
                    [
                        "command": .array(["/bin/sleep"]), "args": .array([.string(Self.longTime)]),
                        "volumeMounts": .array(
                            images.map { mount($0.name, at: "/images/" + $0.name, isReadOnly: true) }
                        ),
                    ]
                )
            ]
        }
    }

    /// What runs before them.
    var initContainers: [JSONValue] {
        guard case .copiedSleep(let sleep) = settings.pods.holding else { return [] }
        return [
            container(
                copierName,
                sleep.image,
                Self.sleepImagePolicy,
                settings.resources,
                [
                    "command": .array(["/bin/sh", "-c", .string(Self.copyScript(spread: sleep.pullSpread))]),
                    "volumeMounts": .array([mount("kip", at: Self.sleepFolder, isReadOnly: false)]),
                ]
            )
        ]
    }

    /// The volumes that the containers mount.
    var volumes: [JSONValue] {
        switch settings.pods.holding {
        case .ownSleep: []
        case .copiedSleep:
            // The static `sleep` of the Go puller's image has 2 MB.
            [.object(["name": "kip", "emptyDir": .object(["sizeLimit": "4Mi"])])]
        case .imageVolumes:
            images.map { image in
                .object([
                    "name": .string(image.name),
                    "image": .object([
                        "reference": .string(image.image.text),
                        "pullPolicy": .string(pullPolicy(of: image).rawValue),
                    ]),
                ])
            }
        }
    }

    /// When an image is pulled.
    func pullPolicy(of image: CachedImage) -> PullPolicy { image.options.pullPolicy ?? settings.pullPolicy }

    /// The shell script of the init container, for dash, BusyBox and bash alike.
    ///
    /// A node's wait is a random whole number of seconds from zero to the spread. Where there are no random numbers, as
    /// in some sandboxes, it does not wait: an image that is pulled early is better than none. Kubernetes replaces
    /// `$(NAME)` in a command, but leaves it as it is where there is no variable of that name, and so `$((...))`.
    static func copyScript(spread: Duration) -> String {
        let copy = "cp /bin/sleep \(sleepFolder)/sleep"
        let seconds = spread.wholeSeconds
        guard seconds > 0 else { return copy }
        return """
            \(copy) || exit
            if read -r id </proc/sys/kernel/random/uuid; then
            exec \(sleepFolder)/sleep "$((0x${id%%-*} % \(seconds + 1)))s"
            fi
            """
    }

    /// The name of the init container: another one if an image has it, since names are unique in a pod.
    private var copierName: String {
        let names = Set(images.map(\.name))
        let others = (2...).lazy.map { "copy-sleep-\($0)" }
        return names.contains("copy-sleep") ? others.first { !names.contains($0) } ?? "" : "copy-sleep"
    }

    private func mount(_ volume: String, at path: String, isReadOnly: Bool) -> JSONValue {
        var members: [String: JSONValue] = ["name": .string(volume), "mountPath": .string(path)]
        if isReadOnly { members["readOnly"] = .bool(true) }
        return .object(members)
    }

    private func container(
        _ image: CachedImage,
        sleep: (command: String, time: String),
        mounts: [JSONValue]
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "command": .array([.string(sleep.command)]), "args": .array([.string(sleep.time)]),
        ]
        if !mounts.isEmpty { members["volumeMounts"] = .array(mounts) }
        return container(
            image.name,
            image.image,
            pullPolicy(of: image),
            image.options.resources ?? settings.resources,
            members
        )
    }

    /// A container with what all of them have.
    private func container(
        _ name: String,
        _ image: ImageReference,
        _ pullPolicy: PullPolicy,
        _ resources: ContainerResources,
        _ members: [String: JSONValue]
    ) -> JSONValue {
        .object(
            [
                "name": .string(name),
                "image": .string(image.text),
                "imagePullPolicy": .string(pullPolicy.rawValue),
                "resources": resources.json,
                // The working directory of an image may be closed to the user that runs it, and then nothing starts.
                "workingDir": "/",
                "securityContext": containerSecurityContext,
            ].merging(members) { $1 }
        )
    }
}

extension Duration {
    /// Whole seconds, rounded up.
    var wholeSeconds: Int64 { components.seconds + (components.attoseconds > 0 ? 1 : 0) }
}
