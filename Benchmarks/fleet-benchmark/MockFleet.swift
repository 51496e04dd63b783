import Foundation
import FoundationNetworking

/// The mock fleet as a separate process, and its control endpoints.
final class MockFleet {
    /// How the mock fleet behaves; part of every result.
    struct Settings: Codable, Equatable {
        var users: Int
        var nodes = 3
        /// Milliseconds until the DaemonSet controller notices a change.
        var observeMs = 1
        /// Milliseconds from then until the pods are ready.
        var pullMs = 4
        /// Milliseconds by which each answer is delayed.
        var latencyMs = 0
    }

    private struct Ready: Decodable {
        var proxyURL: String
        var providerURL: String
        var controlURL: String
    }

    let settings: Settings
    let process: MeasuredProcess
    let proxyURL: String
    let providerURL: String
    private let controlURL: String
    private var cpuAtReset = 0.0

    /// - Parameter port: The proxy's port; 0 for any free one.
    init(_ settings: Settings, port: Int, tools: Tools) throws {
        self.settings = settings
        process = try MeasuredProcess(
            tools.program("mock-fleet"),
            [
                "--users", "\(settings.users)", "--nodes", "\(settings.nodes)", "--port", "\(port)",
                "--observe-ms", "\(settings.observeMs)", "--pull-ms", "\(settings.pullMs)",
                "--pull-spread-ms", "0",
            ],
            environment: [:],
            output: tools.file("mock-fleet.out")
        )
        try process.wait(for: "\"ready\":true", count: 1, within: 30)
        let ready = try JSONDecoder().decode(Ready.self, from: process.printed)
        proxyURL = ready.proxyURL
        providerURL = ready.providerURL
        controlURL = ready.controlURL
        if settings.latencyMs > 0 {
            try addFault(#"{"kind":"delay","delayMs":\#(settings.latencyMs)}"#)
        }
        cpuAtReset = process.cpuSeconds
    }

    func end() throws { try process.end() }

    /// Requests by verb since the last reset.
    func counts() throws -> [String: Int] {
        try JSONDecoder().decode([String: Int].self, from: control("GET", "counts"))
    }

    func resetCounts() throws {
        _ = try control("DELETE", "counts")
        cpuAtReset = process.cpuSeconds
    }

    /// Its CPU time since the last reset, in seconds.
    var cpuSeconds: Double { process.cpuSeconds - cpuAtReset }

    /// Adds a fault, for one user or for all.
    func addFault(_ json: String, user: String = "*") throws {
        _ = try control("POST", "users/\(user)/faults", json)
    }

    /// Counts of clusters.
    struct Summary: Decodable {
        /// Clusters whose DaemonSet is ready on all nodes.
        var ready: Int
        /// Clusters with a DaemonSet.
        var present: Int
    }

    func summary() throws -> Summary {
        try JSONDecoder().decode(Summary.self, from: control("GET", "summary"))
    }

    /// The most requests for one user since the last reset.
    func mostRequestsOfOneUser() throws -> Int {
        struct User: Decodable { var counts: [String: Int] }
        struct Users: Decodable { var users: [User] }
        let users = try JSONDecoder().decode(Users.self, from: control("GET", "users")).users
        return users.map { $0.counts["total", default: 0] }.max() ?? 0
    }

    private func control(_ method: String, _ path: String, _ body: String? = nil) throws -> Data {
        guard let url = URL(string: "\(controlURL)/\(path)") else {
            throw MeasuredProcess.Problem(description: "\(controlURL) is not a URL")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        let done = DispatchSemaphore(value: 0)
        let answer = Answer()
        URLSession.shared.dataTask(with: request) { data, response, _ in
            answer.set((response as? HTTPURLResponse)?.statusCode, data)
            done.signal()
        }.resume()
        done.wait()
        let (status, data) = answer.get()
        guard status == 200 else {
            let text = String(decoding: data, as: UTF8.self)
            throw MeasuredProcess.Problem(description: "\(method) \(path) of the mock fleet: \(text)")
        }
        return data
    }
}
