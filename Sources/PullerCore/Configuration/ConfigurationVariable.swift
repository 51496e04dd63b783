/// A variable of the environment: the one place for its name, its default and what it is for.
public struct ConfigurationVariable: Sendable, Equatable {
    /// Name in the environment.
    public let name: String
    /// The default in words: a value, or when something is required.
    public let defaultText: String
    /// What it is for, in one line.
    public let meaning: String
    /// The default, when it is a fixed value; read in the same way as a given one.
    let defaultValue: String?
    /// What a right value looks like: `must be ...`.
    let expected: String

    private init(
        _ name: String,
        default defaultValue: String? = nil,
        described: String = "-",
        _ meaning: String,
        _ expected: String
    ) {
        self.name = name
        self.defaultValue = defaultValue
        self.defaultText = defaultValue ?? described
        self.meaning = meaning
        self.expected = expected
    }

    // MARK: What is cached

    static let multicluster = Self(
        "MULTICLUSTER",
        default: "true",
        "many clusters behind a proxy, or the one cluster this runs in",
        "must be true or false"
    )
    static let images = Self(
        "IMAGES",
        described: "required",
        "images to cache: <name>=<image>;...",
        "must be <name>=<image>;..., such as java=quay.io/eclipse/che-java11-maven:nightly"
    )
    static let daemonSetName = Self(
        "DAEMONSET_NAME",
        default: "kubernetes-image-puller",
        "name of the DaemonSet",
        "must be lower-case letters, digits, '-' and '.', at most 241, letters or digits at both ends"
    )
    static let namespace = Self(
        "NAMESPACE",
        default: "k8s-image-puller",
        "namespace of the DaemonSet, in every cluster",
        "must be lower-case letters, digits and '-', at most 63, letters or digits at both ends"
    )
    static let installationID = Self(
        "INSTALLATION_ID",
        default: "default",
        "value of the owner label, so that two installations do not fight over one DaemonSet",
        "must be letters, digits, '-', '_' and '.', at most 63, letters or digits at both ends"
    )
    static let memoryRequest = Self(
        "CACHING_MEMORY_REQUEST",
        default: "10Mi",
        "memory request of each container; the default is lowered to a smaller limit that is given",
        "must be a Kubernetes quantity that is not negative, such as 10Mi"
    )
    static let memoryLimit = Self(
        "CACHING_MEMORY_LIMIT",
        default: "20Mi",
        "memory limit of each container; the default is raised to a greater request that is given",
        "must be a Kubernetes quantity that is not negative, such as 20Mi"
    )
    static let cpuRequest = Self(
        "CACHING_CPU_REQUEST",
        default: ".05",
        "CPU request of each container; the default is lowered to a smaller limit that is given",
        "must be a Kubernetes quantity that is not negative, such as .05 or 50m"
    )
    static let cpuLimit = Self(
        "CACHING_CPU_LIMIT",
        default: ".2",
        "CPU limit of each container; the default is raised to a greater request that is given",
        "must be a Kubernetes quantity that is not negative, such as .2 or 200m"
    )
    static let nodeSelector = Self(
        "NODE_SELECTOR",
        default: "{}",
        "nodes that cache: JSON map of label to value",
        #"must be a JSON map of label to value, such as {"disktype":"ssd"}"#
    )

    // MARK: Where

