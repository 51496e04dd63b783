/// How many requests of each verb the work for one user takes.
struct RequestsPerUser {
    var get = 0
    var create = 0
    var delete = 0
    var watch = 0

    /// Both names are read first.
    static let coldStart = Self(get: 2, create: 1, watch: 1)
    static let warmStart = Self(get: 1)
    /// Both names are read, and the new DaemonSet is created under the other name. When it is ready, the old one is
    /// deleted, and the new one is read.
    static let refresh = Self(get: 3, create: 1, delete: 1, watch: 1)
    static let exit = Self(delete: 1)

    private var counts: [Int] { [get, create, delete, watch] }

    /// The requests for this number of users, in the form of `Measurement.verbs`.
    func verbs(of users: Int) -> String { counts.map { "\($0 * users)" }.joined(separator: "/") }

    /// The requests for n users.
    var verbs: String { counts.map { $0 == 0 ? "0" : $0 == 1 ? "n" : "\($0)n" }.joined(separator: "/") }

    /// The run that differs most from the expected requests, or any run if all are right; `nil` if there is none.
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
