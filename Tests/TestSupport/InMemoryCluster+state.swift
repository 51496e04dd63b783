import PullerCore
import Timing

extension InMemoryCluster {
    /// A DaemonSet, and which nodes have its pods.
    struct Object {
        var daemonSet: ObservedDaemonSet
        var createdAt: Duration
        /// Nodes that were down when it was created, and therefore have no pod of it yet.
        var lacking: Set<Int>
        /// What its pods hold.
        var images: [PodImages.Image] = []
    }

    struct Removed {
        var version: Int
        var name: String
        var uid: String
    }

    struct State {
        var settings = Settings()
        var objects: [String: Object] = [:]
        var lastUID = 0
        var lastVersion = 0
        var counts: [Verb: Int] = [:]
        var deletions: [Removed] = []
        /// Those that wait for something to change.
        var watches: [WakeUp] = []
        /// The times at which nodes that had been down came back.
        var backSince: [Int: Duration] = [:]

        /// The name to use: the given one, or else that of the only object, or else the base name.
        func meant(_ name: String?, base: String) -> String {
            name ?? (objects.count == 1 ? objects.keys.first : nil) ?? base
        }

        /// The time of the server's clock.
        func time(at now: Duration) -> Timestamp {
            Timestamp(seconds: settings.epoch + Int(now.components.seconds))
        }

        mutating func change(_ change: (inout Settings) -> Void, at now: Duration) {
            let before = settings.unreadyNodes
            change(&settings)
            for node in before.subtracting(settings.unreadyNodes) { backSince[node] = now }
        }

        // MARK: Objects

        /// Creates an object under a name.
        mutating func add(_ name: String, idPrefix: String, at now: Duration) -> ObservedDaemonSet {
            lastUID += 1
            lastVersion += 1
            let created = ObservedDaemonSet(
                name: name,
                uid: "\(idPrefix)-\(lastUID)",
                resourceVersion: "\(lastVersion)",
                generation: 1,
                created: time(at: now),
                isTerminating: false,
                labels: [:],
                annotations: [:],
                selector: [:],
                status: .init()
            )
            objects[name] = Object(daemonSet: created, createdAt: now, lacking: settings.unreadyNodes)
            return created
        }

        /// Changes an object, which gives it another resource version.
        mutating func write(_ name: String, _ change: (inout ObservedDaemonSet) -> Void) {
            guard var object = objects[name] else { return }
            change(&object.daemonSet)
            lastVersion += 1
            object.daemonSet.resourceVersion = "\(lastVersion)"
            objects[name] = object
        }

        /// The current object. As on a server, a status change is a separate write.
        mutating func current(_ name: String, at now: Duration) -> ObservedDaemonSet? {
            guard let object = objects[name] else { return nil }
            let status = status(of: object, at: now)
            if status != object.daemonSet.status { write(name) { $0.status = status } }
            return objects[name]?.daemonSet
        }

        /// How long a watch may wait before it looks at an object again, which changes as time goes by only while its nodes
        /// pull.
        func pause(_ name: String, at now: Duration) -> Duration {
            guard let object = objects[name],
                status(of: object, at: now) != status(of: object, at: now + .seconds(1e9))
            else { return .seconds(3600) }
            return max(.milliseconds(50), min(.seconds(5), (now - object.createdAt) / 1000))
        }

        /// Deletes an object, or marks it as terminating if it has finalizers.
        ///
        /// - Returns: The finalizers because of which it stays.
        mutating func delete(_ name: String) -> [String] {
            guard let object = objects[name] else { return [] }
            var finalizers = object.daemonSet.finalizers
            if !object.daemonSet.isTerminating { finalizers += settings.holdsDeletions }
            guard !finalizers.isEmpty else {
                remove(name)
                return []
            }
            if !object.daemonSet.isTerminating {
                write(name) {
                    $0.isTerminating = true
                    $0.finalizers = finalizers
                    // A server counts a deletion as a change.
                    $0.generation += 1
                }
            }
            return finalizers
        }

        /// Removes the finalizers, and the object with them if it was deleted.
        mutating func release(_ name: String) {
            guard let object = objects[name], !object.daemonSet.finalizers.isEmpty else { return }
            if object.daemonSet.isTerminating { remove(name) } else { write(name) { $0.finalizers = [] } }
        }

