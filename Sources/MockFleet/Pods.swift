/// The pods of a DaemonSet as the API shows them: what the controller, the scheduler and the kubelets have made of them.
struct PodWriter {
    let object: DaemonSet
    let nodes: [Node]
    let faults: [String: ImageFault]
    let revision: Int
    private let template: JSON?

    init(_ object: DaemonSet, in cluster: Cluster) {
        self.object = object
        nodes = cluster.nodes
        faults = cluster.imageFaults
        revision = cluster.revision
        template = (try? JSON(parsing: object.spec))?["template"]
    }

    /// The labels of all its pods.
    var labels: [String: String] { template?["metadata"]?["labels"]?.strings ?? [:] }

    /// The pod on a node.
    func pod(on node: Int) -> JSON {
        let name = "\(object.name)-\(suffix(node))"
        return [
            "metadata": [
                "name": .string(name), "generateName": .string(object.name + "-"),
                "namespace": .string(object.namespace),
                "uid": .string("\(object.uid.dropLast(5))\(suffix(node))"),
                "resourceVersion": .string(String(revision)),
                "creationTimestamp": .string(object.creationTimestamp), "labels": JSON(labels),
                "ownerReferences": [
                    [
                        "apiVersion": "apps/v1", "kind": "DaemonSet", "name": .string(object.name),
                        "uid": .string(object.uid), "controller": true, "blockOwnerDeletion": true,
                    ]
                ],
            ],
            "spec": spec(node), "status": status(node),
        ]
    }

    /// Five characters that differ from node to node.
    private func suffix(_ node: Int) -> String {
        let digits = String(node, radix: 36)
        return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
    }

    private func isFull(_ node: Int) -> Bool {
        nodes[node].state == .full && object.pods[node]?.isReady != true
    }

    private func spec(_ node: Int) -> JSON {
        var spec = template?["spec"] ?? [:]
        let field: JSON = [
            "key": "metadata.name", "operator": "In", "values": [.string("node-\(node)")],
        ]
        spec["affinity"] = [
            "nodeAffinity": [
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    "nodeSelectorTerms": [["matchFields": [field]]]
                ]
            ]
        ]
        if !isFull(node) { spec["nodeName"] = .string("node-\(node)") }
        return spec
    }

    // MARK: Status

    private func status(_ node: Int) -> JSON {
        guard !isFull(node) else {
            let others = nodes.count - 1
            let message =
                "0/\(nodes.count) nodes are available: 1 Insufficient memory"
                + (others > 0 ? ", \(others) node(s) didn't match Pod's node affinity/selector" : "")
                + ". preemption: 0/\(nodes.count) nodes are available: \(nodes.count) Preemption is not helpful for "
                + "scheduling."
            return [
                "phase": "Pending", "qosClass": "Burstable",
                "conditions": [
                    [
                        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                        "message": .string(message),
                    ]
                ],
            ]
        }
        let isReady = object.pods[node]?.isReady == true
        let initial = template?["spec"]?["initContainers"]?.elements ?? []
        let isBlocked = !initial.allSatisfy { fault(of: $0, on: node) == nil && isThere($0, on: node) }
        let others = template?["spec"]?["containers"]?.elements ?? []
        var status: JSON = [
            "phase": isReady ? "Running" : "Pending", "qosClass": "Burstable",
            "conditions": [
                ["type": "Ready", "status": isReady ? "True" : "False"],
                ["type": "PodScheduled", "status": "True"],
            ],
            // A kubelet sorts these by name.
            "containerStatuses": .array(
                others.map { container($0, on: node, isBlocked: isBlocked, isReady: isReady) }
                    .sorted { ($0["name"]?.string ?? "") < ($1["name"]?.string ?? "") }
            ),
        ]
        if !initial.isEmpty {
            status["initContainerStatuses"] = .array(initial.map { first($0, on: node, isReady: isReady) })
        }
        return status
    }

    private func isThere(_ container: JSON, on node: Int) -> Bool {
        object.pods[node]?.isReady == true
            || (object.pods[node]?.hasPulled == true
                && nodes[node].images.contains(container["image"]?.string ?? ""))
    }

    /// What is the matter with a container's image, or with those of its volumes, on a node.
    private func fault(of container: JSON, on node: Int) -> (image: String, fault: ImageFault)? {
        let own = container["image"]?.string ?? ""
        guard object.pods[node]?.isReady != true else { return nil }
        if nodes[node].state == .failing { return (own, .refused) }
        guard object.pods[node]?.hasPulled == true else { return nil }
        let mounts = container["volumeMounts"]?.elements ?? []
        let volumes = (template?["spec"]?["volumes"]?.elements ?? []).filter { volume in
            mounts.contains { $0["name"] == volume["name"] }
        }
        let images = volumes.compactMap { $0["image"]?["reference"]?.string } + [own]
        return images.compactMap { image in faults[image].map { (image, $0) } }.first
    }

    private func container(_ container: JSON, on node: Int, isBlocked: Bool, isReady: Bool) -> JSON {
        let fault = fault(of: container, on: node)
        let isThere = isThere(container, on: node)
        if isReady || (!isBlocked && fault == nil && isThere) {
            return written(container, ["running": ["startedAt": .string(object.creationTimestamp)]], true)
        }
        if let fault, !isBlocked || nodes[node].state == .failing {
            let (state, last) = fault.fault.status(fault.image, isBetweenPulls: node % 2 == 1)
            return written(container, state, fault.fault.isPullable && fault.fault != .runsAsRoot, last)
        }
        let reason = isBlocked ? "PodInitializing" : "ContainerCreating"
        return written(container, ["waiting": ["reason": .string(reason)]], false)
    }

    private func first(_ container: JSON, on node: Int, isReady: Bool) -> JSON {
        if let fault = fault(of: container, on: node) {
            let (state, last) = fault.fault.status(fault.image, isBetweenPulls: node % 2 == 1)
            return written(container, state, fault.fault.isPullable && fault.fault != .runsAsRoot, last)
        }
        guard isReady || isThere(container, on: node) else {
            return written(container, ["waiting": ["reason": "PodInitializing"]], false)
        }
        return written(container, ["terminated": ["reason": "Completed", "exitCode": 0]], true)
    }

    private func written(_ container: JSON, _ state: JSON, _ hasImage: Bool, _ last: JSON = [:]) -> JSON {
        let image = container["image"] ?? ""
        return [
            "name": container["name"] ?? "", "image": image,
            "imageID": hasImage ? .string("\(image.string ?? "")@sha256:0123456789abcdef") : "",
            "ready": .bool(state["running"] != nil), "restartCount": 0, "state": state, "lastState": last,
        ]
    }
}
