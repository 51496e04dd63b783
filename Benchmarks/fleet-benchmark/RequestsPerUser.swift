/// How many requests of each verb one user takes.
struct RequestsPerUser {
    var get = 0
    var create = 0
    var delete = 0
    var watch = 0

    /// A look under each of the two names comes first.
    static let coldStart = Self(get: 2, create: 1, watch: 1)
    static let warmStart = Self(get: 1)
    /// The successor is created under the other name; when it serves, the old one goes, and the one that stays is read.
    static let refresh = Self(get: 3, create: 1, delete: 1, watch: 1)
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
