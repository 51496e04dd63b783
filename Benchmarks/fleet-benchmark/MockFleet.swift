import Foundation
import MockFleetControl

/// The mock fleet as a separate process whose use of resources is measured.
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

    let settings: Settings
    let process: MeasuredProcess
    var proxyURL: String { control.proxyURL }
    var providerURL: String { control.providerURL }
    private let control: MockFleetControl
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
        try process.wait(for: MockFleetControl.readyMark, count: 1, within: 30)
        control = try MockFleetControl(readyLine: String(decoding: process.printed, as: UTF8.self))
        if settings.latencyMs > 0 {
            try addFault(#"{"kind":"delay","delayMs":\#(settings.latencyMs)}"#)
        }
        cpuAtReset = process.cpuSeconds
    }

    func end() throws { try process.end() }

    /// Requests by verb since the last reset.
    func counts() throws -> [String: Int] {
        try control.getAndWait(MockFleetControl.Path.counts, as: [String: Int].self)
    }

    func resetCounts() throws {
        try control.sendAndWait("DELETE", MockFleetControl.Path.counts)
        cpuAtReset = process.cpuSeconds
    }

    /// Its CPU time since the last reset, in seconds.
    var cpuSeconds: Double { process.cpuSeconds - cpuAtReset }

    /// Adds a fault, for one user or for all.
    func addFault(_ json: String, user: String = "*") throws {
        try control.sendAndWait("POST", MockFleetControl.Path.faults(of: user), json)
    }

    /// Removes the faults of all users.
    func clearFaults() throws {
        try control.sendAndWait("DELETE", MockFleetControl.Path.faults(of: "*"))
    }

    /// Requests in each second since the last reset.
    func requestsPerSecond() throws -> [Int] {
        try control.getAndWait(
            MockFleetControl.Path.seconds,
            as: MockFleetControl.RequestsPerSecond.self
        ).requests
    }

    func summary() throws -> MockFleetControl.Summary {
        try control.getAndWait(MockFleetControl.Path.summary, as: MockFleetControl.Summary.self)
    }

    /// The most requests for one user since the last reset.
    func mostRequestsOfOneUser() throws -> Int {
        struct User: Decodable { var counts: [String: Int] }
        struct Users: Decodable { var users: [User] }
        let users = try control.getAndWait(MockFleetControl.Path.users, as: Users.self).users
        return users.map { $0.counts["total", default: 0] }.max() ?? 0
    }
}
