import SocketHTTP

/// What the status port answers to a request: a function of the request and the facts.
public struct StatusRoutes: Sendable {
    /// The metrics for a client that accepts these formats (its `Accept` header).
    public typealias Metrics = @Sendable (_ accept: String?) -> (contentType: String, body: [UInt8])

    private let livez: @Sendable () -> [HealthCheck]
    private let readyz: @Sendable () -> [HealthCheck]
    private let metrics: Metrics

    /// The routes to some facts.
    public init(
        livez: @escaping @Sendable () -> [HealthCheck],
        readyz: @escaping @Sendable () -> [HealthCheck],
        metrics: @escaping Metrics
    ) {
        self.livez = livez
        self.readyz = readyz
        self.metrics = metrics
    }

    /// The answer to a request.
    public func answer(_ request: HTTPRequest) -> HTTPResponse {
        var response = routed(request)
        response.headers.add("Cache-Control", "no-store")
        response.headers.add("X-Content-Type-Options", "nosniff")
        return response
    }

    private func routed(_ request: HTTPRequest) -> HTTPResponse {
        guard request.isReading else { return request.notAllowed { .text(405, $0 + "\n") } }
        switch request.path {
        case "/livez": return Self.health("livez", livez(), request.query)
        case "/readyz": return Self.health("readyz", readyz(), request.query)
        case "/metrics":
            let (contentType, body) = metrics(request.headers["accept"])
            return HTTPResponse(status: 200, headers: ["Content-Type": contentType], body: body)
        default: return .text(404, "not found; there are /livez, /readyz and /metrics\n")
        }
    }

    /// In the form of the API server's health endpoints: `ok`, or, with `?verbose` or when a check fails, a line for each
    /// check. `?exclude=NAME` leaves a check out. Why a check fails is not told: anyone may ask this port.
    private static func health(_ name: String, _ checks: [HealthCheck], _ query: Substring) -> HTTPResponse {
        let parameters = query.split(separator: "&").map {
            $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        }
        let excluded = Set(parameters.filter { $0[0] == "exclude" && $0.count == 2 }.map { $0[1] })
        let isVerbose = parameters.contains { $0[0] == "verbose" }
        let isHealthy = checks.allSatisfy { $0.isOK || excluded.contains($0.name[...]) }
        guard isVerbose || !isHealthy else { return .text(200, "ok") }
        var text = ""
        for check in checks {
            if excluded.contains(check.name[...]) {
                text += "[+]\(check.name) excluded: ok\n"
            } else if check.isOK {
                text += "[+]\(check.name) ok\n"
            } else {
                text += "[-]\(check.name) failed: reason withheld\n"
            }
        }
        return .text(isHealthy ? 200 : 500, text + "\(name) check \(isHealthy ? "passed" : "failed")\n")
    }
}
