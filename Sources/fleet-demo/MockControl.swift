import Foundation
import FoundationNetworking

/// Sets faults in the mock fleet; see `mock-fleet --help`.
struct MockControl {
    let url: String

    /// Lets every request for a cluster fail from now on.
    func fail(_ cluster: String) async throws {
        try await send("POST", "users/\(cluster)/faults", #"{"kind":"status","status":503,"body":"html"}"#)
    }

    /// Ends that.
    func heal(_ cluster: String) async throws {
        try await send("DELETE", "users/\(cluster)/faults", nil)
    }

    private func send(_ method: String, _ path: String, _ body: String?) async throws {
        guard let url = URL(string: "\(url)/\(path)") else {
            throw ChildProcess.Problem(description: "\(url) is not a URL")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw ChildProcess.Problem(
                description: "the mock fleet refused: \(String(decoding: data, as: UTF8.self))"
            )
        }
    }
}
