import MockFleet
import TestSupport
import Timing

@testable import KubernetesAPI
@testable import PullerCore

/// A simulated fleet over HTTP, and clients of its clusters.
final class FleetBench: Sendable {
    let fleet: MockFleetServer
    let transport: HTTPTransport
    /// Its own, so that `timeout` is about the cluster's answers and never about the token's.
    private let tokenTransport: HTTPTransport
    let tokens: TokenSource
    let desired: DesiredDaemonSet
    let warnings = Recorded<String>()

    init(
        timeout: Duration = .seconds(30),
        bytes: Int = 1 << 20,
        secret: String = "mock-secret",
        _ change: (inout FleetSettings) -> Void = { _ in }
    ) throws {
        var settings = FleetSettings(users: ["jane", "joe/ü & co"])
        settings.pull = .milliseconds(10)
        settings.pullSpread = .zero
        change(&settings)
        fleet = try MockFleetServer(settings: settings)
        let clock = MonotonicClock.system()
        var limits = HTTPTransport.Limits(time: timeout)
        limits.bytes = bytes
        transport = HTTPTransport(limits: limits, connections: 100, clock: clock)
        tokenTransport = HTTPTransport(
            limits: HTTPTransport.Limits(time: .seconds(60)),
            connections: 100,
            clock: clock
        )
        let credentials = ClientCredentials(
            tokenURL: fleet.providerURL + "/token",
            id: .value(Secret("rh-che")),
            secret: .value(Secret(secret)),
            scope: nil,
            audience: nil,
            authentication: .post
        )
        tokens = TokenSource(
            issuer: .clientCredentials(credentials, tokenTransport, readFile: { _ in "" }),
            backoff: Backoff(initial: .seconds(60), maximum: .seconds(60)),
            // No test here depends on a server's clock.
            clock: .hurried,
            random: { 0.5 }
        )
        desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
    }

    deinit {
        transport.close()
        tokenTransport.close()
        fleet.stop()
    }

    func client(_ user: String = "jane") -> ClusterClient {
        let limit = ClusterClient.answerLimit(bodyLength: desired.body().count)
        return ClusterClient(
            baseURL: fleet.proxyURL,
            impersonatedUser: user,
            namespace: desired.namespace,
            transport: transport,
            tokens: tokens,
            answerLimit: limit,
            hearWarning: { [warnings] in warnings.add($0) }
        )
    }

    /// Adds a fault, in the form of the control endpoint.
    func fault(_ json: JSON) throws { try control("POST", "/control/users/*/faults", json) }

    func set(_ json: JSON, user: String = "jane") throws {
        try control("POST", "/control/users/\(user)", json)
    }

    func act(_ json: JSON) throws { try control("POST", "/control/users/jane/actions", json) }

    private func control(_ method: String, _ path: String, _ json: JSON) throws {
        struct Refused: Error { var answer: String }
        let answer = fleet.control(method, path, json)
        if answer.status != 200 { throw Refused(answer: text(answer.body)) }
    }

    var counts: RequestCounts { fleet.withFleet { $0.requestCounts } }

    /// Deletes Jane's DaemonSet by its uid.
    func delete(_ uid: String) async throws(Failure) -> Deletion {
        try await client().delete(desired.baseName, uid: uid, resourceVersion: nil)
    }

    /// Does one of the four verbs, and tells how it failed.
    func failure(of verb: Verb, user: String = "jane") async -> Failure? {
        let client = client(user)
        return await KubernetesAPITests.failure { () async throws(Failure) in
            switch verb {
            case .get: _ = try await client.observe(desired.baseName)
            case .create: _ = try await client.create(desired.body(), name: desired.baseName)
            case .delete: _ = try await client.delete(desired.baseName, uid: "some-uid", resourceVersion: nil)
            case .watch: try await client.watch(desired.baseName, from: "1", seconds: 20) { _ in true }
            }
        }
    }

    enum Verb: String, CaseIterable, Sendable {
        case get, create, delete, watch
    }
}
