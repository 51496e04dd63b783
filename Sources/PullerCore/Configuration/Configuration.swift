/// Everything a puller needs to know, checked as a whole; see ``Configuration/parse(environment:readFile:)``.
///
/// A value of this type is valid: nothing is left to check.
public struct Configuration: Sendable, Equatable {
    /// Where the clusters are and how to get in.
    public var target: Target
    /// What is wanted in each of them.
    public var daemonSet: DaemonSetSettings
    /// Whether pods are read, to say which image is at fault on which nodes (`POD_STATUS`).
    public var readsPods = false
    /// Whether the kubelets' events are read, to say how long pulls took (`PULL_TIMES`); only where pods are read.
    public var readsPulls = false
    /// When, how often and how many at once.
    public var schedule: Schedule
    /// What happens at the end.
    public var exit: ExitSettings
    /// How events are written.
    public var log: LogSettings
    /// Where an operator may ask how it goes.
    public var status = StatusSettings()
    /// PEM file that replaces the trust store, or `nil` for the system's (`CA_BUNDLE_FILE`).
    public var caBundleFile: String?
    /// The HTTP proxies on the way, as the environment's variables name them.
    public var proxies: ProxyVariables

    /// The clusters of this puller.
    public enum Target: Sendable, Equatable {
        /// Many clusters behind one impersonating proxy.
        case fleet(FleetTarget)
        /// One cluster, without impersonation.
        case single(SingleTarget)
    }
}

/// Many clusters behind one proxy (`MULTICLUSTER=true`).
public struct FleetTarget: Sendable, Equatable {
    /// The users of `IMPERSONATE_USERS`, in the order given. Empty only when there is a users' file.
    public var users: [String]
    /// The users that the file held when the configuration was read; empty without one.
    public var fileUsers: [String]
    /// Path of `IMPERSONATE_USERS_FILE`; its content was valid when the configuration was read.
    public var usersFile: String?
    /// The groups of `IMPERSONATE_GROUPS`, in the order given: each cluster is asked as its user in these groups.
    /// Empty when no `Impersonate-User` is sent.
    public var groups: [String]
    /// Where the proxy is.
    public var proxy: ProxyAddress
    /// How the puller proves who it is.
    public var credential: Credential
}

/// The address of a proxy that leads to all clusters.
public struct ProxyAddress: Sendable, Equatable {
    /// Base URL without a trailing slash; may contain `{user}`, which stands for the percent-encoded user.
    public var template: String
    /// Whether the user travels in an `Impersonate-User` header.
    public var sendsImpersonationHeader: Bool

    /// An address; what it holds has been checked.
    public init(template: String, sendsImpersonationHeader: Bool) {
        self.template = template
        self.sendsImpersonationHeader = sendsImpersonationHeader
    }

    /// The base URL for one user, without a trailing slash.
    public func baseURL(for user: String) -> String {
        // Most templates have no placeholder, and a search for text takes several times as long as one for a byte.
        guard template.utf8.contains(UInt8(ascii: "{")) else { return template }
        return template.replacing("{user}", with: percentEncoded(user))
    }

    /// Why not every user can be reached, naming the first such one; `nil` when all can.
    public func problem(with users: [String]) -> String? {
        guard let url = try? BaseURL(template, allowingUser: true),
            let user = users.first(where: { !url.isUsable(for: $0) })
        else { return nil }
        return "the user \"\(displayText(user, limit: 80))\" cannot be part of the host name in "
            + ConfigurationVariable.proxyURL.name
    }
}

/// The one cluster of `MULTICLUSTER=false`.
public struct SingleTarget: Sendable, Equatable {
    /// Base URL of the API server, without a trailing slash.
    public var apiURL: String
    /// How the puller proves who it is.
    public var credential: Credential
}

