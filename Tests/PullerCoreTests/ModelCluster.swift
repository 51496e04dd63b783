@testable import PullerCore

/// A cluster as a keeper sees it: DaemonSets under two names, nodes, and pods that are ready or not. It is a
/// value without a clock of its own, and nothing happens in it by itself.
struct ModelCluster {
    /// A DaemonSet; its status is computed from its pods when it is read.
    struct Object {
        /// Its metadata.
        var metadata: ObservedDaemonSet
        /// Nodes that have its pod, and whether that is ready.
        var pods: [Int: Bool] = [:]
        /// Whether its pods are refused, by a quota for example.
        var arePodsRefused = false
    }

    /// The result of a creation.
    enum Creation {
        case created(ObservedDaemonSet)
        case alreadyExists
        case beingDeleted
    }

    /// The result of a deletion.
    enum Deletion {
        case gone
        case absent
        case going([String])
        case changed
    }

    /// Nodes that exist.
    var nodes: Set<Int>
    /// Those of them that are not Ready.
    var down: Set<Int> = []
    /// Those of them on which no new pod becomes ready.
    var broken: Set<Int> = []
    /// The nodes that a placement selects, by its hash; all nodes for any other placement.
    var placements: [String: Set<Int>] = [:]
    /// What is there.
    var objects: [Slot: Object] = [:]
    /// Seconds since 1970, by the server's clock.
    var time = 1_800_000_000
    /// Changes what is stored.
    var webhook: (inout ObservedDaemonSet) -> Void = { _ in }
    /// Whether the server knows image volumes; one that does not drops them.
    var keepsImageVolumes = true
    private var uids = 0

    init(nodes: Int = 3) {
        self.nodes = Set(0..<nodes)
    }

    // MARK: Requests

    /// The DaemonSet under a name.
    func read(_ slot: Slot) -> ObservedDaemonSet? {
        guard let object = objects[slot] else { return nil }
        var observed = object.metadata
        let meant = observed.annotations[MetadataKey.placement].flatMap { placements[$0] } ?? nodes
        let eligible = meant.intersection(nodes).subtracting(down)
        let placed = object.pods.filter { eligible.contains($0.key) }
        observed.status.desired = eligible.count
        observed.status.scheduled = placed.count
        observed.status.ready = placed.count { $0.value }
        observed.status.misscheduled = object.pods.count - placed.count
        if observed.status.observedGeneration == 0 { observed.status = ObservedDaemonSet.Status() }
        // A new version exactly when something has changed.
        let status = observed.status
        observed.resourceVersion =
            "\(observed.uid)-\(observed.generation)-\(observed.isTerminating)-\(observed.finalizers.count)"
            + "-\(status.observedGeneration)-\(status.desired)-\(status.scheduled)-\(status.ready)"
            + "-\(status.misscheduled)"
        return observed
    }

    mutating func create(_ slot: Slot, _ desired: DesiredDaemonSet, _ note: CreationNote?) -> Creation {
        if let object = objects[slot] {
            return object.metadata.isTerminating ? .beingDeleted : .alreadyExists
        }
        uids += 1
        let metadata = desired.manifest(slot, note: note)["metadata"]
        var stored = ObservedDaemonSet(
            name: desired.name(slot),
            uid: "uid-\(uids)",
            resourceVersion: "",
            generation: 1,
            created: Timestamp(seconds: time),
            isTerminating: false,
            labels: metadata["labels"].strings,
            annotations: metadata["annotations"].strings,
            selector: desired.manifest(slot, note: note)["spec"]["selector"]["matchLabels"].strings,
            imageVolumes: keepsImageVolumes ? desired.imageVolumes : 0,
            status: ObservedDaemonSet.Status()
        )
        webhook(&stored)
        objects[slot] = Object(metadata: stored)
        return .created(read(slot) ?? stored)
    }

    mutating func delete(_ slot: Slot, uid: String, resourceVersion: String? = nil) -> Deletion {
        guard let observed = read(slot) else { return .absent }
        guard observed.uid == uid, resourceVersion == nil || observed.resourceVersion == resourceVersion
        else {
            return .changed
        }
        guard observed.finalizers.isEmpty else {
            objects[slot]?.metadata.isTerminating = true
            return .going(observed.finalizers)
        }
        objects[slot] = nil
        return .gone
    }

    // MARK: What happens in it

    /// The DaemonSet controller looks: eligible nodes get their pods, and those that are gone lose theirs.
    mutating func schedule() {
        for (slot, object) in objects where !object.metadata.isTerminating {
            objects[slot]?.metadata.status.observedGeneration = object.metadata.generation
            let meant = object.metadata.annotations[MetadataKey.placement].flatMap { placements[$0] } ?? nodes
            for node in meant.intersection(nodes).subtracting(down)
            where object.pods[node] == nil && !object.arePodsRefused {
                objects[slot]?.pods[node] = false
            }
            for node in object.pods.keys where !nodes.contains(node) { objects[slot]?.pods[node] = nil }
        }
    }

    /// Pods become ready, except on nodes that are down or broken.
    mutating func pull() {
        for (slot, object) in objects {
            for node in object.pods.keys where !down.contains(node) && !broken.contains(node) {
                objects[slot]?.pods[node] = true
            }
        }
    }

    /// Adds a DaemonSet of a configuration, with pods on all nodes, this many of them ready.
    mutating func put(
        _ slot: Slot,
        _ desired: DesiredDaemonSet,
        ready: Int,
        note: CreationNote? = nil,
        age: Int = 60,
        _ change: (inout ObservedDaemonSet) -> Void = { _ in }
    ) {
        time -= age
        _ = create(slot, desired, note)
        time += age
        guard var object = objects[slot] else { return }
        object.metadata.status.observedGeneration = 1
        change(&object.metadata)
        objects[slot] = object
        setReady(slot, ready)
    }

    /// Gives all nodes a pod of a DaemonSet, this many of them ready.
    mutating func setReady(_ slot: Slot, _ ready: Int) {
        let pods = nodes.sorted().enumerated().map { ($0.element, $0.offset < ready) }
        objects[slot]?.pods = Dictionary(uniqueKeysWithValues: pods)
    }

    /// Changes a DaemonSet's metadata.
    mutating func change(_ slot: Slot, _ body: (inout ObservedDaemonSet) -> Void) {
        guard var object = objects[slot] else { return }
        body(&object.metadata)
        objects[slot] = object
    }

    /// Edits a DaemonSet's spec, as another client would.
    mutating func edit(_ slot: Slot) {
        change(slot) {
            $0.generation += 1
            $0.status.observedGeneration = $0.generation
        }
    }
}

extension JSONValue {
    fileprivate subscript(key: String) -> JSONValue {
        if case .object(let members) = self { members[key] ?? .object([:]) } else { .object([:]) }
    }

    fileprivate var strings: [String: String] {
        guard case .object(let members) = self else { return [:] }
        return members.compactMapValues { if case .string(let text) = $0 { text } else { nil } }
    }
}
