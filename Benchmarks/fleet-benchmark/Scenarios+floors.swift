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
        let environment = tools.environment(fleet, road, scenario.isUnlimited ? Self.unlimited(fleet) : [:])
        var program = tools.program("request-floor")
        var arguments = [subject.rawValue, work, "\(spread ?? 0)"]
        if subject == .go, let goFloor = tools.goFloor {
            let plan = tools.file("go-floor.json")
            let text = try tools.output(of: program.path, ["print"], environment: environment)
            try Data(text.utf8).write(to: plan)
            // What was asked for the plan is not its work.
            try fleet.resetCounts()
            (program, arguments) = (goFloor, [work, "\(spread ?? 0)", plan.path])
        }
        return try MeasuredProcess(
            program,
            arguments,
            environment: environment,
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
