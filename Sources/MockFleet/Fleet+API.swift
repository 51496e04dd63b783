import SocketHTTP

// The API server of each cluster.
extension Fleet {
    mutating func served(_ arrival: Arrival, cluster: Int, isNamespacePresent: Bool) -> Outcome {
        let name = arrival.target.name ?? ""
        switch arrival.verb {
        case .get:
            guard isNamespacePresent, let text = clusters[cluster].answer(name) else {
                return .answer(KubernetesStatus.notFound(name).response)
            }
            return .answer(Self.object(200, text))
        case .create:
            guard isNamespacePresent else {
                return .answer(KubernetesStatus.namespaceNotFound(arrival.target.namespace ?? "").response)
            }
            return .answer(create(arrival, cluster: cluster))
        case .delete:
            guard isNamespacePresent else { return .answer(KubernetesStatus.notFound(name).response) }
            return .answer(delete(arrival, name: name, cluster: cluster))
        case .watch:
            do {
                return .watch(try WatchOptions(arrival.target), cluster: cluster)
            } catch {
                return .answer(error.status.response)
            }
        case .token, .other:
            return .answer(KubernetesStatus.notFound(name).response)
        }
    }

    private static func object(_ status: Int, _ text: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "application/json"], body: text)
    }

    private mutating func create(_ arrival: Arrival, cluster: Int) -> HTTPResponse {
        let type = arrival.request.headers["content-type"]?.split(separator: ";").first ?? "application/json"
        guard type.lowercased() == "application/json" else {
            return KubernetesStatus.unsupportedMediaType.response
        }
        guard arrival.target.name == nil else {
            return KubernetesStatus(code: 405, reason: "MethodNotAllowed", message: "method not allowed")
                .response
        }
        do throws(Refusal) {
            let object = try DaemonSetDecoding.object(
                arrival.request.body,
                namespace: arrival.target.namespace ?? ""
            )
            let isDryRun = arrival.target.query["dryRun"] == "All"
            return Self.object(201, try create(object, cluster: cluster, isDryRun: isDryRun).text)
        } catch {
            return error.status.response
        }
    }

    /// Stores a DaemonSet. Throws the Status that says why not.
    @discardableResult
    mutating func create(
        _ object: JSON,
        cluster: Int,
        isDryRun: Bool = false,
        ageSeconds: Int = 0
    ) throws(Refusal) -> DaemonSet {
        let object = clusters[cluster].imageVolumes.applied(to: object)
        let name = object["metadata"]?["name"]?.string ?? ""
        let causes = DaemonSetValidation.causes(of: object)
        guard causes.isEmpty else { throw Refusal(.invalid(name, causes: causes)) }
        if let existing = clusters[cluster].objects[name] {
            throw Refusal(.alreadyExists(name, isTerminating: existing.isTerminating))
        }
        let spec = DaemonSetDefaults.applied(to: object["spec"] ?? [:])
        var annotations = object["metadata"]?["annotations"] ?? [:]
        annotations["deprecated.daemonset.template.generation"] = "1"
        var daemonSet = DaemonSet(
            name: name,
            uid: random.uuid(),
            namespace: settings.namespace,
            creationTimestamp: WallClock.timestamp(seconds: clock.seconds(at: now) - ageSeconds),
            labels: object["metadata"]?["labels"],
            annotations: annotations,
            owners: object["metadata"]?["ownerReferences"],
            spec: spec.text,
            nodeSelector: [:],
            images: []
        )
        daemonSet.readSpec(spec)
        guard !isDryRun else { return daemonSet }
        let uid = daemonSet.uid
        let stored = commit("ADDED", daemonSet, cluster: cluster)
        timeline.add(.observe(cluster: cluster, name: name, uid: uid), at: now + settings.observeDelay)
        return stored
    }

    private mutating func delete(_ arrival: Arrival, name: String, cluster: Int) -> HTTPResponse {
        do throws(Refusal) {
            let options = try DeleteOptions(arrival.request.body, query: arrival.target.query)
            return Self.object(200, try delete(name, options, cluster: cluster).text)
        } catch {
            return error.status.response
        }
    }

    /// Deletes a DaemonSet. Returns the answer's body; throws the Status that says why not.
    @discardableResult
    mutating func delete(_ name: String, _ options: DeleteOptions, cluster: Int) throws(Refusal) -> JSON {
        guard var object = clusters[cluster].objects[name] else { throw Refusal(.notFound(name)) }
        if let uid = options.uid, uid != object.uid {
            throw Refusal(.conflict(name, field: "UID", wanted: uid, found: object.uid))
        }
        let revision = String(object.revision)
        if let wanted = options.resourceVersion, wanted != revision {
            throw Refusal(.conflict(name, field: "ResourceVersion", wanted: wanted, found: revision))
        }
        let before = object
        // A background deletion also releases an object in foreground deletion: it removes the finalizer of
        // that policy.
        object.finalizers.removeAll { $0 == DaemonSet.foreground }
        if options.isForeground { object.finalizers.append(DaemonSet.foreground) }
        guard !object.finalizers.isEmpty else {
            // Removing the finalizer comes first, and creates a version other than the requested one.
            if before.isTerminating, let wanted = options.resourceVersion {
                throw Refusal(.conflict(name, field: "ResourceVersion", wanted: wanted, found: revision))
            }
            if !options.isDryRun { _ = commit("DELETED", object, cluster: cluster) }
            return KubernetesStatus.deleted(name, uid: object.uid)
        }
        guard !before.isTerminating || object.finalizers != before.finalizers, !options.isDryRun else {
            return .raw(before.text)
        }
        if !object.isTerminating {
            object.deletionTimestamp = WallClock.timestamp(seconds: clock.seconds(at: now))
            object.generation += 1
        }
        let stored = commit("MODIFIED", object, cluster: cluster)
        if stored.waitsForPods {
            timeline.add(
                .podsEnd(cluster: cluster, name: name, uid: object.uid),
                at: now + settings.terminationDelay
            )
        }
        return .raw(stored.text)
    }

    /// Changes an object's finalizers. A deleted object is gone once the last one is removed.
    mutating func setFinalizers(_ finalizers: [String], of object: DaemonSet, cluster: Int) {
        var object = object
        object.finalizers = finalizers
        let isGone = object.isTerminating && finalizers.isEmpty
        _ = commit(isGone ? "DELETED" : "MODIFIED", object, cluster: cluster)
    }

    /// Stores a change and tells the watches.
    mutating func commit(_ type: String, _ object: DaemonSet, cluster: Int) -> DaemonSet {
        let stored = clusters[cluster].record(type, object)
        notify(type, stored, cluster: cluster)
        return stored
    }
}

/// A Status as an error.
struct Refusal: Error {
    var status: KubernetesStatus

    init(_ status: KubernetesStatus) {
        self.status = status
    }
}

extension DaemonSet {
    /// Takes from the spec what the controller needs.
    mutating func readSpec(_ json: JSON) {
        let pod = json["template"]?["spec"]
        nodeSelector = pod?["nodeSelector"]?.strings ?? [:]
        images =
            ["initContainers", "containers"].flatMap { pod?[$0]?.elements ?? [] }
            .compactMap { $0["image"]?.string }
            + (pod?["volumes"]?.elements ?? []).compactMap { $0["image"]?["reference"]?.string }
    }
}
