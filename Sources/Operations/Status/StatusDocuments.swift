/// What the console answers to `/api/v1/summary`, as far as the command `status` uses it.
struct SummaryDocument: Decodable, Equatable, Sendable {
    /// A fault that many clusters share.
    struct Fault: Decodable, Equatable, Sendable {
        var reason: String
        var state: String
        var message: String?
        var clusters: Int
        var of: Int?
        var since: String?
    }

    /// A users' or images' file that changes nothing at present.
    struct File: Decodable, Equatable, Sendable {
        var path: String
        var message: String?
    }

    /// The puller's clock, RFC 3339.
    var time: String
    /// When the puller started: another time is another process, with revisions of its own.
    var started: String?
    var faults: [Fault]?
    var files: [File]?
}

/// What the console answers to `/api/v1/clusters`.
struct ClustersDocument: Decodable, Equatable, Sendable {
    var revision: UInt64
    var next: String?
    var reset: Bool?
    var removed: [String]?
    var clusters: [ClusterDocument]

    private enum CodingKeys: String, CodingKey {
        case revision, reset, removed, clusters
        case next = "continue"
    }
}

/// A cluster in a list of the console.
struct ClusterDocument: Codable, Equatable, Sendable {
    var name: String
    var state: String
    var reason: String?
    var message: String?
    var since: String?
    var activity: String?
    var ready: Int?
    var desired: Int?
    var lastCheck: String?
    var lastSuccess: String?
    var nextCheck: String?
    var failures: Int?
    var coldStartSeconds: Double?
    var stuck: Bool?

    /// Whether the two look the same in a table: that another check has ended is no news.
    func looks(like other: ClusterDocument) -> Bool {
        state == other.state && reason == other.reason && activity == other.activity && ready == other.ready
            && desired == other.desired && (stuck ?? false) == (other.stuck ?? false)
    }

    /// Whether its DaemonSet is ready on all nodes.
    var isReady: Bool { state == ClusterState.ready.rawValue }
}
