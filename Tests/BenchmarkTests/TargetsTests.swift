import Testing

@testable import fleet_benchmark

@Suite("The table of targets")
struct TargetsTests {
    private static let users = 5000

    /// A measurement of five thousand users in which all is as it should be, unless it is changed.
    private func measurement(
        _ scenario: Scenario,
        _ subject: Subject = .puller,
        users: Int = Self.users,
        over road: Tools.Road = .http,
        _ change: (inout Measurement) -> Void = { _ in }
    ) -> Measurement {
        var measurement = Measurement(
            scenario: scenario,
            subject: subject,
            road: road,
            fleet: MockFleet.Settings(users: users),
            wall: 2,
            cpu: 3
        )
        change(&measurement)
        return measurement
    }

    private func rows(_ measurements: [Measurement], mode: String = "full") throws -> [TargetRow] {
        var results = Results(
            machine: "any",
            began: .now,
            commit: "any",
            mode: mode,
            loadAverageBefore: "0"
        )
        results.measurements = measurements
        results.mockRequestsPerSecond = 40_000
        return Targets(results: results, scale: try #require(Plan.Scale.byMode[mode])).rows
    }

    private func row(
        _ name: String,
        of measurements: [Measurement],
        mode: String = "full"
    ) throws -> TargetRow {
        let found = try rows(measurements, mode: mode).filter { $0.name.hasPrefix(name) }
        #expect(found.count == 1, "\(name)")
        return try #require(found.first)
    }

    @Test("has no row that is met by what was not measured")
    func nothing() throws {
        let rows = try rows([])
        #expect(rows.count > 15)
        #expect(rows.filter { $0.target != "reported" }.allSatisfy { $0.isMet == false })
        #expect(rows.filter { $0.target == "reported" }.allSatisfy { $0.isMet == nil })
    }

    @Test("judges nothing about large fleets by small ones, but the requests")
    func small() throws {
        let floor = measurement(.coldStart, .floor, users: 500)
        let puller = measurement(.coldStart, users: 500) {
            $0.cpu = 300
            $0.requests = ["get": 500, "create": 500, "delete": 1, "watch": 500, "total": 1501]
        }
        #expect(
            try row("CPU, cold start of 500 against floor", of: [puller, floor], mode: "quick").isMet == nil
        )
        let requests = try row("Requests, cold start of 500", of: [puller], mode: "quick")
        #expect(requests.isMet == false)
        #expect(requests.figure == "500/500/1/500")
    }

    @Test(
        "compares neighbours, and is not met above the target, or with fewer runs than planned",
        arguments: [(3.7, 5, true), (3.8, 5, false), (3.7, 4, false)]
    )
    func ratio(cpu: Double, runs: Int, isMet: Bool) throws {
        // The third is disturbed, and the ratio of the medians would be 1.
        let floors = [1.0, 3, 30, 3, cpu].map { cpu in measurement(.coldStart, .floor) { $0.cpu = cpu } }
            .prefix(runs)
        let pullers = [100, cpu, 30, cpu, 3].map { cpu in measurement(.coldStart) { $0.cpu = cpu } }
            .prefix(runs)
        // What is over TLS, or of others, is another figure.
        let others = [
            measurement(.coldStart, over: .tls) { $0.cpu = 1000 },
            measurement(.coldStart, users: 10_000) { $0.cpu = 1000 },
            measurement(.warmStart) { $0.cpu = 1000 },
        ]
        let row = try row("CPU, cold start of 5000 against floor", of: floors + pullers + others)
        #expect(row.isMet == isMet)
        #expect(row.runs == runs)
        #expect(row.verdict == (isMet ? "met" : "NOT MET"))
        // One that failed: nobody knows which ones were neighbours.
        let odd = try self.row(
            "CPU, cold start of 5000 against floor",
            of: floors + pullers.dropFirst() + others
        )
        #expect(odd.isMet == false)
        #expect(odd.figure == "not measured")
    }

    @Test("shows the one run whose requests were other than they should be, also of other verbs")
    func requests() throws {
        let right = ["get": 5000, "token": 1, "total": 5001]
        let good = measurement(.warmStart) { $0.requests = right }
        #expect(try row("Requests, warm start", of: [good, good]).isMet == true)
        let bad = measurement(.warmStart) { $0.requests = ["get": 5000, "token": 1, "total": 5003] }
        let row = try row("Requests, warm start", of: [good, bad, good])
        #expect(row.isMet == false)
        #expect(row.figure == "5000/0/0/0 and 2 others")
    }

    @Test("has the exponent 1 for what grows with the users, and 2 for what grows with their square")
    func growth() throws {
        func limited(_ users: Int) -> Measurement {
            measurement(.coldStartLimited, users: users) {
                let times = Double(users) / 1000
                $0.wall = times
                $0.cpu = times * times
                // Above the program's own 20 MB.
                $0.peakMemory = 20_000_000 + users * 1000
                $0.restMemory = 20_000_000 + users
            }
        }
        let runs = [1, 1000, 1000, 1000, 10_000, 10_000, 10_000].map { limited($0) }
        #expect(try row("Wall time, cold start from 1000 to 10000", of: runs).figure == "1.00")
        #expect(try row("Wall time, cold start from 1000 to 10000", of: runs).isMet == true)
        #expect(try row("CPU, cold start from 1000 to 10000", of: runs).figure == "2.00")
        #expect(try row("CPU, cold start from 1000 to 10000", of: runs).isMet == false)
        #expect(try row("Peak RSS above that with 1 user", of: runs).figure == "1.00")
        #expect(try row("RSS at rest: growth per user", of: runs).figure == "0.0 KB")
        #expect(try row("RSS at rest with 1 user", of: runs).figure == "20.0 MB")
        // Without the run of one user, nobody knows what the program itself needs.
        #expect(try row("Peak RSS above that with 1 user", of: Array(runs[1...])).isMet == false)
    }

    @Test("is not met by a mock fleet that answers less than five times as fast as it is asked")
    func mock() throws {
        let name = "The mock fleet's answers"
        let asks = { (total: Int) in self.measurement(.refresh) { $0.requests = ["total": total] } }
        // In two seconds.
        #expect(try row(name, of: [asks(16_000), asks(10)]).isMet == true)
        #expect(try row(name, of: [asks(10), asks(16_100)]).isMet == false)
    }

    @Test("knows the middle of several, and what so many percent do not exceed")
    func statistics() {
        #expect([Double]().median == nil)
        #expect([3.0].median == 3)
        #expect([9.0, 1, 2].median == 2)
        #expect([4.0, 1, 3, 2].median == 2.5)
        #expect([Double]().percentile(99) == nil)
        #expect((1...1000).map(Double.init).shuffled().percentile(99) == 990)
        #expect([5.0, 7].percentile(50) == 5)
        #expect([5.0, 7].percentile(99) == 7)
        #expect([5.0].percentile(0) == 5)
    }
}
