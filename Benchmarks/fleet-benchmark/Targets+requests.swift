/// How many requests of each verb one user takes.
struct RequestsPerUser {
    var get = 0
    var create = 0
    var delete = 0
    var watch = 0

    static let coldStart = Self(get: 1, create: 1, watch: 1)
    static let warmStart = Self(get: 1)
    static let refresh = Self(get: 1, create: 1, delete: 1, watch: 1)
    static let exit = Self(delete: 1)

    private var counts: [Int] { [get, create, delete, watch] }

    /// For so many users, as `Measurement.verbs` has it.
    func verbs(of users: Int) -> String { counts.map { "\($0 * users)" }.joined(separator: "/") }

    /// For n users.
    var verbs: String { counts.map { $0 == 0 ? "0" : $0 == 1 ? "n" : "\($0)n" }.joined(separator: "/") }

    /// The run that is furthest from what it should be; any, when all are right. `nil` when there is none.
    func worst(of runs: [Measurement]) -> (verbs: String, run: Measurement, isRight: Bool)? {
        let expected = counts.reduce(0, +)
        func excess(_ run: Measurement) -> Double {
            let sent = run.requests["total", default: 0] - run.requests["token", default: 0]
            return abs(Double(sent) / Double(run.users) - Double(expected))
        }
        let wrong = runs.filter { $0.verbs != verbs(of: $0.users) }
        guard let worst = wrong.max(by: { excess($0) < excess($1) }) ?? runs.first else { return nil }
        return (worst.verbs, worst, wrong.isEmpty)
    }
}

extension Targets {
    /// Of every size, over both roads.
    var requests: [TargetRow] {
        let expected: [(String, [Scenario], RequestsPerUser)] = [
            ("cold start", [.coldStart, .coldStartLimited], .coldStart),
            ("warm start", [.warmStart], .warmStart),
            ("refresh", [.refresh, .refreshLimited], .refresh),
            ("exit with deletion", [.exit], .exit),
        ]
        return expected.map { name, scenarios, requests in
            let runs = runs(of: scenarios)
            return row(
                "Requests, \(name) of any n: get/create/delete/watch",
                requests.verbs,
                anySize: true,
                requests.worst(of: runs).map { worst in
                    let text =
                        worst.isRight
                        ? "\(requests.verbs), n of \(sizes(runs))"
                        : "\(worst.verbs) of \(worst.run.users), \(worst.run.road.rawValue)"
                    return (text, runs.count, worst.isRight)
                }
            )
        } + [steadyRequests]
    }

    /// The number of checks is given; what counts is that nobody is checked twice.
    private var steadyRequests: TargetRow {
        let runs = runs(of: [.steadyRound]).filter { $0.mostOfOneUser != nil }
        let worst = runs.max { ($0.mostOfOneUser ?? 0) < ($1.mostOfOneUser ?? 0) }
        return row(
            "Requests of the user with most, steady round of any n",
            "1",
            anySize: true,
            worst.flatMap { worst in
                worst.mostOfOneUser.map { most in
                    let of = most == 1 ? "n of \(sizes(runs))" : "of \(worst.users), \(worst.road.rawValue)"
                    return ("\(most), \(of)", runs.count, most == 1)
                }
            }
        )
    }

    private func runs(of scenarios: [Scenario]) -> [Measurement] {
        results.measurements.filter { $0.subject == .puller && scenarios.contains($0.scenario) }
    }

    private func sizes(_ runs: [Measurement]) -> String {
        Set(runs.map(\.users)).sorted().map(String.init).joined(separator: ", ")
    }
}
