/// All metrics. Their names and labels are stable: alerts and dashboards rely on them.
extension MetricFamily {
    /// Every metric, in the order of the page; docs/metrics.md explains each.
    public static let all = pool + requests + files + process + perCluster

    // MARK: The pool

    static let buildInfo = gauge(
        "image_puller_build_info",
        "version",
        help: "The version of the puller. Always 1."
    )
    static let interval = gauge(
        "image_puller_interval_seconds",
        help: "Time between two checks of one cluster that is well (CACHING_INTERVAL_HOURS)."
    )
    static let clusters = gauge(
        "image_puller_clusters",
        "state",
        "reason",
        help: "Clusters by state (ready, unready, failing, waiting) and by the reason of that state."
    )
    static let stuck = gauge(
        "image_puller_clusters_stuck",
        help: "Clusters whose worker is far behind its time."
    )
    static let inBackoff = gauge(
        "image_puller_clusters_in_backoff",
        help: "Clusters that wait for a retry after a failure."
    )
    static let sharedFault = gauge(
        "image_puller_shared_fault_clusters",
        "reason",
        help: "Clusters that have a fault which several share, by reason. Absent without such a fault."
    )
    static let reconciles = counter(
        "image_puller_reconciles",
        "outcome",
        help: "Rounds that have ended, by outcome (ready, unready, contested, failed)."
    )
    static let reconcileDuration = histogram(
        "image_puller_reconcile_duration_seconds",
        help: "How long a round took, a rollout that it followed included."
    )
    static let replacements = counter(
        "image_puller_replacements",
        "reason",
        help: "Replacements of DaemonSets that were begun, by reason."
    )
    static let rolloutsInFlight = gauge(
        "image_puller_rollouts_in_flight",
        help: "Clusters that may be pulling images."
    )
    static let rolloutsQueued = gauge(
        "image_puller_rollouts_queued",
        help: "Clusters that wait for their turn to roll out."
    )
    static let rolloutsLimit = gauge(
        "image_puller_rollouts_limit",
        help: "Clusters that may roll out at once (MAX_CONCURRENT_ROLLOUTS)."
    )
    static let imageNodes = gauge(
        "image_puller_image_nodes",
        "image",
        "state",
        help: "Nodes by image and state (present, pulling, waiting, failing, unknown), where pods were read."
    )

    static let imagePull = summary(
        "image_puller_image_pull_seconds",
        "image",
        help:
            "How long nodes took to pull an image, as their kubelets say (PULL_TIMES). Absent before the first."
    )

    private static let pool = [
        buildInfo, interval, clusters, stuck, inBackoff, sharedFault, reconciles, reconcileDuration,
        replacements,
        rolloutsInFlight, rolloutsQueued, rolloutsLimit, imageNodes, imagePull,
    ]

    // MARK: Requests and tokens

    static let requestsSent = counter(
        "image_puller_requests",
        "verb",
        "code",
        help: "Requests to clusters that have ended, by verb and by status, or by why there was no answer."
    )
    static let requestDuration = histogram(
        "image_puller_request_duration_seconds",
        "verb",
        help: "How long a request took, its answer included. Watches are not counted."
    )
    static let requestsInFlight = gauge(
        "image_puller_requests_in_flight",
        help: "Requests that hold a place among those that may be in flight."
    )
    static let requestsOverdue = gauge(
        "image_puller_requests_overdue",
        help: "Further requests, which have been without an answer for long and gave their place to others."
    )
    static let requestsQueued = gauge(
        "image_puller_requests_queued",
        help: "Requests that wait for a place."
    )
    static let requestsLimit = gauge(
        "image_puller_requests_limit",
        help: "Requests that may be in flight at once (MAX_CONCURRENT_REQUESTS)."
    )
    static let tokenFetches = counter(
        "image_puller_token_fetches",
        "result",
        help: "Attempts to get a token, by result (success, failure). Absent where no token is used."
    )
    static let tokenFetched = gauge(
        "image_puller_token_fetched_timestamp_seconds",
        help: "When the current token was got, in seconds since 1970. Absent without one."
    )
    static let tokenExpiry = gauge(
        "image_puller_token_expiry_timestamp_seconds",
        help: "When the current token expires, in seconds since 1970. Absent where that is not known."
    )

    private static let requests = [
        requestsSent, requestDuration, requestsInFlight, requestsOverdue, requestsQueued, requestsLimit,
        tokenFetches,
        tokenFetched, tokenExpiry,
    ]

    // MARK: Files and the puller itself

    static let fileBraked = gauge(
        "image_puller_file_braked",
        "file",
        help: "Whether a file (users, images) would remove too much at once, and so changes nothing."
    )
    static let fileUnusable = gauge(
        "image_puller_file_unusable",
        "file",
        help: "Whether a file (users, images) cannot be used, and so changes nothing."
    )
    static let linesDropped = counter(
        "image_puller_log_lines_dropped",
        help: "Lines of the log that were dropped because its reader was too slow."
    )
    static let hasEachCluster = gauge(
        "image_puller_per_cluster_metrics",
        help: "Whether there are metrics with the label cluster; 0: they are left out (METRICS_PER_CLUSTER)."
    )

    private static let files = [fileBraked, fileUnusable, linesDropped, hasEachCluster]

    static let cpu = counter("process_cpu_seconds", help: "Processor time of the puller, user and system.")
    static let residentMemory = gauge("process_resident_memory_bytes", help: "Resident memory of the puller.")
    static let virtualMemory = gauge("process_virtual_memory_bytes", help: "Virtual memory of the puller.")
    static let startTime = gauge(
        "process_start_time_seconds",
        help: "When the puller was started, in seconds since 1970."
    )
    static let openFiles = gauge("process_open_fds", help: "Files and connections that are open.")
    static let mostOpenFiles = gauge("process_max_fds", help: "Files and connections that may be open.")
    static let threads = gauge("process_threads", help: "Threads of the puller.")

    private static let process = [
        cpu, residentMemory, virtualMemory, startTime, openFiles, mostOpenFiles, threads,
    ]

    // MARK: Each cluster

    static let clusterState = gauge(
        "image_puller_cluster_state",
        "cluster",
        "state",
        "reason",
        help: "1 for the state of the cluster and the reason of that state."
    )
    static let clusterDesired = gauge(
        "image_puller_cluster_nodes_desired",
        "cluster",
        help: "Nodes that should have the images."
    )
    static let clusterReady = gauge(
        "image_puller_cluster_nodes_ready",
        "cluster",
        help: "Nodes that have the images."
    )
    static let clusterLastSuccess = gauge(
        "image_puller_cluster_last_success_timestamp_seconds",
        "cluster",
        help: "When a round last found the cluster ready, in seconds since 1970. Absent before that."
    )
    static let clusterFailures = gauge(
        "image_puller_cluster_consecutive_failures",
        "cluster",
        help: "Rounds in a row that failed."
    )
    static let clusterReplacements = counter(
        "image_puller_cluster_replacements",
        "cluster",
        "reason",
        help: "Replacements of the cluster's DaemonSet that were begun, by reason."
    )
    static let clusterStuck = gauge(
        "image_puller_cluster_stuck",
        "cluster",
        help: "Whether the cluster's worker is far behind its time."
    )

    private static let perCluster = [
        clusterState, clusterDesired, clusterReady, clusterLastSuccess, clusterFailures, clusterReplacements,
        clusterStuck,
    ]
}
