import Foundation

/// Measures how many GETs of a DaemonSet the mock fleet can answer per second, to show that the mock fleet does not
/// limit what is measured.
enum MockSpeed {
    static func measure(_ tools: Tools, wrk: String) throws -> Double {
        let fleet = try tools.startFleet(.init(users: 100), .http)
        defer { _ = try? fleet.end() }
        try Scenarios(tools: tools) { _ in }.populate(fleet, .http)
        let form = "grant_type=client_credentials&client_id=rh-che&client_secret=mock-secret"
        let grant = try tools.output(of: "curl", ["-s", "-d", form, "\(fleet.providerURL)/token"])
        struct Grant: Decodable {
            // The name in the JSON.
            // swift-format-ignore: AlwaysUseLowerCamelCase
            var access_token: String
        }
        let token = try JSONDecoder().decode(Grant.self, from: Data(grant.utf8)).access_token
        let path = "/apis/apps/v1/namespaces/k8s-image-puller/daemonsets/kubernetes-image-puller"
        let printed = try tools.output(
            of: wrk,
            [
                "-t1", "-c64", "-d2s", "-H", "Authorization: Bearer \(token)", "-H",
                "Impersonate-User: user-1",
                fleet.proxyURL + path,
            ]
        )
        guard !printed.contains("Non-2xx") else {
            throw MeasuredProcess.Problem(description: "not all answers were 2xx: \(printed.suffix(200))")
        }
        let line = printed.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
        guard let speed = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw MeasuredProcess.Problem(description: "wrk printed: \(printed.prefix(200))")
        }
        return speed
    }
}
