import Testing

@testable import fleet_benchmark

/// Makes measurements, by default of five thousand users and without any fault, and rows and results from them.
enum Samples {
    static func measurement(
        _ scenario: Scenario,
        _ subject: Subject = .puller,
        users: Int = 5000,
        over road: Tools.Road = .http,
        turn: Int? = nil,
        _ change: (inout Measurement) -> Void = { _ in }
    ) -> Measurement {
        var measurement = Measurement(
            scenario: scenario,
            subject: subject,
            road: road,
            fleet: MockFleet.Settings(users: users),
            turn: turn,
            wall: 2,
            cpu: 3
        )
        change(&measurement)
        return measurement
    }

    /// One measurement in each of `count` turns.
    static func turns(
        _ scenario: Scenario,
        _ subject: Subject = .puller,
        users: Int = 5000,
        over road: Tools.Road = .http,
        count: Int = 5,
        _ change: (inout Measurement) -> Void = { _ in }
    ) -> [Measurement] {
        (0..<count).map { measurement(scenario, subject, users: users, over: road, turn: $0, change) }
    }

    static func results(_ measurements: [Measurement], mode: String = "full") -> Results {
        var results = Results(
            machine: "any",
            began: .now,
            commit: "any",
            mode: mode,
            loadAverageBefore: "0"
        )
        results.measurements = measurements
        results.mockRequestsPerSecond = 40_000
        return results
    }

    static func rows(_ results: Results) throws -> [TargetRow] {
        Targets(results: results, scale: try #require(Scale.byMode[results.mode])).rows
    }

    static func row(
        _ name: String,
        of measurements: [Measurement],
        mode: String = "full"
    ) throws -> TargetRow {
        try row(name, of: results(measurements, mode: mode))
    }

    static func row(_ name: String, of results: Results) throws -> TargetRow {
        let found = try rows(results).filter { $0.name.hasPrefix(name) }
        #expect(found.count == 1, "\(name)")
        return try #require(found.first)
    }
}
