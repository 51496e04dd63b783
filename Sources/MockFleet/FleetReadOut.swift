/// What one DaemonSet looks like from outside the API.
public struct DaemonSetState: Sendable, Equatable {
    /// `metadata.name`
    public var name: String
    /// `metadata.uid`
    public var uid: String
    /// `metadata.generation`
    public var generation: Int
    /// `metadata.resourceVersion`
    public var revision: Int
    /// Nodes that should have a pod, as far as the controller has seen.
    public var desired: Int
    /// Nodes that have one.
    public var scheduled: Int
    /// Nodes whose pod is ready.
    public var ready: Int
    /// Images of the pods, init containers first.
    public var images: [String]
    /// Whether it waits for its pods to end.
    public var isTerminating: Bool
    /// The whole object, as GET answers it.
    public var object: JSON

    init(_ daemonSet: DaemonSet) {
        name = daemonSet.name
        uid = daemonSet.uid
        generation = daemonSet.generation
        revision = daemonSet.revision
        desired = daemonSet.desired
        scheduled = daemonSet.pods.count
        ready = daemonSet.readyCount
        images = daemonSet.images
        isTerminating = daemonSet.isTerminating
        object = .raw(daemonSet.text)
    }

    var json: JSON {
        [
            "name": .string(name), "uid": .string(uid), "generation": .int(generation),
            "resourceVersion": .string(String(revision)), "desired": .int(desired),
            "scheduled": .int(scheduled), "ready": .int(ready),
            "images": .array(images.map { .string($0) }), "terminating": .bool(isTerminating),
        ]
    }
}

/// What one user's cluster looks like, and what the user asked of it.
public struct UserState: Sendable, Equatable {
    /// The user's name.
    public var user: String
    /// The cluster's number; tenants of one cluster have the same.
    public var cluster: Int
    /// All DaemonSets there, by name.
    public var daemonSets: [DaemonSetState]
    /// What is the matter with each node: `ok`, `held`, `failing`, `dead` or `full`.
    public var nodes: [String]
    /// Open watches on the cluster.
    public var watches: Int
    /// Requests of this user since the last reset.
    public var counts: RequestCounts

    var json: JSON {
        [
            "user": .string(user), "cluster": .int(cluster), "exists": .bool(!daemonSets.isEmpty),
            "daemonSets": .array(daemonSets.map(\.json)), "nodes": .array(nodes.map { .string($0) }),
            "watches": .int(watches), "counts": counts.json,
        ]
    }
}

extension Fleet {
    /// The state of a user's cluster; `nil` for an unknown user.
    public func state(of user: String) -> UserState? {
        guard let index = tenantIndex[user] else { return nil }
        let tenant = tenants[index]
        let cluster = clusters[tenant.cluster]
        return UserState(
            user: user,
            cluster: tenant.cluster,
            daemonSets: cluster.objects.values.sorted { $0.name < $1.name }.map { DaemonSetState($0) },
            nodes: cluster.nodes.map(\.state.rawValue),
            watches: cluster.watchers.count,
            counts: tenant.counts
        )
    }

    /// All requests since the last reset, those of the token service and of unknown users included.
    public var requestCounts: RequestCounts { counts }

    /// The latest requests, oldest first, as many as the settings say.
    public var requestLog: [LogEntry] { log.entries }

    /// Sets all counts to 0 and empties the log.
    public mutating func resetCounts() {
        counts = RequestCounts()
        perSecond = RequestsPerSecond(from: now)
        for index in tenants.indices { tenants[index].counts = RequestCounts() }
        log = RequestLog(capacity: settings.logCapacity)
        trapped = []
    }

    /// Adds a fault for one user, or for all users; those that were set before come first.
    public mutating func addFault(_ fault: Fault, user: String? = nil) {
        faults.add(fault, user: user)
    }

    /// Clears one user's faults, or all.
    public mutating func clearFaults(user: String? = nil) {
        faults.clear(user: user)
    }

    /// One line for the whole fleet. "Ready" clusters have at least one DaemonSet, and in each of them all
    /// desired nodes, at least one, are ready.
    var summary: JSON {
        var present = 0
        var ready = 0
        var desiredNodes = 0
        var readyNodes = 0
        for cluster in clusters {
            guard !cluster.objects.isEmpty else { continue }
            present += 1
            var isReady = true
            for object in cluster.objects.values {
                let count = object.readyCount
                desiredNodes += object.desired
                readyNodes += count
                if object.desired == 0 || count < object.desired || object.isTerminating { isReady = false }
            }
            if isReady { ready += 1 }
        }
        return [
            "nowMs": .int(now.milliseconds), "users": .int(tenants.count), "present": .int(present),
            "ready": .int(ready), "desiredNodes": .int(desiredNodes), "readyNodes": .int(readyNodes),
            "watches": .int(watches.count), "tokens": .int(tokens.tokens.count), "counts": counts.json,
        ]
    }
}
