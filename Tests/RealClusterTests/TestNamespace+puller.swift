import Glibc
import PullerCore
import TestSupport

// The puller that works in the namespace.
extension TestNamespace {
    /// The environment of a puller for these users.
    func environment(users: [String]? = nil, _ changes: [String: String] = [:]) -> [String: String] {
        [
            "IMAGES": "first=quay.io/eclipse/che-java11-maven:nightly;second=eclipse/che-theia:7.0.0",
            "IMPERSONATE_USERS": (users ?? [user]).joined(separator: ","),
            "OPENSHIFT_PROXY_URL": planes.proxy.url,
            "OIDC_PROVIDER": planes.proxy.oidcProvider,
            "SERVICE_ACCOUNT_ID": planes.proxy.clientID,
            "SERVICE_ACCOUNT_SECRET": planes.proxy.clientSecret,
            "CA_BUNDLE_FILE": planes.ca,
            "NAMESPACE": name,
            "NODE_SELECTOR": #"{"test":"\#(name)"}"#,
            // Seven seconds.
            "CACHING_INTERVAL_HOURS": "0.002",
            "BACKOFF_INITIAL_SECONDS": "0.2",
            "BACKOFF_MAX_SECONDS": "2",
        ].merging(changes) { $1 }
    }

    func startPuller(_ changes: [String: String] = [:]) throws -> RunningProcess {
        try RunningProcess("kubernetes-image-puller", environment: environment(changes))
    }

    /// Runs a puller until its DaemonSet is ready, and keeps the DaemonSet.
    @discardableResult
    func roll(out image: String, nodes: Int = 3, _ changes: [String: String] = [:]) async throws -> Seen {
        let puller = try startPuller(changes.merging(Self.only(image)) { $1 })
        defer { puller.end() }
        let ready = try await waitReady(nodes: nodes, image: image)
        try await puller.line(with: "event=ready")
        guard try await puller.stop() == 0 else { throw RunningProcess.Problem(puller.text) }
        return ready
    }

    /// A configuration with one image.
    static func only(_ image: String) -> [String: String] { ["IMAGES": "image=\(image)"] }

    private var proxyControl: RawClient { RawClient(baseURL: planes.proxy.controlURL) }

    /// The requests for this namespace that the proxy received since the last reset, such as `GET 200`, or `WATCH 200`
    /// for a watch.
    func requests() async throws -> [String] {
        let log = try await proxyControl.must("GET", "/log?namespace=\(name)")
        return log.array("requests").map { request in
            let isWatch = request.string("path")?.contains("watch=1") == true
            let status = request.int("status").map { "\($0)" } ?? "-"
            return "\(isWatch ? "WATCH" : request.string("method") ?? "?") \(status)"
        }
    }

    /// Shifts the `Date` of all answers for this namespace by this much.
    func setDate(ahead seconds: Int) async throws {
        try await proxyControl.must("POST", "/date?namespace=\(name)&ahead=\(seconds)")
    }

    func resetRequests() async throws {
        try await proxyControl.must("DELETE", "/log?namespace=\(name)")
    }
}

extension RunningProcess {
    /// The time between the first lines with these texts, by what they say, in whole seconds.
    func time(from first: String, to second: String) async throws -> Duration {
        let times = try await [line(with: first), line(with: second)].map { line in
            Timestamp(rfc3339: line.dropFirst("time=".count).prefix { $0 != "." } + "Z")
        }
        guard let first = times[0], let second = times[1] else { throw Problem("no times: \(text)") }
        return second - first
    }

    /// Tells it to stop, and waits until it has exited.
    func stop() async throws -> Int32 {
        signal(SIGTERM)
        return try await exitCode(within: .seconds(120))
    }
}
