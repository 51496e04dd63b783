import Testing

@testable import fleet_benchmark

@Suite("Figures that compare runs of the same turn")
struct TurnsTests {
    private static let name = "CPU, cold start of 5000 against floor"

    /// One run in each turn, with these CPU seconds.
    private func runs(_ subject: Subject, cpu: [Double], _ scenario: Scenario = .coldStart) -> [Measurement] {
        cpu.enumerated().map { turn, cpu in
            Samples.measurement(scenario, subject, turn: turn) { $0.cpu = cpu }
        }
    }

    @Test(
        "are not met above the target, or with fewer runs than planned",
        arguments: [(3.7, 5, true), (3.8, 5, false), (3.7, 4, false)]
    )
    func ratio(cpu: Double, runs count: Int, isMet: Bool) throws {
        // The third turn is disturbed. The ratio of the medians would be 1.
        let floors = runs(.floor, cpu: [1.0, 3, 30, 3, cpu]).prefix(count)
        let pullers = runs(.puller, cpu: [100, cpu, 30, cpu, 3]).prefix(count)
        // Runs over TLS, of other sizes and of other scenarios do not count.
        let others = [
            Samples.measurement(.coldStart, over: .tls, turn: 0) { $0.cpu = 1000 },
            Samples.measurement(.coldStart, users: 10_000, turn: 0) { $0.cpu = 1000 },
            Samples.measurement(.warmStart, turn: 0) { $0.cpu = 1000 },
        ]
        let row = try Samples.row(Self.name, of: others + floors + pullers.reversed())
        #expect(row.isMet == isMet)
        #expect(row.runs == count)
        #expect(row.verdict == (isMet ? "met" : "NOT MET"))
    }

    @Test("are not affected by a run that belongs to no turn")
    func unpaired() throws {
        let floors = runs(.floor, cpu: [1, 2, 3, 4, 5])
        let pullers = runs(.puller, cpu: [1.1, 2.2, 3.3, 4.4, 5.5])
        let sixth = Samples.measurement(.coldStart) { $0.cpu = 1000 }
        for measured in [[sixth] + floors + pullers, floors + pullers + [sixth]] {
            let row = try Samples.row(Self.name, of: measured)
            #expect(row.isMet == true)
            #expect(row.runs == 5)
            #expect(row.figure.hasPrefix("1.10 (1.10 to 1.10)"))
        }
        // Two such runs are not compared with each other, either.
        let two = [sixth, Samples.measurement(.coldStart, .floor)]
        #expect(try Samples.row(Self.name, of: two).figure == "not measured")
    }

    @Test("leave out a turn in which one of the two runs is missing, and use the others")
    func missing() throws {
        let floors = runs(.floor, cpu: [1, 2, 3, 4, 5]).filter { $0.turn != 1 }
        let pullers = runs(.puller, cpu: [1.1, 2.2, 3.3, 4.4, 5.5])
        let row = try Samples.row(Self.name, of: floors + pullers)
        #expect(row.figure.hasPrefix("1.10 (1.10 to 1.10)"))
        #expect(row.runs == 4)
        #expect(row.isMet == false)
    }

