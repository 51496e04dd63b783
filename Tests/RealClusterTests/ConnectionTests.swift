import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import Timing

@Suite(
    "Connections to a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct ConnectionTests {
    /// An API server speaks HTTP/2, with which libcurl would send all watches over one connection, see curl_multi.c.
    @Test("carry one watch each, so that no watch can hold up another")
    func watches() async throws {
        let namespace = try TestNamespace("beta")
        try await namespace.prepare(nodes: 1)
        let token = try await namespace.serviceAccountToken("che")
        let server = try ControlPlanes.required().plane("beta").url
        let port = try #require(server.split(separator: ":").last.flatMap { UInt16($0) })
        let url = "\(server)/apis/apps/v1/namespaces/\(namespace.name)/daemonsets?watch=1&timeoutSeconds=300"
        let clock = MonotonicClock.system()
        let transport = HTTPTransport(limits: .init(time: .seconds(60)), connections: 200, clock: clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    let request = HTTPRequest(
                        "GET",
                        url,
                        headers: [("Authorization", "Bearer \(token)")],
                        body: nil
                    )
                    _ = try? await transport.stream(request, limit: .seconds(310)) { _ in true }
                }
            }
            // Other tests may have connections to this server, too.
            try await poll(within: .seconds(120), "100 connections") { try openConnections(to: port) >= 100 }
            group.cancelAll()
        }
        transport.close()
        await namespace.clearUp()
    }
}
