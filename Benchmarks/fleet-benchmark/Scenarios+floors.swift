import Foundation

extension Scenarios {
    /// The floors say this when they have a token, and when all is done.
    private static let floorMark = "floor: "

    /// A scenario's work by a floor, with a fleet of its own.
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

    /// Gives each cluster what the puller would make.
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

    /// - Parameter spread: Seconds over which the checks of a steady round come, as the puller's did: such that come one
    ///   by one cost more than as many that come at once. What it took to get a token is then left out, as it is there.
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
