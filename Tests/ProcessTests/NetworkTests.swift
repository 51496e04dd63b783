import Foundation
import TestSupport
import Testing

/// The real executable, and addresses that are wrong in a way that libcurl notices.
@Suite("A misconfigured address")
struct NetworkTests {
    private func line(
        _ changes: (MockFleetProcess) -> [String: String],
        _ parts: String...
    ) async throws -> RunningProcess {
        let fleet = try await MockFleetProcess(["--users", "1"])
        let process = try RunningProcess(
            "kubernetes-image-puller",
            environment: fleet.environment(users: ["user-1"], changes(fleet))
        )
        defer { process.end() }
        for part in parts { try await process.line(with: "event=failed", part) }
        return process
    }

    @Test(
        "that says https for a plain HTTP server leads to a message with the server's name and the right scheme"
    )
    func plainServer() async throws {
        _ = try await line(
            { ["OPENSHIFT_PROXY_URL": $0.proxyURL.replacing("http://", with: "https://")] },
            "message=\"https://127.0.0.1:",
            "the URL should begin with http://"
        )
    }

    @Test(
        "of an HTTP proxy is reported as the proxy's, without its user name and password"
    )
    func httpProxy() async throws {
        let values: [(String, String)] = [
            (
                "http://joe:pa55word@PROXY",
                "the HTTP proxy of HTTPS_PROXY or ALL_PROXY cannot connect to this host"
            ),
            (
                "http://joe:pa55word@127.0.0.1:1",
                "the HTTP proxy of HTTPS_PROXY or ALL_PROXY cannot be reached"
            ),
            (
                "http://joe:pa55word@no-such-proxy.invalid:1",
                "the host of the HTTP proxy of HTTPS_PROXY or ALL_PROXY has no address"
            ),
        ]
        for (value, says) in values {
            let process = try await line(
                { fleet in
                    let port = fleet.proxyURL.split(separator: ":").last ?? ""
                    return [
                        "OPENSHIFT_PROXY_URL": "https://api.example.com",
                        "https_proxy": value.replacing("PROXY", with: "127.0.0.1:\(port)"),
                    ]
                },
                "https://api.example.com: ",
                says
            )
            #expect(!process.text.contains("joe"))
            #expect(!process.text.contains("pa55word"))
        }
    }
}
