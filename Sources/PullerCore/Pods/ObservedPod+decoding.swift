extension PodPage: Decodable {
    /// Reads a `PodList`: of each pod the fields that matter, with bounded texts.
    ///
    /// - Throws: `DecodingError` when the value is not a list of pods.
    public init(from decoder: any Decoder) throws {
        let list = try List(from: decoder)
        continuation = list.metadata?.continue ?? ""
        guard list.kind == "PodList", continuation.utf8.count <= Self.longestContinuation else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "not a PodList"))
        }
        pods = (list.items ?? []).map { ObservedPod($0) }
    }

    private struct List: Decodable {
        var kind: String
        var metadata: Metadata?
        var items: [WirePod]?

        struct Metadata: Decodable {
            var `continue`: String?
        }
    }
}

extension ObservedPod {
    fileprivate init(_ wire: WirePod) {
        let owner = wire.metadata.ownerReferences?.first { $0.controller == true }
        self.init(
            node: cut(wire.spec?.nodeName ?? wire.spec?.intendedNode ?? "", to: Self.longestName),
            ownerUID: cut(owner?.uid ?? "", to: Self.longestName)
        )
        isTerminating = wire.metadata.deletionTimestamp != nil
        guard let status = wire.status else { return }
        isFailed = status.phase == "Failed"
        reason = cut(status.reason ?? "", to: Self.longestName)
        message = cut(status.message ?? "", to: Self.longestMessage)
        for condition in status.conditions ?? [] {
            switch (condition.type, condition.status) {
            case ("Ready", "True"): isReady = true
            case ("PodScheduled", "False") where condition.reason == "Unschedulable":
                unschedulable = cut(condition.message ?? "", to: Self.longestMessage)
            default: break
            }
        }
        initContainers = (status.initContainerStatuses ?? []).map { Container($0) }
        containers = (status.containerStatuses ?? []).map { Container($0) }
    }
}

extension ObservedPod.Container {
    fileprivate init(_ wire: WirePod.ContainerStatus) {
        let state: ObservedPod.State =
            if wire.state?.running != nil {
                .running
            } else if let end = wire.state?.terminated {
                .terminated(ObservedPod.Termination(end))
            } else {
                .waiting(
                    reason: cut(wire.state?.waiting?.reason ?? "", to: ObservedPod.longestName),
                    message: cut(wire.state?.waiting?.message ?? "", to: ObservedPod.longestMessage)
                )
            }
        self.init(
            cut(wire.name, to: ObservedPod.longestName),
            state,
            hasImage: wire.imageID?.isEmpty == false,
            last: wire.lastState?.terminated.map { ObservedPod.Termination($0) }
        )
    }
}

extension ObservedPod.Termination {
    fileprivate init(_ wire: WirePod.Ended) {
        self.init(
            reason: cut(wire.reason ?? "", to: ObservedPod.longestName),
            message: cut(wire.message ?? "", to: ObservedPod.longestMessage),
            exitCode: Int(wire.exitCode ?? 0)
        )
    }
}

/// A pod as an API server writes it.
private struct WirePod: Decodable {
    var metadata: Metadata
    var spec: Spec?
    var status: Status?

    struct Metadata: Decodable {
        var deletionTimestamp: String?
        var ownerReferences: [Owner]?
    }
    struct Owner: Decodable {
        var uid: String?
        var controller: Bool?
    }
    struct Spec: Decodable {
        var nodeName: String?
        var affinity: Affinity?

        /// The node that the DaemonSet controller made the pod for: it says so by an affinity to the node's name, before
        /// the scheduler has bound it.
        var intendedNode: String? {
            affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?
                .lazy.flatMap { $0.matchFields ?? [] }.first { $0.key == "metadata.name" }?.values?.first
        }
    }
    struct Affinity: Decodable {
        var nodeAffinity: NodeAffinity?
    }
    struct NodeAffinity: Decodable {
        var requiredDuringSchedulingIgnoredDuringExecution: Selector?
    }
    struct Selector: Decodable {
        var nodeSelectorTerms: [Term]?
    }
    struct Term: Decodable {
        var matchFields: [Field]?
    }
    struct Field: Decodable {
        var key: String?
        var values: [String]?
    }
    struct Status: Decodable {
        var phase: String?
        var reason: String?
        var message: String?
        var conditions: [Condition]?
        var initContainerStatuses: [ContainerStatus]?
        var containerStatuses: [ContainerStatus]?
    }
    struct Condition: Decodable {
        var type: String?
        var status: String?
        var reason: String?
        var message: String?
    }
    struct ContainerStatus: Decodable {
        var name: String
        var imageID: String?
        var state: ContainerState?
        var lastState: ContainerState?
    }
    struct ContainerState: Decodable {
        var waiting: Waiting?
        var running: Running?
        var terminated: Ended?
    }
    struct Waiting: Decodable {
        var reason: String?
        var message: String?
    }
    struct Running: Decodable {}
    struct Ended: Decodable {
        var reason: String?
        var message: String?
        var exitCode: Int32?
    }
}
