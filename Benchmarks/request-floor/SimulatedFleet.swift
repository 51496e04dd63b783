import Foundation
import KubernetesAPI
import PullerCore
import Timing

/// The clusters and how to send requests to them, from the puller's own configuration.
struct SimulatedFleet: Sendable {
    /// A configuration that this program cannot work with.
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    let users: [String]
    let proxyURL: String
    let namespace: String
    let schedule: Schedule
    let desired: DesiredDaemonSet
    /// The most connections, the same as the puller's.
    let connections: Int
    let transport: HTTPTransport
    let token: String

    init() async throws {
        let configuration: Configuration
        switch Configuration.parse(
            environment: ProcessInfo.processInfo.environment,
            readFile: { try String(contentsOfFile: $0, encoding: .utf8) }
        ) {
        case .success(let parsed): configuration = parsed
        case .failure(let problems): throw Unusable(description: "\(problems)")
        }
        guard case .fleet(let target) = configuration.target,
            case .clientCredentials(let credentials) = target.credential
        else { throw Unusable(description: "only for many clusters and client credentials") }
        try Trust.install(bundle: configuration.caBundleFile)

        let clock = MonotonicClock.system()
        var files = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
        let budget = ConnectionBudget(
            schedule: configuration.schedule,
            openFiles: Int(min(files.rlim_cur, 1 << 20))
        )
        users = target.allUsers
        proxyURL = target.proxy.template
        namespace = configuration.daemonSet.namespace
        schedule = budget.schedule
        desired = DesiredDaemonSet(configuration.daemonSet)
        connections = budget.connections
        transport = HTTPTransport(
            limits: .init(time: configuration.schedule.requestTimeout),
            connections: budget.connections,
            clock: clock
        )
        let tokens = TokenSource(
            issuer: .clientCredentials(credentials, transport, readFile: { _ in "" }),
            backoff: configuration.schedule.backoff,
            clock: clock,
            random: { .random(in: 0..<1) }
        )
        token = try await tokens.token().value.reveal()
    }

    var collectionURL: String { "\(proxyURL)/apis/apps/v1/namespaces/\(namespace)/daemonsets" }
    /// The body of a deletion without a known uid.
    let deleteBody = Array(#"{"propagationPolicy":"Background"}"#.utf8)

    func objectURL(_ slot: Slot) -> String { "\(collectionURL)/\(desired.name(slot))" }

    func watchURL(_ slot: Slot, from resourceVersion: String) -> String {
        "\(collectionURL)?watch=1&fieldSelector=metadata.name%3D\(desired.name(slot))"
            + "&resourceVersion=\(resourceVersion)&timeoutSeconds=25"
    }

    /// The headers of a request, as the puller sends them.
    func headers(user: String, hasBody: Bool) -> [(name: String, value: String)] {
        let type = hasBody ? [("Content-Type", "application/json")] : []
        return [
            ("Accept", "application/json"), ("Authorization", "Bearer \(token)"), ("Impersonate-User", user),
        ] + type
    }

    /// What go-floor needs and must not work out again, as one line of JSON: the bodies of the creations by name, and
    /// the limits.
    var plan: String {
        let bodies = Slot.allCases.map {
            "\"\($0)\":" + String(decoding: desired.body($0), as: UTF8.self)
        }
        let limits = [
            "\"requests\":\(schedule.maxConcurrentRequests)",
            "\"rollouts\":\(schedule.maxConcurrentRollouts)",
            "\"connections\":\(connections)",
        ]
        return "{" + (bodies + limits).joined(separator: ",") + "}"
    }
}
