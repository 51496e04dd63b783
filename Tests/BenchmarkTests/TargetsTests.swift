import Testing

@testable import fleet_benchmark

@Suite("The table of targets")
struct TargetsTests {
    @Test("has no target that counts as met if it was not measured")
    func nothing() throws {
        let rows = try Samples.rows(Samples.results([]))
        #expect(rows.count > 20)
        #expect(rows.filter { $0.target != "reported" }.allSatisfy { $0.isMet == false })
        #expect(rows.filter { $0.target == "reported" }.allSatisfy { $0.isMet == nil })
    }

    @Test("judges by small fleets only the numbers of requests, no target for large fleets")
    func small() throws {
        let floor = Samples.turns(.coldStart, .floor, users: 500, count: 1)
        let puller = Samples.turns(.coldStart, users: 500, count: 1) {
            $0.cpu = 300
            $0.requests = ["get": 500, "create": 500, "delete": 1, "watch": 500, "total": 1501]
        }
        let cpu = try Samples.row("CPU, cold start of 500 against floor", of: puller + floor, mode: "quick")
        #expect(cpu.figure.hasPrefix("100.00"))
        #expect(cpu.isMet == nil)
        let requests = try Samples.row("Requests, cold start", of: puller, mode: "quick")
        #expect(requests.isMet == false)
        #expect(requests.figure == "500/500/1/500 of 500, HTTP")
    }

    @Test(
        "expects an exact number of requests per user for each kind of work",
        arguments: [
            (Scenario.coldStart, "Requests, cold start", "2n/n/0/n", [2, 1, 0, 1]),
            (.warmStart, "Requests, warm start", "n/0/0/0", [1, 0, 0, 0]),
            (.refresh, "Requests, refresh", "3n/n/n/n", [3, 1, 1, 1]),
            (.exit, "Requests, exit", "0/0/n/0", [0, 0, 1, 0]),
        ]
    )
    func perUser(scenario: Scenario, name: String, target: String, each: [Int]) throws {
        func row(_ users: Int, more: Int = 0) throws -> TargetRow {
            let run = Samples.measurement(scenario, users: users) {
                let sent = each.map { $0 * users }
                $0.requests = [
                    "get": sent[0] + more, "create": sent[1], "delete": sent[2], "watch": sent[3],
                    "total": sent.reduce(more, +),
                ]
            }
            return try Samples.row(name, of: [run])
        }
        let right = try row(70)
        #expect(right.target == target && right.isMet == true && right.figure == "\(target), n of 70")
        #expect(try row(70, more: 1).isMet == false)
    }

    @Test("shows the run whose requests differ most from the expected ones, of all sizes and roads")
    func requests() throws {
        func checks(_ users: Int, over road: Tools.Road = .http, others: Int = 0) -> Measurement {
            Samples.measurement(.warmStart, users: users, over: road) {
                $0.requests = ["get": users, "token": 1, "total": users + 1 + others]
            }
        }
        let good = [checks(5000), checks(10), checks(1000, over: .tls)]
        let right = try Samples.row("Requests, warm start", of: good)
        #expect(right.isMet == true)
        #expect(right.figure == "n/0/0/0, n of 10, 1000, 5000")
        let bad = [checks(5000, others: 40), checks(100, over: .tls, others: 1), checks(1000, others: 9)]
        let wrong = try Samples.row("Requests, warm start", of: good + bad)
        #expect(wrong.isMet == false)
        #expect(wrong.figure == "100/0/0/0 and 1 others of 100, TLS, HTTP/2")
        #expect(wrong.runs == 6)
    }

    @Test("has an unmet target if one verb was sent instead of another")
    func swapped() throws {
        let swapped = Samples.measurement(.exit, users: 10) {
            $0.requests = ["delete": 9, "get": 1, "total": 10]
        }
        #expect(try Samples.row("Requests, exit", of: [swapped]).isMet == false)
    }

    @Test("has an unmet target if one user was checked twice in a steady round, at any fleet size")
    func twice() throws {
        func round(_ users: Int, most: Int) -> Measurement {
            Samples.measurement(.steadyRound, users: users) { $0.mostOfOneUser = most }
        }
        let name = "Requests of the user with most"
        #expect(try Samples.row(name, of: [round(10, most: 1), round(10_000, most: 1)]).isMet == true)
        let row = try Samples.row(name, of: [round(10, most: 2), round(10_000, most: 1)])
        #expect(row.isMet == false)
        #expect(row.figure == "2, of 10, HTTP")
    }