/// How the puller proves who it is.
public enum Credential: Sendable, Equatable {
    /// A token from an OIDC provider, by client credentials.
    case clientCredentials(ClientCredentials)
    /// A token in a file that another program renews.
    case tokenFile(String)
    /// No token: something in front of the API server has one (`kubectl proxy`).
    case none
}

/// A secret, or the file in which it is looked up each time it is needed, so that it can be rotated.
public enum SecretSource: Sendable, Equatable {
    /// The secret itself.
    case value(Secret)
    /// Path of a mounted file; white space around its content does not count.
    case file(String)
}

/// When, how often and how many at once.
public struct Schedule: Sendable, Equatable {
    /// Time between two checks of one cluster.
    public var interval: Duration
    /// The first check of each cluster comes at a random point within this.
    public var startSpread: Duration
    /// Time one request may take, answer included.
    public var requestTimeout: Duration
    /// When the older of two DaemonSets may be deleted.
    public var replacement: ReplacementPolicy
    /// Delays after failures.
    public var backoff: Backoff
    /// Age at which moving tags are pulled anew; `nil` for never.
    public var refreshAge: Duration?
    /// Share of ready nodes, 0 to 100, below which a DaemonSet is ill.
    public var minReadyPercent: Int
    /// Clusters that roll out at once, for the whole pool.
    public var maxConcurrentRollouts: Int
    /// Requests in flight, for the whole pool.
    public var maxConcurrentRequests: Int
    /// URLSessions among which the clusters are divided.
    public var transportSessions: TransportSessions
    /// Clusters of a pool up to which a watch stands between two checks; 0 for never.
    public var watchClusters: Int
}

/// What happens at the end.
public struct ExitSettings: Sendable, Equatable {
    /// What happens to the DaemonSets.
    public var action: Action
    /// Time for deleting them.
    public var grace: Duration

    /// What happens to the DaemonSets at the end.
    public enum Action: String, Sendable, CaseIterable {
        /// They stay, and so do the caches.
        case keep
        /// They are deleted.
        case delete
    }
}

/// Where an operator may ask how it goes.
public struct StatusSettings: Sendable, Equatable {
    /// Port of `/livez`, `/readyz` and `/metrics`, on all interfaces; `nil` for none (`STATUS_PORT`).
    public var statusPort: UInt16? = 8080
    /// Port of the status page and its API; `nil` for none (`CONSOLE_PORT`).
    public var consolePort: UInt16? = 8081
    /// The numeric address of that port; `nil` for loopback (`CONSOLE_ADDRESS`).
    public var consoleAddress: String?
    /// The file with the token that the status page and its API ask for; `nil` for none (`CONSOLE_TOKEN_FILE`).
    public var consoleTokenFile: String?
    /// Which metrics have the label `cluster` (`METRICS_PER_CLUSTER`).
    public var perCluster = PerCluster.auto

    /// Whether there are metrics of each cluster.
    public enum PerCluster: String, Sendable, CaseIterable {
        /// With at most ``StatusSettings/mostClusters`` clusters.
        case auto
        /// Always.
        case always = "true"
        /// Never.
        case never = "false"
    }

    /// Clusters up to which there are metrics of each by default.
    public static let mostClusters = 1000

    /// The defaults.
    public init() {}
}

/// How events are written.
public struct LogSettings: Sendable, Equatable {
    /// Shape of a line.
    public var format: Format
    /// Least important events that are written.
    public var level: LogLevel

    /// Shape of a line.
    public enum Format: String, Sendable, CaseIterable {
        /// Aligned columns on a terminal, `key=value` pairs elsewhere.
        case text
        /// Aligned columns.
        case console
        /// One JSON object.
        case json
    }
}

/// Importance of an event, rising.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    /// Every request and decision.
    case debug
    /// What changes.
    case info
    /// What is wrong in one cluster.
    case warning
    /// What is wrong for the whole puller.
    case error

    /// Orders by importance.
    public static func < (left: LogLevel, right: LogLevel) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
