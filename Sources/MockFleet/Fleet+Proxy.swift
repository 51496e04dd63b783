import SocketHTTP

// Who may go where: the proxy in front of the clusters, and the token service beside it.
extension Fleet {
    mutating func route(_ arrival: Arrival) -> Outcome {
        if arrival.verb == .token { return .answer(tokenAnswer(arrival.request)) }
        switch arrival.target.segments.first {
        case "console", "logs":
            return .answer(HTTPResponse(status: 307, headers: ["Location": "http://console.mock/"]))
        default: return proxied(arrival)
        }
    }

    private mutating func tokenAnswer(_ request: HTTPRequest) -> HTTPResponse {
        let path = String(request.path)
        if path.contains("//") {
            let clean = "/" + path.split(separator: "/").joined(separator: "/")
            return HTTPResponse(status: 301, headers: ["Location": clean])
        }
        guard tokens.profile == .oidc || path == "/api/token" else {
            return TokenError.notFound.response(.fabric8)
        }
        return tokens.answer(request, at: now, seconds: clock.seconds(at: now), random: &random)
    }

    /// Every failure on the proxy's own side looks the same to the client.
    static let refused = HTTPResponse(status: 401)

    private mutating func proxied(_ arrival: Arrival) -> Outcome {
        guard let header = arrival.request.headers["authorization"], header.hasPrefix("Bearer "),
            let token = tokens.accepts(String(header.dropFirst(7)), client: settings.clientID, at: now)
        else { return .answer(Self.refused) }
        guard let user = arrival.user, let tenant = tenantIndex[user] else {
            // Where the path names the cluster, the proxy says that there is none.
            let isPath = arrival.target.pathUser != nil
            return .answer(isPath ? .text(404, "cluster not found\n") : Self.refused)
        }
        guard tenants[tenant].isTargetKnown else { return .answer(.text(404, "unknown target cluster\n")) }
        let cluster = tenants[tenant].cluster
        // `Impersonate-Group` is taken off by the proxy, as fabric8-oso-proxy does.
        if !arrival.strayImpersonation.isEmpty {
            let message = "requested \(arrival.strayImpersonation) without impersonating a user"
            return .answer(KubernetesStatus.internalError(message).response)
        }
        if arrival.request.method == "GET", let read = arrival.target.read {
            return self.read(arrival, read, tenant: tenant, token: token)
        }
        guard let namespace = arrival.target.namespace else {
            return .answer(elsewhere(arrival))
        }
        let isPresent = namespace == settings.namespace && clusters[cluster].namespace == .present
        guard isPresent || clusters[cluster].namespace == .missingInCluster else {
            return .answer(Self.refused)
        }
        guard hasCurrentSecret(tenant: tenant, token: token) else {
            return .answer(KubernetesStatus.unauthorized.response)
        }
        guard arrival.verb != .other else { return .answer(forbidden(arrival, namespace: namespace)) }
        return served(arrival, cluster: cluster, isNamespacePresent: isPresent)
    }

    /// The proxy keeps the secret that it found with this token for good: after a rotation only a newly issued
    /// token makes it look again.
    mutating func hasCurrentSecret(tenant: Int, token: TokenService.Token) -> Bool {
        let version = clusters[tenants[tenant].cluster].secretVersion
        if let cached = tenants[tenant].credentials.last(where: { $0.token == token.serial }) {
            return cached.version == version
        }
        tenants[tenant].credentials.append((token.serial, version))
        if tenants[tenant].credentials.count > 4 { tenants[tenant].credentials.removeFirst() }
        return true
    }

    private func forbidden(_ arrival: Arrival, namespace: String) -> HTTPResponse {
        KubernetesStatus.forbidden(
            verb: arrival.target.rbacVerb(arrival.request.method),
            resource: "daemonsets",
            group: "apps",
            name: arrival.target.name,
            namespace: namespace
        ).response
    }

    /// The account can use nothing but DaemonSets.
    func elsewhere(_ arrival: Arrival) -> HTTPResponse {
        KubernetesStatus(
            code: 403,
            reason: "Forbidden",
            message: "forbidden: User \"system:serviceaccount:\(settings.namespace):che\" cannot "
                + "\(arrival.request.method.lowercased()) path \"/\(arrival.target.segments.joined(separator: "/"))\"",
            details: [:]
        ).response
    }
}
