import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import Timing

/// Checks with a real API server what the in-memory cluster and the mock fleet do.
@Suite(
    "Every implementation of the four verbs",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct RealConformanceTests {
    @Test("over TLS, with a real API server", arguments: DaemonSetAPIConformance.all)
    func realAPIServer(rule: DaemonSetAPIConformance) async throws {
        let planes = try ControlPlanes.required()
        let namespace = try TestNamespace("beta")
        try await namespace.prepare(nodes: 1)
        let environment = namespace.environment(users: nil, ["MULTICLUSTER": "false", "CA_BUNDLE_FILE": ""])
            .merging(["KUBERNETES_API_URL": try planes.plane("beta").url]) { $1 }
        let configuration = try Configuration.parse(environment: environment, readFile: { _ in "" }).get()
        let desired = DesiredDaemonSet(configuration.daemonSet)
        let token = try await namespace.serviceAccountToken("che")
        let clock = MonotonicClock.system()
        let transport = HTTPTransport(limits: .init(time: .seconds(30)), connections: 10, clock: clock)
        let client = ClusterClient(
            baseURL: try planes.plane("beta").url,
            impersonatedUser: nil,
            namespace: desired.namespace,
            transport: transport,
            tokens: TokenSource(
                issuer: .file("token", readFile: { _ in token }),
                backoff: configuration.schedule.backoff,
                clock: clock,
                random: { 0.5 }
            ),
            answerLimit: ClusterClient.answerLimit(bodyLength: desired.body().count)
        )
        let subject = DaemonSetAPIConformance.Subject(
            api: client,
            desired: desired,
            clock: clock,
            patience: .seconds(120),
            holdBack: { try await namespace.annotate(node: 0, "held", "true") },
            makeReady: {
                try await namespace.annotate(node: 0, "dead", nil)
                try await namespace.annotate(node: 0, "held", nil)
            },
            delete: { try await namespace.delete(propagation: "Background") },
            edit: { try await namespace.editImage("busybox:666") },
            terminate: {
                // The deletion waits for a pod whose end a dead kubelet cannot confirm.
                try await poll(within: .seconds(120), "a ready pod") {
                    try await namespace.readyNodes() == namespace.nodes(0)
                }
                try await namespace.annotate(node: 0, "dead", "true")
                try await poll(within: .seconds(120), "a pod that is not ready") {
                    try await namespace.readyNodes().isEmpty
                }
                try await namespace.delete(propagation: "Foreground")
            },
            setFinalizers: { try await namespace.setFinalizers($0, of: TestNamespace.daemonSet) },
            allowReads: { try await namespace.allowReads($0) },
            createDeployment: { try await namespace.createDeployment($0) }
        )
        do {
            try await rule.run(subject)
        } catch {
            await namespace.clearUp()
            throw error
        }
        await namespace.clearUp()
        transport.close()
    }
}
