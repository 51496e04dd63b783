/// Makes a ``PodReport`` of pods that come page by page, of which it keeps little.
public struct PodTally: Sendable {
    private let images: PodImages
    private let ownerUID: String
    private var report = PodReport()
    /// The problems, by what makes nodes have the same one.
    private var groups: [Key: PodReport.Problem] = [:]
    /// Nodes that were counted.
    private var seen: Set<String> = []
    /// Pods that ended without success, by node: they count where no other pod is.
    private var failed: [String: Trouble] = [:]

    private struct Key: Hashable {
        /// Index in ``PodImages/all``; `nil` for the pod.
        var image: Int?
        /// The cause where it is known, else the reason.
        var name: String
    }

    private struct Trouble {
        var reason: String
        var cause: String
        var fault: PodReport.Fault
    }

    /// A tally of no pods.
    ///
    /// - Parameters:
    ///   - images: What the pods hold.
    ///   - ownerUID: The uid of the DaemonSet; the pods of others do not count.
    public init(_ images: PodImages, ownerUID: String) {
        self.images = images
        self.ownerUID = ownerUID
        report.images = images.all.map { PodReport.Image(name: $0.name, reference: $0.reference) }
    }

    /// Adds a pod. Pods of other owners, and those that are being deleted, do not count.
    public mutating func add(_ pod: ObservedPod) {
        guard pod.ownerUID == ownerUID, !pod.isTerminating else { return }
        if pod.isFailed {
            if failed.count < Self.mostNodes { failed[pod.node] = Self.failure(of: pod) }
            return
        }
        // One pod of a DaemonSet is on a node; where its name is not known, each pod is a node.
        guard pod.node.isEmpty || seen.count >= Self.mostNodes || seen.insert(pod.node).inserted else {
            return
        }
        report.nodes += 1
        if pod.isReady {
            report.ready += 1
            for index in report.images.indices { report.images[index].present += 1 }
            return
        }
        let before = troubles
        if let message = pod.unschedulable {
            let cause = SchedulingCause.shown(message)
            let isRoom = SchedulingCause.isLackOfRoom(message)
            let text = isRoom ? "no room on the node: \(cause)" : "cannot be scheduled: \(cause)"
            note(nil, text, Trouble(reason: "Unschedulable", cause: text, fault: .room), on: pod.node)
            for index in report.images.indices { report.images[index].waiting += 1 }
        } else if isOfVolumes(pod) {
            addVolumes(pod)
        } else {
            addContainers(pod)
        }
        guard troubles > before else { return }
        report.troubled += 1
        report.lasting += 1
    }

    /// Nodes of the largest cluster that Kubernetes supports, and some more.
    private static let mostNodes = 10_000

    /// Problems that were noted so far, on all nodes.
    private var troubles: Int = 0

    // MARK: Containers

    private func isOfVolumes(_ pod: ObservedPod) -> Bool {
        guard images.areVolumes else { return false }
        // The server may not know such volumes, and the fallback be in place.
        let names = Set(pod.containers.map(\.name))
        return !images.cached.allSatisfy { names.contains($0.name) }
    }

    private mutating func addContainers(_ pod: ObservedPod) {
        var isBlocked = false
        let copier =
            pod.initContainers.firstIndex { $0.name.hasPrefix(PodImages.copierName) }
            ?? pod.initContainers.indices.first
        for (index, container) in pod.initContainers.enumerated() {
            if images.holder != nil, index == copier {
                count(container, at: 0, isBlocked: isBlocked, mayEnd: true, on: pod.node)
            }
            if case .terminated(let end) = container.state, end.exitCode == 0 { continue }
            isBlocked = true
        }
        if images.holder != nil, pod.initContainers.isEmpty { countHolder(of: pod) }
        let byName = Dictionary(pod.containers.map { ($0.name, $0) }) { first, _ in first }
        for (offset, image) in images.cached.enumerated() {
            let index = images.firstCached + offset
            guard let container = byName[image.name] else {
                report.images[index].waiting += 1
                continue
            }
            let isPulling = count(container, at: index, isBlocked: isBlocked, mayEnd: false, on: pod.node)
            if isPulling { isBlocked = true }
        }
    }

    /// A pod without a status of its init container: it has just been made, or comes from another configuration.
    private mutating func countHolder(of pod: ObservedPod) {
        if pod.containers.isEmpty { report.images[0].waiting += 1 } else { report.images[0].unknown += 1 }
    }

    /// Counts a container's image.
    ///
    /// - Returns: Whether it is being pulled, so that later ones have to wait.
    @discardableResult
    private mutating func count(
        _ container: ObservedPod.Container,
        at index: Int,
        isBlocked: Bool,
        mayEnd: Bool,
        on node: String
    ) -> Bool {
        if case .running = container.state {
            report.images[index].present += 1
            return false
        }
        if mayEnd, case .terminated(let end) = container.state, end.exitCode == 0 {
            report.images[index].present += 1
            return false
        }
        guard let trouble = ContainerTrouble(container) else {
            if container.hasImage {
                report.images[index].present += 1
            } else if isBlocked {
                report.images[index].waiting += 1
            } else {
                report.images[index].pulling += 1
            }
            return !container.hasImage && !isBlocked
        }
        if container.hasImage || trouble.hasImage { report.images[index].present += 1 }
        note(index, trouble, on: node)
        return false
    }

