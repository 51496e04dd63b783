import Foundation

/// What is measured.
enum Scenario: String, Codable, CaseIterable {
    case coldStart = "cold start"
    case coldStartLimited = "cold start, default limits"
    case warmStart = "warm start"
    case steadyRound = "steady round"
    /// The same while the metrics are scraped each second and the status page is open.
    case observedRound = "steady round, observed"
    case refresh = "refresh"
    case refreshLimited = "refresh, default limits"
    case slowFleet = "slow fleet"
    case noFailures = "none failing"
    case isolation = "10 % failing"
    case noFailuresLimited = "none failing, default limits"
    case isolationLimited = "10 % failing, default limits"
    case exit = "exit with deletion"
    // The phases of a large fleet's life, in their order.
    case largeStart = "large fleet, first start"
    case largeRound = "large fleet, steady round"
    case largeOutage = "large fleet, outage of the proxy"
    case largeRecovery = "large fleet, after the outage"
    case largeAdded = "large fleet, a tenth added by file"
    case largeRemoved = "large fleet, a tenth removed by file"
    case largeExit = "large fleet, exit with deletion"

    /// The phases of a large fleet's life.
    static let large: [Self] = [
        .largeStart, .largeRound, .largeOutage, .largeRecovery, .largeAdded, .largeRemoved, .largeExit,
    ]

    /// Whether more clusters than the default limit may roll out at once.
    var isUnlimited: Bool {
        ![.coldStartLimited, .refreshLimited, .noFailuresLimited, .isolationLimited].contains(self)
            && !Self.large.contains(self)
    }

    var hasFailures: Bool { self == .isolation || self == .isolationLimited }
}

/// The program that did the work.
enum Subject: String, Codable, CaseIterable {
    case puller
    /// Sends the same requests by the project's transport, and decodes what a decision needs.
    case floor
    /// Sends the same requests by URLSession, and decodes nothing.
    case bare
    /// Sends the same requests by Go's net/http, and decodes what a decision needs.
    case go
}

/// Identifies what is measured: figures of runs of the same kind can be combined.
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
    /// Runs of the same turn are compared with each other; `nil` for a run that belongs to no turn.
    var turn: Int?
    /// Wall time in seconds.
    var wall: Double?
    /// CPU time in seconds.
    var cpu: Double
    /// The CPU time of the mock fleet during the run, in seconds.
    var mockCPU: Double?
    /// Peak memory, and memory at rest (`nil` if the run did not wait for rest), in bytes.
    var peakMemory: Int?
    var restMemory: Int?
    /// The most open files at the same time (nearly all of them connections), and the connections at rest; `nil` if
    /// they were not counted.
    var openFiles: Int?
    var restConnections: Int?
    /// Requests by verb.
    var requests: [String: Int] = [:]
    /// In most of a steady round, the most requests for one user.
    var mostOfOneUser: Int?
    /// In a phase of a large fleet, by how much the worst second exceeds what is usual: ``Evenness/worst``.
    var worstSecond: Double?
    /// Seconds from timer to outcome, of the healthy clusters.
    var median: Double?
    var percentile99: Double?

    var users: Int { fleet.users }
    var kind: Kind { Kind(scenario: scenario, subject: subject, users: users, road: road) }

    /// Requests as get/create/delete/watch, and the number of others, if any, except those for tokens.
    var verbs: String {
        let known = ["get", "create", "delete", "watch"].map { requests[$0, default: 0] }
        let others = requests["total", default: 0] - requests["token", default: 0] - known.reduce(0, +)
        return known.map(String.init).joined(separator: "/") + (others == 0 ? "" : " and \(others) others")
    }
}
