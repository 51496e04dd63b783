import Foundation

extension Scenarios {
    /// The floors print a line with this when they have a token, and when all is done.
    private static let floorMark = "floor: "

    /// Runs a scenario's work by a floor, with a new mock fleet.
    func floor(
        _ scenario: Scenario,
        _ subject: Subject,
        _ settings: MockFleet.Settings,
        _ road: Tools.Road
    ) throws {
        let works: [Scenario: String] = [.warmStart: "check", .refresh: "replace", .exit: "remove"]
        let fleet = try tools.startFleet(settings, road)
        if works[scenario] != nil { try populate(fleet, road) }
        try runFloor(scenario, subject, work: works[scenario] ?? "create", fleet, road)
        try fleet.end()
    }

    /// Creates in each cluster what the puller would create.
    func populate(_ fleet: MockFleet, _ road: Tools.Road) throws {
        let process = try startFloor(.coldStart, .floor, work: "create", fleet, road, spread: nil)
        try process.wait(for: Self.floorMark, count: 2, within: Self.patience)
        try process.end(diesOfSignal: true)
    }

    private func startFloor(
        _ scenario: Scenario,
        _ subject: Subject,
        work: String,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        spread: Double?
    ) throws -> MeasuredProcess {
        try MeasuredProcess(
            tools.program("request-floor"),
            [subject.rawValue, work, "\(spread ?? 0)"],
            environment: tools.environment(fleet, road, scenario.isUnlimited ? Self.unlimited(fleet) : [:]),
            output: tools.file("floor.out")
        )
    }

    /// - Parameter spread: Seconds over which the checks of a steady round are spread, as the puller's were: checks one
    ///   by one cost more than the same number at once. The cost of getting a token is then left out, as for the
    ///   puller.
    func runFloor(
        _ scenario: Scenario,
        _ subject: Subject,
        work: String,
        _ fleet: MockFleet,
        _ road: Tools.Road,
        spread: Double? = nil
    ) throws {
        try fleet.resetCounts()
        let process = try startFloor(scenario, subject, work: work, fleet, road, spread: spread)
        try process.wait(for: Self.floorMark, count: 1, within: Self.patience)
        let start = spread == nil ? (wall: 0, cpu: 0) : (wall: process.age, cpu: process.cpuSeconds)
        try process.wait(for: Self.floorMark, count: 2, within: Self.patience)
        let wall = process.age - start.wall
        let cpu = process.cpuSeconds - start.cpu
        var result = try measurement(scenario, process, fleet, road, wall: wall, cpu: cpu)
        result.subject = subject
        if scenario == .exit { try requireNothingLeft(fleet) }
        record(result)
        try process.end(diesOfSignal: true)
    }
}
