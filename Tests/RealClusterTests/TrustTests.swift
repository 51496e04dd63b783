import TestSupport
import Testing

@Suite("Trust", .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)"))
struct TrustTests {
    @Test(
        "is refused to a server whose certificate is wrong, and the error says what is wrong with it",
        arguments: [
            ("foreignCA", "unknown authority"), ("expired", "expired"), ("wrongHost", "another host"),
        ]
    )
    func refuses(listener: String, message: String) async throws {
        let planes = try ControlPlanes.required()
        let namespace = try TestNamespace("alpha")
        let url = try #require(planes.proxy.untrusted[listener])
        let process = try namespace.startPuller(["OPENSHIFT_PROXY_URL": url])
        defer { process.end() }
        try await process.line(with: "event=failed", "reason=Untrusted", message)
        // The token service has a valid certificate and was reached; the proxy received no request.
        #expect(try await namespace.requests() == [])
        #expect(try await process.stop() == 0)
    }

    @Test("is refused to a server with a valid certificate when the bundle contains only another CA")
    func refusesOthers() async throws {
        let planes = try ControlPlanes.required()
        let process = try TestNamespace("alpha").startPuller(["CA_BUNDLE_FILE": planes.foreignCA])
        defer { process.end() }
        try await process.line(with: "event=failed", "reason=TokenUnavailable", "unknown authority")
    }

    @Test("returns when an expired certificate is renewed")
    func renewed() async throws {
        let planes = try ControlPlanes.required()
        let namespace = try TestNamespace("alpha")
        try await namespace.prepare()
        let control = RawClient(baseURL: planes.proxy.controlURL)
        // Planes that keep running between runs may have run this test before.
        try await control.must("POST", "/certificate?listener=renewable&of=expired")
        let url = try #require(planes.proxy.untrusted["renewable"])
        let process = try namespace.startPuller(["OPENSHIFT_PROXY_URL": url])
        defer { process.end() }
        try await process.line(with: "event=failed", "reason=Untrusted", "expired")
        try await control.must("POST", "/certificate?listener=renewable&of=proxy")
        try await process.line(with: "event=ready")
        #expect(try await process.stop() == 0)
        await namespace.clearUp()
    }
}
