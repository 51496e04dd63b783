import SocketHTTP

// What can be read besides DaemonSets, where the account may.
extension Fleet {
    mutating func read(
        _ arrival: Arrival,
        _ read: KubernetesRequest.Read,
        tenant: Int,
        token: TokenService.Token
    ) -> Outcome {
        let place = tenants[tenant].cluster
        let cluster = clusters[place]
        let namespace: String? =
            switch read {
            case .pods(let namespace), .events(let namespace), .deployment(_, let namespace): namespace
            case .apiGroups: nil
            }
        let isPresent =
            namespace.map { $0 == settings.namespace && cluster.namespace == .present } ?? true
        guard isPresent || cluster.namespace == .missingInCluster else { return .answer(Self.refused) }
        guard hasCurrentSecret(tenant: tenant, token: token) else {
            return .answer(KubernetesStatus.unauthorized.response)
        }
        switch read {
        case .pods(let namespace):
            guard cluster.reads.pods else {
                return .answer(Self.notAllowed("list", "pods", group: "", name: nil, namespace))
            }
            return .answer(pods(arrival.target.query, in: cluster, isNamespacePresent: isPresent))
        case .events(let namespace):
            guard cluster.reads.events != .forbidden else {
                return .answer(Self.notAllowed("list", "events", group: "", name: nil, namespace))
            }
            return .answer(events(arrival.target.query, in: cluster, isNamespacePresent: isPresent))
        case .deployment(let name, let namespace):
            guard cluster.reads.deployment else {
                return .answer(Self.notAllowed("get", "deployments", group: "apps", name: name, namespace))
            }
            return .answer(deployment(name, in: cluster, isNamespacePresent: isPresent))
        case .apiGroups:
            guard cluster.reads.discovery != .forbidden else { return .answer(elsewhere(arrival)) }
            return .answer(Self.apiGroups(isOpenShift: cluster.reads.discovery == .openshift))
        }
    }

    private static func json(_ object: JSON) -> HTTPResponse {
        HTTPResponse(status: 200, headers: ["Content-Type": "application/json"], body: object.text)
    }

    private static func notAllowed(
        _ verb: String,
        _ resource: String,
        group: String,
        name: String?,
        _ namespace: String
    ) -> HTTPResponse {
        KubernetesStatus.forbidden(
            verb: verb,
            resource: resource,
            group: group,
            name: name,
            namespace: namespace
        ).response
    }

    // MARK: Pods

    private func pods(
        _ query: [String: String],
        in cluster: Cluster,
        isNamespacePresent: Bool
    ) -> HTTPResponse {
        guard let wanted = Self.labels(query["labelSelector"] ?? "") else {
            return KubernetesStatus.badRequest("unable to parse requirement").response
        }
        let all = (isNamespacePresent ? writers(cluster) : [])
            .filter { writer in wanted.allSatisfy { writer.labels[$0.key] == $0.value } }
            .flatMap { writer in writer.object.pods.keys.sorted().map { (writer, $0) } }
        return page("PodList", of: all, query, in: cluster) { $0.0.pod(on: $0.1) }
    }

    private func writers(_ cluster: Cluster) -> [PodWriter] {
        cluster.objects.values.sorted { $0.name < $1.name }.map { PodWriter($0, in: cluster) }
    }

    // MARK: Events

    /// The kubelets' events about pulls: the only ones that there are.
    private func events(
        _ query: [String: String],
        in cluster: Cluster,
        isNamespacePresent: Bool
    ) -> HTTPResponse {
        guard let wanted = Self.labels(query["fieldSelector"] ?? "") else {
            return KubernetesStatus.badRequest("unable to parse requirement").response
        }
        let known = ["involvedObject.kind": "Pod", "reason": "Pulled"]
        let isWanted = isNamespacePresent && wanted.allSatisfy { known[$0.key] == $0.value }
        let writers = isWanted ? writers(cluster) : []
        switch cluster.reads.events {
        case .malformed: return Self.json(["kind": "PodList", "apiVersion": "v1", "items": [["reason": 7]]])
        case .huge:
            return Self.json(["kind": "EventList", "text": .string(String(repeating: "x", count: 9 << 20))])
        case .hostile:
            return page("EventList", of: writers.flatMap(\.hostileEvents), query, in: cluster) { $0 }
        case .readable, .forbidden:
            return page("EventList", of: writers.flatMap(\.pullEvents), query, in: cluster) { $0 }
        }
    }

    // MARK: Lists

    /// A page of a list. What `continue` asks for is known as long as the changes since the first page are.
    private func page<Item>(
        _ kind: String,
        of all: [Item],
        _ query: [String: String],
        in cluster: Cluster,
        _ write: (Item) -> JSON
    ) -> HTTPResponse {
        var start = 0
        var revision = cluster.revision
        if let token = query["continue"], !token.isEmpty {
            let parts = token.split(separator: "+").compactMap { Int($0) }
            guard parts.count == 2, parts[1] >= 0 else {
                return KubernetesStatus.badRequest("continue key is not valid: illegal base64 data").response
            }
            (revision, start) = (parts[0], parts[1])
            guard revision >= cluster.oldestRevision else {
                return KubernetesStatus(
                    code: 410,
                    reason: "Expired",
                    message:
                        "The provided continue parameter is too old to display a consistent list result. You can "
                        + "start a new list without the continue parameter."
                ).response
            }
        }
        let limit = query["limit"].flatMap { Int($0) } ?? 0
        let rest = all.dropFirst(start)
        let page = limit > 0 ? rest.prefix(limit) : rest
        var metadata: JSON = ["resourceVersion": .string(String(revision))]
        if page.count < rest.count {
            metadata["continue"] = .string("\(revision)+\(start + page.count)")
        }
        return Self.json([
            "kind": .string(kind), "apiVersion": "v1", "metadata": metadata, "items": .array(page.map(write)),
        ])
    }

    /// `a=b,c=d`; `nil` for any other selector.
    private static func labels(_ text: String) -> [String: String]? {
        var labels: [String: String] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false)
            guard pair.count == 2 else { return nil }
            labels[String(pair[0])] = String(pair[1])
        }
        return labels
    }

    // MARK: The others

    private func deployment(_ name: String, in cluster: Cluster, isNamespacePresent: Bool) -> HTTPResponse {
        guard isNamespacePresent, let uid = cluster.reads.deployments[name] else {
            return KubernetesStatus(
                code: 404,
                reason: "NotFound",
                message: "deployments.apps \"\(name)\" not found",
                details: ["name": .string(name), "group": "apps", "kind": "deployments"]
            ).response
        }
        return Self.json([
            "kind": "Deployment", "apiVersion": "apps/v1",
            "metadata": [
                "name": .string(name), "namespace": .string(settings.namespace), "uid": .string(uid),
                "resourceVersion": "7", "generation": 1,
            ],
            "spec": ["replicas": 1], "status": ["replicas": 1, "readyReplicas": 1],
        ])
    }

    private static func apiGroups(isOpenShift: Bool) -> HTTPResponse {
        let names =
            ["apiregistration.k8s.io", "apps", "batch", "networking.k8s.io", "rbac.authorization.k8s.io"]
            + (isOpenShift ? ["route.openshift.io", "security.openshift.io"] : [])
        let groups = names.map { name -> JSON in
            let version: JSON = ["groupVersion": .string("\(name)/v1"), "version": "v1"]
            return ["name": .string(name), "versions": [version], "preferredVersion": version]
        }
        return json(["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups)])
    }
}