    // MARK: Volumes

    private mutating func addVolumes(_ pod: ObservedPod) {
        let mounter = pod.containers.first { $0.name == PodImages.mounterName }
        guard let container = mounter ?? pod.containers.first else {
            for index in report.images.indices { report.images[index].waiting += 1 }
            return
        }
        func all(_ change: (inout PodReport.Image) -> Void) {
            for index in report.images.indices { change(&report.images[index]) }
        }
        if case .running = container.state { return all { $0.present += 1 } }
        guard let trouble = ContainerTrouble(container) else {
            // The volumes' images are pulled one after another, and their pod does not say how far it is.
            return all { $0.pulling += 1 }
        }
        // A container is made when all its volumes' images are there.
        if container.hasImage || trouble.hasImage {
            all { $0.present += 1 }
            return note(0, trouble, on: pod.node)
        }
        guard case .waiting(_, let message) = container.state, let index = images.named(in: message) else {
            all { $0.unknown += 1 }
            return note(nil, trouble, on: pod.node)
        }
        for other in report.images.indices where other != index { report.images[other].unknown += 1 }
        note(index, trouble, on: pod.node)
    }

    // MARK: Problems

    private mutating func note(_ image: Int?, _ trouble: ContainerTrouble, on node: String) {
        if let image { report.images[image].failing += 1 }
        note(
            image,
            trouble.isKnown ? trouble.cause : trouble.reason,
            Trouble(reason: trouble.reason, cause: trouble.cause, fault: .image),
            on: node
        )
    }

    private mutating func note(_ image: Int?, _ name: String, _ trouble: Trouble, on node: String) {
        troubles += 1
        let key = Key(image: image, name: name)
        guard groups[key] != nil || groups.count < PodReport.mostProblems else {
            report.unlisted += 1
            return
        }
        var problem =
            groups[key]
            ?? PodReport.Problem(
                image: image.map { images.all[$0] },
                reason: trouble.reason,
                cause: trouble.cause,
                fault: trouble.fault,
                nodes: 0
            )
        problem.add(node)
        groups[key] = problem
    }

    private static func failure(of pod: ObservedPod) -> Trouble {
        let reason = pod.reason.isEmpty ? "Failed" : displayText(pod.reason, limit: 64)
        let isRoom = reason == "Evicted" || reason.hasPrefix("OutOf")
        // A node's figures differ from one node to the next; what it lacks does not.
        let message = PullCause.rest(of: pod.message)
        let cause = message.isEmpty ? reason : PullCause.shown("\(reason): \(message)")
        return Trouble(
            reason: reason,
            cause: isRoom ? "no room on the node: \(cause)" : cause,
            fault: isRoom ? .room : .other
        )
    }

    // MARK: The report

    /// What the pods so far say.
    ///
    /// - Parameter isComplete: Whether these are all.
    public func report(isComplete: Bool) -> PodReport {
        var tally = self
        for (node, trouble) in failed.sorted(by: { $0.key < $1.key }) where !seen.contains(node) {
            tally.report.nodes += 1
            tally.report.troubled += 1
            if trouble.fault != .other { tally.report.lasting += 1 }
            for index in tally.report.images.indices { tally.report.images[index].unknown += 1 }
            tally.note(nil, trouble.reason, trouble, on: node)
        }
        tally.joinBareBackOffs()
        var report = tally.report
        report.isComplete = isComplete
        report.problems = tally.groups.sorted { first, second in
            let (one, other) = (first.value, second.value)
            if one.nodes != other.nodes { return one.nodes > other.nodes }
            let (image, another) = (first.key.image ?? -1, second.key.image ?? -1)
            return image != another ? image < another : first.key.name < second.key.name
        }.map(\.value)
        return report
    }

    /// Nodes that only say that they wait before the next pull have, as far as can be told, the problem of those that are
    /// between two pulls, if that is one.
    private mutating func joinBareBackOffs() {
        for image in images.all.indices {
            let bare = Key(image: image, name: ContainerTrouble.bareBackOff)
            guard let waiting = groups[bare] else { continue }
            let others = groups.filter { $0.key.image == image && $0.key != bare && $0.value.isFailedPull }
            guard others.count == 1, let other = others.first else { continue }
            groups[bare] = nil
            groups[other.key]?.add(waiting)
        }
    }
}

extension PodReport.Problem {
    fileprivate mutating func add(_ node: String) {
        nodes += 1
        if !node.isEmpty { name([node]) }
    }

    fileprivate mutating func add(_ other: Self) {
        nodes += other.nodes
        name(other.namedNodes)
    }

    private mutating func name(_ nodes: [String]) {
        let shown = nodes.map { displayText($0) }
        namedNodes = Array((namedNodes + shown).sorted().prefix(PodReport.mostNamedNodes))
    }
}
