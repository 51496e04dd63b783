// Where an operator may ask how it goes.

extension ConfigurationVariable {
    static let statusPort = Self(
        "STATUS_PORT",
        default: "8080",
        "port of /livez, /readyz and /metrics, on all interfaces; 0 for none",
        port
    )
    static let consolePort = Self(
        "CONSOLE_PORT",
        default: "8081",
        "port of the status page and its API; 0 for none",
        port
    )
    static let consoleAddress = Self(
        "CONSOLE_ADDRESS",
        described: "127.0.0.1 and ::1",
        "address of that port; any that is not loopback needs CONSOLE_TOKEN_FILE",
        "must be an IPv4 or IPv6 address, such as 0.0.0.0 or ::"
    )
    static let consoleTokenFile = Self(
        "CONSOLE_TOKEN_FILE",
        "file with the token that the status page and its API ask for; read again when it changes",
        "must name a readable file with a token"
    )
    static let metricsPerCluster = Self(
        "METRICS_PER_CLUSTER",
        default: "auto",
        "whether there are metrics of each cluster: true, false, or auto, which is up to \(StatusSettings.mostClusters) of them",
        "must be auto, true or false"
    )

    private static let port = "must be a port from 1 to 65535, or 0 for none"
}