    @Test(
        "judges peak memory by the limit for the fleet size, and by five runs",
        arguments: [
            (5000, 100, 5, true), (5000, 101, 5, false), (5000, 100, 4, false), (10_000, 128, 5, true),
            (10_000, 129, 5, false),
        ]
    )
    func peak(users: Int, megabytes: Int, runs: Int, isMet: Bool) throws {
        let measured = Samples.turns(.coldStartLimited, users: users, count: runs) {
            $0.peakMemory = megabytes * 1_000_000
        }
        let row = try Samples.row("Peak RSS, cold start of \(users)", of: measured)
        #expect(row.isMet == isMet)
        #expect(row.figure == "\(megabytes) MB")
        #expect(row.runs == runs)
    }

    @Test(
        "counts more requests, or more than 1.3 times the time over HTTP, as a stall over TLS",
        arguments: [(20_000, 15.5, true), (20_001, 15.5, false), (20_000, 15.7, false)]
    )
    func stall(gets: Int, wall: Double, isMet: Bool) throws {
        let requests = ["get": gets, "create": 10_000, "watch": 10_000, "total": gets + 20_000]
        let secured = Samples.measurement(.coldStartLimited, users: 10_000, over: .tls) {
            $0.requests = requests
            $0.wall = wall
        }
        let plain = Samples.turns(.coldStartLimited, users: 10_000) { $0.wall = 12 }
        let row = try Samples.row("Cold start of 10000 over TLS, 250 streams", of: plain + [secured])
        #expect(row.isMet == isMet)
        #expect(row.runs == 1)
        #expect(row.figure.hasPrefix("\(gets)/10000/0/10000"))
        // Without a run over HTTP, the time limit is unknown.
        #expect(try Samples.row("Cold start of 10000 over TLS, 250 streams", of: [secured]).isMet == false)
        let unlimited = Samples.measurement(.coldStart, users: 10_000, over: .tls) {
            $0.requests = requests
            $0.wall = wall
        }
        let finishes = try Samples.row("Cold start of 10000 over TLS, unlimited", of: [unlimited])
        #expect(finishes.isMet == (gets == 20_000))
    }

    @Test("has an unmet target if a request over TLS arrived by anything but HTTP/2")
    func protocols() throws {
        func row(_ seen: [String: Int]) throws -> TargetRow {
            var results = Samples.results([], mode: "quick")
            results.tlsRequests = seen
            return try Samples.row("Requests over TLS", of: results)
        }
        #expect(try row(["HTTP/2.0": 300]).isMet == true)
        #expect(try row(["HTTP/2.0": 300, "HTTP/1.1": 1]).isMet == false)
        #expect(try row(["HTTP/2.0": 300, "HTTP/1.1": 1]).figure == "300 of 301")
        #expect(try row([:]).isMet == nil)
        #expect(TLSProtocol.problem([:]) != nil)
        #expect(TLSProtocol.problem(TLSProtocol.count("HTTP/2.0\nHTTP/2.0\n")) == nil)
        let problem = TLSProtocol.problem(TLSProtocol.count("HTTP/2.0\n-\nHTTP/1.1\n-\n"))
        #expect(problem == "requests over TLS came by -: 2, HTTP/1.1: 1")
    }

    @Test(
        "judges the exit of ten thousand by five runs that take less than 20 s",
        arguments: [(19.9, 5, true), (20, 5, false), (19.9, 4, false)]
    )
    func exit(wall: Double, runs: Int, isMet: Bool) throws {
        let measured = Samples.turns(.exit, users: 10_000, count: runs) { $0.wall = wall }
        // These do not count: they are not the puller's, or not of ten thousand users.
        let others = Samples.turns(.exit, .floor, users: 10_000) + Samples.turns(.exit, users: 1000)
        let row = try Samples.row("Exit with deletion", of: measured + others)
        #expect(row.isMet == isMet)
        #expect(row.runs == runs)
    }

    @Test("has an unmet target if the mock fleet answers less than five times as fast as the puller asks")
    func mock() throws {
        let name = "The mock fleet's answers"
        func asks(_ total: Int) -> Measurement {
            Samples.measurement(.refresh) { $0.requests = ["total": total] }
        }
        // In two seconds.
        #expect(try Samples.row(name, of: [asks(16_000), asks(10)]).isMet == true)
        #expect(try Samples.row(name, of: [asks(10), asks(16_100)]).isMet == false)
    }
}
