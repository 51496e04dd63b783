import Foundation
import TestSupport
import Testing

/// The real executable in single-cluster mode, with a real API server and a service account's token.
@Suite("The puller in one real cluster", .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)"))
struct SingleClusterTests {
    @Test("works with a service account's token from a file, which may be replaced while it runs")
    func tokenFile() async throws {
        let planes = try ControlPlanes.required()
        let namespace = try TestNamespace("beta")
        try await namespace.prepare(nodes: 2)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        func writeToken(_ token: String) throws {
            try token.write(to: file, atomically: true, encoding: .utf8)
        }
        let token = try await namespace.serviceAccountToken("che")
        // The first token is not valid; after the 401, the file is read again.
        try writeToken("not-a-token")
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: [
                "MULTICLUSTER": "false",
                "KUBERNETES_API_URL": try planes.plane("beta").url,
                "BEARER_TOKEN_FILE": file.path,
                "CA_BUNDLE_FILE": planes.ca,
                "NAMESPACE": namespace.name,
                "NODE_SELECTOR": #"{"test":"\#(namespace.name)"}"#,
                "IMAGES": "a=busybox:1",
                "BACKOFF_MAX_SECONDS": "2",
                "ON_EXIT": "delete",
            ]
        )
        defer { process.end() }
        try await process.line(with: "event=failed", "reason=Unauthorized")
        try writeToken(token)
        try await namespace.waitReady(nodes: 2)
        try await process.line(with: "event=ready", "2/2")
        #expect(try await process.stop() == 0)
        #expect(try await namespace.all().isEmpty)
        #expect(!process.text.contains(token))
        await namespace.clearUp()
    }
}