    @Test("are separate for isolation with unlimited rollouts, with default limits, and over TLS")
    func isolation() throws {
        func runs(_ scenario: Scenario, _ latency: Double, over road: Tools.Road = .http) -> [Measurement] {
            Samples.turns(scenario, users: 1000, over: road, count: road == .tls ? 1 : 5) {
                $0.percentile99 = latency
            }
        }
        let measured =
            runs(.noFailures, 1) + runs(.isolation, 1.2) + runs(.noFailuresLimited, 1)
            + runs(.isolationLimited, 1.3) + runs(.noFailures, 2, over: .tls)
            + runs(.isolation, 3, over: .tls)
        let name = "99th percentile of the healthy of 1000, 10 % failing against none, "
        let rows = try Samples.rows(Samples.results(measured)).filter { $0.name.hasPrefix(name) }
        #expect(
            rows.map { $0.name.dropFirst(name.count) } == [
                "unlimited rollouts", "default limits", "unlimited rollouts, over TLS",
            ]
        )
        #expect(rows.map(\.isMet) == [true, false, nil])
        #expect(rows.map(\.runs) == [5, 5, 1])
        #expect(rows[0].figure == "1.20 (1.20 to 1.20), 1.20 s / 1.00 s")
        #expect(rows[2].figure == "1.50, 3.00 s / 2.00 s")
    }

    @Test(
        "may show a tenth more CPU and memory in rounds that are observed",
        arguments: [(1.1, true), (1.11, false)]
    )
    func observed(times: Double, isMet: Bool) throws {
        let calm = Samples.turns(.steadyRound, users: 10_000) {
            $0.cpu = 3
            $0.peakMemory = 50_000_000
        }
        let observed = Samples.turns(.observedRound, users: 10_000) {
            $0.cpu = 3 * times - 0.001
            $0.peakMemory = Int(50_000_000 * times) - 1
        }
        for name in ["CPU", "Peak RSS"] {
            let row = try Samples.row("\(name), steady round of 10000, scraped", of: calm + observed)
            #expect(row.isMet == isMet)
            #expect(row.runs == 5)
        }
        #expect(try Samples.row("CPU, steady round of 10000, scraped", of: calm).figure == "not measured")
    }

    /// A cold start whose wall time grows with the number of users, and whose CPU time grows with its square.
    private func limited(_ users: Int, _ subject: Subject = .puller, turn: Int?) -> Measurement {
        Samples.measurement(.coldStartLimited, subject, users: users, turn: turn) {
            let times = Double(users) / 1000
            $0.wall = times
            $0.cpu = times * times
            // In addition to the 20 MB of the program itself.
            $0.peakMemory = 20_000_000 + users * 1000
            if turn ?? 0 < 2 { $0.restMemory = 20_000_000 + users }
        }
    }

    private func grown(by subject: Subject) -> [Measurement] {
        [1000, 10_000].flatMap { users in (0..<5).map { limited(users, subject, turn: $0) } }
    }

    @Test("have the exponent 1 for linear growth with the number of users, and 2 for quadratic growth")
    func growth() throws {
        let one = limited(1, turn: nil)
        let turns = grown(by: .puller)
        func row(_ name: String, _ runs: [Measurement]) throws -> TargetRow {
            try Samples.row(name, of: runs)
        }
        let wall = try row("Wall time, cold start from 1000 to 10000", [one] + turns)
        #expect(wall.figure == "1.00 (1.00 to 1.00)")
        #expect(wall.isMet == true)
        #expect(wall.runs == 5)
        let cpu = try row("CPU, cold start from 1000 to 10000", [one] + turns)
        #expect(cpu.figure == "2.00 (2.00 to 2.00)")
        #expect(cpu.isMet == false)
        #expect(try row("Peak RSS above that with 1 user", [one] + turns).isMet == true)
        let rest = try row("RSS at rest above that with 1 user", [one] + turns)
        #expect(rest.isMet == true)
        #expect(rest.runs == 2)
        #expect(try row("RSS at rest: growth per user", [one] + turns).figure == "0.00 (0.00 to 0.00) KB")
        #expect(try row("RSS at rest with 1 user", [one] + turns).figure == "20.0 MB")
        // Without the run with one user, the memory of the program itself is unknown.
        #expect(try row("Peak RSS above that with 1 user", turns).isMet == false)
        // Four turns are too few.
        #expect(
            try row("Wall time, cold start from 1000 to 10000", [one] + turns.filter { $0.turn != 4 }).isMet
                == false
        )
    }

    @Test("show their range, and the floor's growth, which is not judged")
    func spread() throws {
        // In one of the five turns, the machine was slow.
        var turns = grown(by: .floor)
        for index in turns.indices where turns[index].turn == 3 && turns[index].users == 10_000 {
            turns[index].wall = 100
        }
        let row = try Samples.row("Wall time of the floor, cold start from 1000 to 10000", of: turns)
        #expect(row.figure == "1.00 (1.00 to 2.00)")
        #expect(row.isMet == nil)
        #expect(row.target == "reported")
        // Runs of the floor do not count as runs of the puller.
        #expect(try Samples.row("Wall time, cold start from 1000", of: turns).figure == "not measured")
    }
}
