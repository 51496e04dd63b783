import Testing

@testable import fleet_benchmark

@Suite("The benchmark plan")
struct PlanTests {
    private func steps(_ mode: String, hasTLS: Bool = true, _ subjects: [Subject] = Subject.allCases) throws
        -> [Plan.Step]
    {
        Plan(try #require(Scale.byMode[mode]), hasTLS: hasTLS, subjects: subjects).steps
    }

    @Test("begins each turn with another subject, and repeats no step within a turn")
    func turns() throws {
        let steps = try steps("full")
        let firsts = (0..<4).map { turn in steps.first { $0.turn == turn }?.name }
        #expect(
            firsts == [
                "cold start of 5000, HTTP", "cold start by floor of 5000, HTTP",
                "cold start by bare of 5000, HTTP", "cold start by go of 5000, HTTP",
            ]
        )
        for turn in 0..<5 {
            let names = steps.filter { $0.turn == turn }.map(\.name)
            #expect(Set(names).count == names.count)
        }
    }

    @Test(
        "has five runs of every step whose target needs five",
        arguments: [
            "cold start of 5000, HTTP", "cold start by floor of 5000, HTTP",
            "cold start by bare of 5000, HTTP", "cold start by go of 5000, HTTP",
            "none failing of 1000, HTTP", "10 % failing of 1000, HTTP",
            "none failing, default limits of 1000, HTTP", "10 % failing, default limits of 1000, HTTP",
            "cold start, default limits of 1000, HTTP", "cold start, default limits by floor of 1000, HTTP",
            "cold start, default limits of 5000, HTTP", "cold start, default limits of 10000, HTTP",
            "cold start, default limits, by floor, and steady rounds of 10000, HTTP",
        ]
    )
    func repeats(name: String) throws {
        for mode in ["full", "all"] {
            let turns = try steps(mode).filter { $0.name == name }.compactMap(\.turn)
            #expect(turns == [0, 1, 2, 3, 4])
        }
    }

    @Test("has every scenario at every size, over HTTP and TLS", arguments: [10, 100, 1000, 5000, 10_000])
    func everything(users: Int) throws {
        let names = Set(try steps("all").map(\.name))
        for road in Tools.Road.allCases {
            let floors = ["cold start", "warm start", "refresh", "exit with deletion", "slow fleet"].flatMap {
                ["\($0) by floor", "\($0) by bare", "\($0) by go"]
            }
            // A life consists of a cold start, refreshes, a warm start, and steady rounds of all subjects.
            for name in ["life", "cold start, default limits", "slow fleet by puller"] + floors {
                #expect(names.contains("\(name) of \(users), \(road.rawValue)"))
            }
        }
    }

    @Test("has no step over TLS if nginx is missing")
    func plain() throws {
        #expect(try steps("all", hasTLS: false).allSatisfy { !$0.name.contains("TLS") })
    }

    @Test("has no step by Go if Go is missing, and all others")
    func withoutGo() throws {
        let names = try steps("all", [.puller, .floor, .bare]).map(\.name).sorted()
        #expect(names == (try steps("all").map(\.name).filter { !$0.contains("by go") }).sorted())
    }
}
