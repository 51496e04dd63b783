/// A DaemonSet as a cluster keeps it, with the pods that its controller made.
struct DaemonSet: Sendable {
    /// One pod.
    struct Pod: Sendable, Equatable {
        var isReady = false
        /// Whether the node has tried to pull all images.
        var hasPulled = false
        /// How long that took.
        var pullTime = Duration.zero
        /// Counts the starts, so that the end of an earlier pull is not taken for this one's.
        var attempt = 0
    }

    let name: String
    let uid: String
    let namespace: String
    let creationTimestamp: String
    var revision = 0
    var generation = 1
    var observedGeneration = 0
    var deletionTimestamp: String?
    /// The finalizers that must be removed before the object is gone.
    var finalizers: [String] = []
    var labels: JSON?
    var annotations: JSON
    /// `metadata.ownerReferences`.
    var owners: JSON?
    /// `spec` as text, defaults filled in.
    var spec: [UInt8]
    var nodeSelector: [String: String]
    /// Images of the pods: those of init containers, of containers, and volumes.
    var images: [String]
    /// By node index.
    var pods: [Int: Pod] = [:]
    var desired = 0
    /// Why it is shown as nothing but what was asked for: the pods cannot be made.
    var arePodsRefused = false

    /// The finalizer of a foreground deletion, which the garbage collector removes once the pods are gone.
    static let foreground = "foregroundDeletion"

    var isTerminating: Bool { deletionTimestamp != nil }
    var waitsForPods: Bool { isTerminating && finalizers.contains(Self.foreground) }
    var readyCount: Int { pods.values.count { $0.isReady } }

    /// The whole object, as the server answers it.
    var text: [UInt8] {
        var metadata: JSON = [
            "name": .string(name), "namespace": .string(namespace), "uid": .string(uid),
            "resourceVersion": .string(String(revision)), "generation": .int(generation),
            "creationTimestamp": .string(creationTimestamp), "annotations": annotations,
        ]
        if let labels { metadata["labels"] = labels }
        if let owners { metadata["ownerReferences"] = owners }
        if let deletionTimestamp {
            metadata["deletionTimestamp"] = .string(deletionTimestamp)
            metadata["deletionGracePeriodSeconds"] = 0
        }
        if !finalizers.isEmpty { metadata["finalizers"] = .array(finalizers.map { .string($0) }) }
        let object: JSON = [
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": .raw(spec),
            "status": status,
        ]
        return object.text
    }

    /// The required fields are always there, the others only when they are not 0, as Go's `omitempty` has it.
    private var status: JSON {
        let ready = readyCount
        var status: JSON = [
            "currentNumberScheduled": .int(pods.count), "numberMisscheduled": 0,
            "desiredNumberScheduled": .int(desired), "numberReady": .int(ready),
        ]
        let optional = [
            ("observedGeneration", observedGeneration), ("updatedNumberScheduled", pods.count),
            ("numberAvailable", ready), ("numberUnavailable", desired - ready),
        ]
        for (name, number) in optional where number > 0 { status[name] = .int(number) }
        return status
    }
}

/// A node of a cluster.
struct Node: Sendable {
    /// What is the matter with it.
    enum State: String, Sendable, CaseIterable {
        case ok
        /// Pulls never end until it is let go.
        case held
        /// Pulls fail.
        case failing
        /// NotReady: pods are neither ready nor do they ever end.
        case dead
        /// No room for new pods.
        case full
    }

    var state = State.ok
    /// Labels beyond those that every node has.
    var labels: [String: String] = [:]
    /// Images that were pulled once; they take a twentieth of the time.
    var images: Set<String> = []

    func matches(_ selector: [String: String], index: Int) -> Bool {
        selector.allSatisfy { name, value in
            switch name {
            case _ where labels[name] != nil: labels[name] == value
            case "kubernetes.io/os": value == "linux"
            case "kubernetes.io/arch": value == "amd64"
            case "kubernetes.io/hostname": value == "node-\(index)"
            default: false
            }
        }
    }
}
