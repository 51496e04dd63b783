import Testing

@testable import fleet_benchmark

@Suite("The large fleet of the benchmark")
struct LargeFleetTests {
    @Test("finds the second that exceeds its surroundings most, in square roots of what is usual there")
    func worstSecond() {
        // The last second may be incomplete.
        #expect(Evenness([]).worst == nil)
        #expect(Evenness([900]).worst == nil)
        #expect(Evenness([0, 0, 0, 5]).worst == nil)
        #expect(Evenness([100, 100, 100, 0]).worst == 0)
        // A mean of 121 in 21 seconds, and one of 431 among them.
        let burst = Array(repeating: 105, count: 10) + [441] + Array(repeating: 105, count: 10)
        #expect(Evenness(burst + [0]).worst == 320.0 / 11)
        // A rate that falls slowly is no burst; the first seconds have no other ones before them.
        let decline = (0..<300).map { 1000 - 3 * $0 }
        #expect((Evenness(decline + [0]).worst ?? 9) < 1)
    }

    private func phase(_ scenario: Scenario, peak: Int, rest: Int? = nil, worst: Double? = nil) -> Measurement
    {
        Samples.measurement(scenario, users: 100_000) {
            $0.peakMemory = peak
            $0.restMemory = rest
            $0.worstSecond = worst
        }
    }

    @Test("must stay within 256 MiB in each phase, not grow from round to round, and come back evenly")
    func targets() throws {
        let most = 256 << 20
        let good =
            Scenario.large.filter { $0 != .largeRound }.map {
                phase($0, peak: most, worst: 5)
            } + [phase(.largeRound, peak: most, rest: 1000), phase(.largeRound, peak: most, rest: 1020)]
        let rows = try Samples.rows(Samples.results(good, mode: "large"))
        #expect(rows.count == Scenario.large.count + 2)
        #expect(rows.allSatisfy { $0.isMet == true })

        var bad = good
        for index in bad.indices {
            bad[index].peakMemory = most + 1
            bad[index].worstSecond = 5.1
        }
        bad[bad.count - 1].restMemory = 1021
        #expect(try Samples.rows(Samples.results(bad, mode: "large")).allSatisfy { $0.isMet == false })
        #expect(try Samples.rows(Samples.results([], mode: "large")).allSatisfy { $0.isMet == false })
    }

    @Test("is a step of its own mode and of `all`, and of no other")
    func steps() throws {
        for (mode, expected) in [("large", 1), ("all", 1), ("full", 0), ("quick", 0)] {
            let scale = try #require(Scale.byMode[mode])
            let steps = Plan(scale, hasTLS: true).steps
            #expect(steps.count { $0.name.contains("large fleet") } == expected)
            if mode == "large" { #expect(steps.count == 1 + 0) }
        }
    }
}