    static let users = Self(
        "IMPERSONATE_USERS",
        described: "required in multi-cluster, or the file",
        "users to act as, comma-separated: one cluster each; unusual names as JSON strings",
        "must be users separated by commas"
    )
    static let usersFile = Self(
        "IMPERSONATE_USERS_FILE",
        "more users: one a line, # comments; read again while running",
        "must name a readable file with one user a line"
    )
    static let groups = Self(
        "IMPERSONATE_GROUPS",
        "groups to impersonate with each user, comma-separated; unusual names as JSON strings",
        "must be groups separated by commas"
    )
    static let proxyURL = Self(
        "OPENSHIFT_PROXY_URL",
        described: "required in multi-cluster",
        "base URL of the proxy; {user} in it stands for the user",
        "must be an http or https URL, such as https://proxy.example.com"
    )
    static let impersonationHeader = Self(
        "IMPERSONATION_HEADER",
        described: "true, or false when the URL has {user}",
        "whether Impersonate-User and Impersonate-Group are sent",
        "must be true or false"
    )
    static let oidcProvider = Self(
        "OIDC_PROVIDER",
        described: "required in multi-cluster, or BEARER_TOKEN_FILE",
        "the token comes from POST {OIDC_PROVIDER}/token, by client credentials",
        "must be an http or https URL, such as https://auth.example.com/api, unless BEARER_TOKEN_FILE is set"
    )
    static let oidcScope = Self("OIDC_SCOPE", "sent only when set", "must not have control characters")
    static let oidcAudience = Self("OIDC_AUDIENCE", "sent only when set", "must not have control characters")
    static let oidcClientAuth = Self(
        "OIDC_CLIENT_AUTH",
        default: "post",
        "where id and secret travel: post (form) or basic (header)",
        "must be post or basic"
    )
    static let serviceAccountID = Self(
        "SERVICE_ACCOUNT_ID",
        described: "required with OIDC, or the file",
        "client id",
        "must be the client id, or SERVICE_ACCOUNT_ID_FILE must name a file that holds it"
    )
    static let serviceAccountIDFile = Self(
        "SERVICE_ACCOUNT_ID_FILE",
        "file with the client id",
        "must name a readable file with the client id"
    )
    static let serviceAccountSecret = Self(
        "SERVICE_ACCOUNT_SECRET",
        described: "required with OIDC, or the file",
        "client secret",
        "must be the client secret, or SERVICE_ACCOUNT_SECRET_FILE must name a file that holds it"
    )
    static let serviceAccountSecretFile = Self(
        "SERVICE_ACCOUNT_SECRET_FILE",
        "file with the client secret",
        "must name a readable file with the client secret"
    )
    static let bearerTokenFile = Self(
        "BEARER_TOKEN_FILE",
        described: "in the cluster: the service account's token",
        "file with a bearer token, instead of OIDC; read again when it changes",
        "must name a readable file with a bearer token"
    )
    static let caBundleFile = Self(
        "CA_BUNDLE_FILE",
        described: "in the cluster: the service account's ca.crt; else the system's",
        "PEM file that replaces the trust store",
        "must name a readable PEM file with a certificate"
    )
    static let apiURL = Self(
        "KUBERNETES_API_URL",
        described: "in the cluster: from KUBERNETES_SERVICE_HOST and _PORT",
        "API server of the one cluster, for running outside of it",
        "must be an http or https URL, such as http://127.0.0.1:8001"
    )
    static let serviceHost = Self(
        "KUBERNETES_SERVICE_HOST",
        described: "set by Kubernetes",
        "API server, seen from a pod",
        "must be a host name or an IP address"
    )
    static let servicePort = Self(
        "KUBERNETES_SERVICE_PORT",
        described: "set by Kubernetes",
        "its port",
        "must be a port, 1 to 65535"
    )

    // MARK: When and how many

    static let interval = Self(
        "CACHING_INTERVAL_HOURS",
        default: "1",
        "time between two checks of one cluster",
        "must be a positive number of hours, such as 1 or 0.5, at most 87600"
    )
    static let refreshAge = Self(
        "IMAGE_REFRESH_HOURS",
        default: "24",
        "age at which images without a digest are pulled anew; 0 for never",
        "must be a number of hours, such as 24, at most 87600; 0 for never"
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
    static let startSpread = Self(
        "START_SPREAD_SECONDS",
        described: "0 for up to 100 users, else 10",
        "the first check of each cluster comes at a random point within this",
        "must be a number of seconds, such as 10, at most 86400; 0 for no spread"
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
        "longest delay after the first failure",
        positiveSeconds
    )
    static let backoffMaximum = Self(
        "BACKOFF_MAX_SECONDS",
        default: "300",
        "longest delay after any failure",
        positiveSeconds
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
        "text or json, one event a line",
        "must be text or json"
    )
    static let logLevel = Self(
        "LOG_LEVEL",
        default: "info",
        "least important events: debug, info, warning or error",
        "must be debug, info, warning or error"
    )

    private static let positiveSeconds = "must be a positive number of seconds, such as 30, at most 86400"

    /// Every variable, in the order in which an operator meets them.
    public static let all: [ConfigurationVariable] = [
        multicluster, images, daemonSetName, namespace, interval,
        users, usersFile, groups, proxyURL, impersonationHeader,
        oidcProvider, oidcScope, oidcAudience, oidcClientAuth,
        serviceAccountID, serviceAccountIDFile, serviceAccountSecret, serviceAccountSecretFile,
        bearerTokenFile, caBundleFile, apiURL, serviceHost, servicePort,
        memoryRequest, memoryLimit, cpuRequest, cpuLimit, nodeSelector,
        refreshAge, minReadyPercent, installationID, maxConcurrentRollouts, maxConcurrentRequests,
        startSpread, requestTimeout, rolloutTimeout, rolloutOverlap, rolloutMaxUnavailable, backoffInitial,
        backoffMaximum,
        onExit, exitGrace, logFormat, logLevel,
    ]
}
