extension Targets {
    /// The targets for requests, which apply to every size, over both roads.
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

    /// A steady round always has as many checks as users, so the target is that no user is checked twice in most of it.
    private var steadyRequests: TargetRow {
        let runs = runs(of: [.steadyRound, .observedRound]).filter { $0.mostOfOneUser != nil }
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
