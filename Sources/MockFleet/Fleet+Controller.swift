// The DaemonSet controller and the kubelets of each cluster.
extension Fleet {
    private func object(_ cluster: Int, _ name: String, _ uid: String) -> DaemonSet? {
        guard let object = clusters[cluster].objects[name], object.uid == uid else { return nil }
        return object
    }

    /// The controller has seen the object: pods are made for the nodes that match.
    mutating func observe(cluster: Int, name: String, uid: String) {
        guard var object = object(cluster, name, uid), !object.isTerminating,
            !clusters[cluster].isControllerStopped
        else { return }
        let isEdited = object.observedGeneration != 0 && object.observedGeneration != object.generation
        object.observedGeneration = object.generation
        let nodes = clusters[cluster].nodes
        let matching = nodes.indices.filter { nodes[$0].matches(object.nodeSelector, index: $0) }
        object.desired = matching.count
        object.pods = object.pods.filter { matching.contains($0.key) }
        if !clusters[cluster].arePodsRefused {
            for node in matching where object.pods[node] == nil || isEdited {
                startPull(&object, node: node, cluster: cluster)
            }
        }
        _ = commit("MODIFIED", object, cluster: cluster)
    }

    private mutating func startPull(_ object: inout DaemonSet, node: Int, cluster: Int) {
        var pod = object.pods[node] ?? DaemonSet.Pod()
        pod.isReady = false
        pod.hasPulled = false
        pod.attempt += 1
        object.pods[node] = pod
        let place = clusters[cluster]
        guard place.nodes[node].state == .ok else { return }
        var time = place.pull + random.duration(upTo: place.pullSpread)
        if place.nodes[node].images.isSuperset(of: object.images) { time /= 20 }
        object.pods[node]?.pullTime = time
        timeline.add(
            .pulled(cluster: cluster, name: object.name, uid: object.uid, node: node, attempt: pod.attempt),
            at: now + time
        )
    }

    mutating func pulled(cluster: Int, name: String, uid: String, node: Int, attempt: Int) {
        guard var object = object(cluster, name, uid), !object.isTerminating,
            object.pods[node]?.attempt == attempt, clusters[cluster].nodes[node].state == .ok
        else { return }
        let faults = clusters[cluster].imageFaults
        clusters[cluster].nodes[node].images.formUnion(
            object.images.filter { faults[$0]?.isPullable != false }
        )
        object.pods[node]?.hasPulled = true
        guard object.images.allSatisfy({ faults[$0] == nil }) else {
            clusters[cluster].objects[name] = object
            return
        }
        object.pods[node]?.isReady = true
        _ = commit("MODIFIED", object, cluster: cluster)
    }

    /// Pods of a foreground deletion end, but for those on dead nodes; with the last one the object goes.
    mutating func podsEnd(cluster: Int, name: String, uid: String) {
        guard var object = object(cluster, name, uid), object.waitsForPods else { return }
        let nodes = clusters[cluster].nodes
        object.pods = object.pods.filter { nodes[$0.key].state == .dead }
        clusters[cluster].objects[name] = object
        guard object.pods.isEmpty, !clusters[cluster].isForegroundStuck else { return }
        let others = object.finalizers.filter { $0 != DaemonSet.foreground }
        setFinalizers(others, of: object, cluster: cluster)
    }

    /// Changes what is the matter with a node; pods that wait there begin anew when it is well again.
    mutating func setNode(_ node: Int, _ state: Node.State, cluster: Int) {
        guard clusters[cluster].nodes.indices.contains(node), clusters[cluster].nodes[node].state != state
        else {
            return
        }
        clusters[cluster].nodes[node].state = state
        for name in clusters[cluster].objects.keys.sorted() {
            guard var object = clusters[cluster].objects[name], let pod = object.pods[node] else { continue }
            if object.isTerminating {
                endPodsLater(object, cluster: cluster)
            } else if state == .dead, pod.isReady {
                object.pods[node]?.isReady = false
                _ = commit("MODIFIED", object, cluster: cluster)
            } else if state == .ok, !pod.isReady {
                startPull(&object, node: node, cluster: cluster)
                clusters[cluster].objects[name] = object
            }
        }
    }

    /// Changes what is the matter with images; pods that are not ready begin anew.
    mutating func setImageFaults(_ faults: [String: ImageFault], cluster: Int) {
        clusters[cluster].imageFaults = faults
        for name in clusters[cluster].objects.keys.sorted() {
            guard var object = clusters[cluster].objects[name], !object.isTerminating else { continue }
            for node in object.pods.keys.sorted() where object.pods[node]?.isReady == false {
                startPull(&object, node: node, cluster: cluster)
            }
            clusters[cluster].objects[name] = object
        }
    }

    private mutating func endPodsLater(_ object: DaemonSet, cluster: Int) {
        timeline.add(
            .podsEnd(cluster: cluster, name: object.name, uid: object.uid),
            at: now + settings.terminationDelay
        )
    }

    /// Has the controller look at everything in a cluster once more, after a setting changed.
    mutating func observeAll(cluster: Int) {
        for name in clusters[cluster].objects.keys.sorted() {
            guard let object = clusters[cluster].objects[name] else { continue }
            if object.isTerminating {
                endPodsLater(object, cluster: cluster)
            } else {
                let event = Event.observe(cluster: cluster, name: name, uid: object.uid)
                timeline.add(event, at: now + settings.observeDelay)
            }
        }
    }
}
