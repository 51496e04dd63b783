// When, how many at once, the end, and the log.

extension ConfigurationVariable {
    static let interval = Self(
        "CACHING_INTERVAL_HOURS",
        default: "1",
        "time between two checks of one cluster",
        "must be a positive number of hours, such as 1 or 0.5, or a duration such as 90s or 1h30m; "
            + "at least 1s, at most 87600 hours"
    )
    static let refreshAge = Self(
        "IMAGE_REFRESH_HOURS",
        default: "24",
        "age at which images without a digest are pulled anew; 0 for never",
        "must be a number of hours, such as 24, or a duration such as 90m; at least 1s, at most 87600 hours; 0 for never"
    )
    static let minReadyPercent = Self(
        "MIN_READY_PERCENT",
        default: "50",
        "share of ready nodes below which a DaemonSet is ill",
        "must be a whole number from 0 to 100"
    )
    static let maxConcurrentRollouts = Self(
        "MAX_CONCURRENT_ROLLOUTS",
        default: "100",
        "clusters that roll out at once, in all",
        "must be a whole number from 1 to 100000"
    )
    static let maxConcurrentRequests = Self(
        "MAX_CONCURRENT_REQUESTS",
        default: "128",
        "requests in flight, in all",
        "must be a whole number from 1 to 100000"
    )
    static let transportSessions = Self(
        "TRANSPORT_SESSIONS",
        default: "auto",
        "URLSessions among which the clusters are divided, each with a queue that uses at most one processor",
        "must be a whole number from 1 to 64, or auto"
    )
    static let watchClusters = Self(
        "WATCH_CLUSTERS",
        default: "50",
        "clusters up to which deletions and edits are noticed at once, by a watch between checks; 0 for never",
        "must be a whole number from 0 to 100000; 0 for no watch between checks"
    )
    static let startSpread = Self(
        "START_SPREAD_SECONDS",
        described: "0 for up to 100 users, else 10",
        "the first check of each cluster comes at a random point within this",
        "must be a number of seconds, such as 10, or a duration such as 90s, at most 86400 seconds; 0 for no spread"
    )
    static let requestTimeout = Self(
        "REQUEST_TIMEOUT_SECONDS",
        default: "30",
        "time one request may take",
        positiveSeconds
    )
    static let rolloutTimeout = Self(
        "ROLLOUT_TIMEOUT_SECONDS",
        default: "600",
        "time one rollout is followed, and after which one that stands still is judged",
        positiveSeconds
    )
    static let rolloutOverlap = Self(
        "ROLLOUT_OVERLAP",
        default: "until-ready",
        "how long the older DaemonSet stays beside its successor: until that serves as many nodes, or at most so long",
        "must be until-ready, or a duration such as 0s, 90s or 1h30m"
    )
    static let rolloutMaxUnavailable = Self(
        "ROLLOUT_MAX_UNAVAILABLE",
        default: "0",
        "nodes (or a share such as 10%) that a successor may lack after ROLLOUT_TIMEOUT_SECONDS without progress",
        "must be a whole number of nodes such as 1, or a share from 0% to 100%"
    )
    static let backoffInitial = Self(
        "BACKOFF_INITIAL_SECONDS",
        default: "1",
        "longest delay after the first failure, unless thousands of clusters fail together",
        backoffSeconds
    )
    static let backoffMaximum = Self(
        "BACKOFF_MAX_SECONDS",
        default: "300",
        "longest delay after any failure",
        backoffSeconds
    )
    static let onExit = Self(
        "ON_EXIT",
        default: "keep",
        "what happens to the DaemonSets at the end: keep or delete",
        "must be keep or delete"
    )
    static let exitGrace = Self(
        "EXIT_GRACE_SECONDS",
        default: "20",
        "time for deleting them",
        positiveSeconds
    )
    static let logFormat = Self(
        "LOG_FORMAT",
        default: "text",
        "text, json or console (aligned columns, as text is on a terminal), one event a line",
        "must be text, json or console"
    )
    static let logLevel = Self(
        "LOG_LEVEL",
        default: "info",
        "least important events: debug, info, warning or error",
        "must be debug, info, warning (or warn) or error"
    )

    private static let positiveSeconds =
        "must be a positive number of seconds, such as 30, or a duration such as 90s or 1m30s; "
        + "at least 1s, at most 86400 seconds"
    private static let backoffSeconds =
        "must be a positive number of seconds, such as 30, or a duration such as 90s or 1m30s; "
        + "at least 10ms, at most 86400 seconds"
}
