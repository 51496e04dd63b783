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
    case noFailures = "none failing"
    case isolation = "10 % failing"
    case noFailuresLimited = "none failing, default limits"
    case isolationLimited = "10 % failing, default limits"
    case exit = "exit with deletion"

    /// Whether more clusters than the default limit may roll out at once.
    var isUnlimited: Bool {
        ![.coldStartLimited, .refreshLimited, .noFailuresLimited, .isolationLimited].contains(self)
    }

    var hasFailures: Bool { self == .isolation || self == .isolationLimited }
}

/// Who did the work.
enum Subject: String, Codable, CaseIterable {
    case puller
    /// The same requests by the project's transport, with the decode that a decision needs.
    case floor
    /// The same requests by URLSession, nothing decoded.
    case bare
}

/// What is measured of whom: runs of the same kind can be averaged.
struct Kind: Hashable {
    var scenario: Scenario
    var subject = Subject.puller
    var users: Int
    var road = Tools.Road.http
}

/// One run of one scenario.
struct Measurement: Codable {
    var scenario: Scenario
    var subject: Subject
    var road: Tools.Road
    var fleet: MockFleet.Settings
    /// Runs of one turn are neighbours, which are compared with each other; `nil` for what takes no turns.
    var turn: Int?
    /// Seconds; of a steady round those from the first check that was seen to the last.
    var wall: Double?
    /// Seconds of CPU.
    var cpu: Double
    /// Seconds of CPU that the mock fleet spent on it.
    var mockCPU: Double?
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
    var kind: Kind { Kind(scenario: scenario, subject: subject, users: users, road: road) }

    /// Requests as get/create/delete/watch; others are told, too, those for tokens left out.
    var verbs: String {
        let known = ["get", "create", "delete", "watch"].map { requests[$0, default: 0] }
        let others = requests["total", default: 0] - requests["token", default: 0] - known.reduce(0, +)
        return known.map(String.init).joined(separator: "/") + (others == 0 ? "" : " and \(others) others")
    }
}
