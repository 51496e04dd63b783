import Foundation

/// What is measured.
enum Scenario: String, Codable, CaseIterable {
    case coldStart = "cold start"
    case coldStartLimited = "cold start, default limits"
    case warmStart = "warm start"
    case steadyRound = "steady round"
    case refresh = "refresh"
    case refreshLimited = "refresh, default limits"
    case slowFleet = "slow fleet"
    case isolation = "10 % failing"
    case noFailures = "none failing"
    case exit = "exit with deletion"

    /// Whether more clusters than the default limit may roll out at once.
    var isUnlimited: Bool { self != .coldStartLimited && self != .refreshLimited }
}

/// Who did the work.
enum Subject: String, Codable, CaseIterable {
    case puller
    /// The same requests by the project's transport, with the decode that a decision needs.
    case floor
    /// The same requests by URLSession, nothing decoded.
    case bare
}

/// One run of one scenario.
struct Measurement: Codable {
    var scenario: Scenario
    var subject: Subject
    var road: Tools.Road
    var fleet: MockFleet.Settings
    /// Seconds; of a steady round those from the first check that was seen to the last.
    var wall: Double?
    /// Seconds of CPU.
    var cpu: Double
    /// Bytes of memory at most, and when all was calm (`nil` where calm was not waited for).
    var peakMemory: Int?
    var restMemory: Int?
    /// Files that were open at most (nearly all of them connections), and connections when all was calm; `nil` where
    /// they were not counted.
    var openFiles: Int?
    var restConnections: Int?
    /// Requests by verb.
    var requests: [String: Int] = [:]
    /// Requests of the user who sent most, in a steady round.
    var mostOfOneUser: Int?
    /// Seconds from timer to outcome, of the healthy.
    var median: Double?
    var percentile99: Double?

    var users: Int { fleet.users }

    /// Requests as get/create/delete/watch; others are told, too, those for tokens left out.
    var verbs: String {
        let known = ["get", "create", "delete", "watch"].map { requests[$0, default: 0] }
        let others = requests["total", default: 0] - requests["token", default: 0] - known.reduce(0, +)
        return known.map(String.init).joined(separator: "/") + (others == 0 ? "" : " and \(others) others")
    }
}

/// A figure of several runs of the same.
struct Figure {
    var median: Double
    var runs: Int
}

/// All measurements of a run.
struct Results: Codable {
    /// Where and when it ran.
    var machine: String
    var began: Date
    /// The commit that was measured.
    var commit: String
    /// `quick`, `full` or `all`.
    var mode: String
    var seconds = 0.0
    var loadAverageBefore: String
    var loadAverageAfter = ""
    /// Answers a second that the mock fleet gives to `wrk`.
    var mockRequestsPerSecond: Double?
    var measurements: [Measurement] = []
    /// What was left out.
    var remarks: [String] = []
    /// What went wrong.
    var failures: [String] = []

    func all(_ scenario: Scenario, _ subject: Subject, users: Int, over road: Tools.Road = .http)
        -> [Measurement]
    {
        measurements.filter {
            $0.scenario == scenario && $0.subject == subject && $0.users == users && $0.road == road
        }
    }

    /// The median of a figure over all runs of the same; `nil` when it was not measured.
    func median(
        _ scenario: Scenario,
        _ subject: Subject = .puller,
        users: Int,
        over road: Tools.Road = .http,
        _ figure: (Measurement) -> Double?
    ) -> Figure? {
        let figures = all(scenario, subject, users: users, over: road).compactMap(figure)
        return figures.median.map { Figure(median: $0, runs: figures.count) }
    }
}

extension [Double] {
    /// The middle one.
    var median: Double? {
        let sorted = sorted()
        guard let upper = sorted.dropFirst(count / 2).first else { return nil }
        return count.isMultiple(of: 2) ? (upper + sorted[count / 2 - 1]) / 2 : upper
    }

    /// The smallest that is not below so many percent of them.
    func percentile(_ percent: Double) -> Double? {
        isEmpty ? nil : sorted()[Swift.max(0, Int((Double(count) * percent / 100).rounded(.up)) - 1)]
    }
}