        private mutating func remove(_ name: String) {
            guard let uid = objects.removeValue(forKey: name)?.daemonSet.uid else { return }
            lastVersion += 1
            deletions.append(Removed(version: lastVersion, name: name, uid: uid))
        }

        // MARK: Status

        /// The status as the controller computes it: a node that has a pod but is not desired is misscheduled.
        private func status(of object: Object, at now: Duration) -> ObservedDaemonSet.Status {
            guard now - object.createdAt >= settings.observedAfter else { return object.daemonSet.status }
            var status = ObservedDaemonSet.Status()
            status.observedGeneration = object.daemonSet.generation
            for node in places(of: object, at: now) {
                if node.isDesired { status.desired += 1 }
                if node.isDesired, node.hasPod { status.scheduled += 1 }
                if !node.isDesired, node.hasPod { status.misscheduled += 1 }
                if node.isReady { status.ready += 1 }
            }
            return status
        }

        /// What a node has of an object.
        private struct Place {
            var isDesired: Bool
            var hasPod: Bool
            /// Whether enough time has passed for all pulls.
            var hasPulled: Bool
            var isFull: Bool
            var isReady: Bool
        }

        private func places(of object: Object, at now: Duration) -> [Place] {
            let times = settings.readyAfterByName[object.daemonSet.name] ?? settings.readyAfter
            let canRun =
                object.createdAt < settings.imageFaultsSince
                || object.images.allSatisfy { settings.imageFaults[$0.reference] == nil }
            return times.enumerated().map { node, time in
                let isDown = settings.unreadyNodes.contains(node)
                let isDesired = !isDown || settings.downNodesAreDesired
                // A desired node gets its pod; one that was down from the start has none.
                let hasPod = !settings.refusesPods && (isDesired || !object.lacking.contains(node))
                let begin = object.lacking.contains(node) ? backSince[node] ?? .zero : .zero
                let isFull = settings.fullNodes.contains(node)
                let hasPulled = !isFull && now >= max(begin, object.createdAt) + time
                return Place(
                    isDesired: isDesired,
                    hasPod: hasPod,
                    hasPulled: hasPulled,
                    isFull: isFull,
                    isReady: !isDown && hasPod && hasPulled && canRun
                )
            }
        }

        // MARK: Pods

        /// The pods of all objects, as an API server lists them.
        func pods(at now: Duration) -> [ObservedPod] {
            objects.values.sorted { $0.daemonSet.name < $1.daemonSet.name }
                .filter { now - $0.createdAt >= settings.observedAfter }
                .flatMap { object in
                    places(of: object, at: now).enumerated().filter { $0.element.hasPod }
                        .map { pod(of: object, on: $0.offset, $0.element) }
                }
        }

        /// What the kubelets say of the pulls for all objects.
        func pullEvents(at now: Duration) -> [PullEvent] {
            objects.values.flatMap { object in
                places(of: object, at: now).enumerated().filter { $0.element.hasPulled }.flatMap { node, _ in
                    object.images.map { image in
                        let times = settings.pullTimes[image.reference] ?? []
                        let message =
                            times.indices.contains(node)
                            ? "Successfully pulled image \"\(image.reference)\" in \(times[node])"
                            : "Container image \"\(image.reference)\" already present on machine"
                        return PullEvent(
                            pod: "\(object.daemonSet.name)-abc\(node % 10)z",
                            node: "node-\(node)",
                            message: message
                        )
                    }
                }
            }
        }

        private func pod(of object: Object, on node: Int, _ place: Place) -> ObservedPod {
            var pod = ObservedPod(node: "node-\(node)", ownerUID: object.daemonSet.uid)
            pod.isReady = place.isReady
            guard !place.isFull else {
                pod.unschedulable =
                    "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector."
                return pod
            }
            pod.containers = object.images.map { image in
                let fault = settings.imageFaults[image.reference]
                let state =
                    place.hasPulled
                    ? fault ?? .running : .waiting(reason: "ContainerCreating", message: "")
                return ObservedPod.Container(image.name, state, hasImage: place.hasPulled && fault == nil)
            }
            return pod
        }
    }
}
