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

    init(
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

    /// Every variable, in the order in which an operator meets them.
    public static let all: [ConfigurationVariable] = [
        multicluster, images, imagesFile, daemonSetName, namespace, interval,
        users, usersFile, groups, proxyURL, impersonationHeader,
        oidcProvider, oidcTokenURL, oidcScope, oidcAudience, oidcClientAuth,
        serviceAccountID, serviceAccountIDFile, serviceAccountSecret, serviceAccountSecretFile,
        bearerTokenFile, caBundleFile, apiURL, serviceHost, servicePort,
        httpsProxyLower, httpsProxy, httpProxy, allProxyLower, allProxy, noProxyLower, noProxy,
        memoryRequest, memoryLimit, cpuRequest, cpuLimit, nodeSelector, tolerations, affinity,
        imagePullSecrets, imagePullPolicy, annotations, labels, priorityClassName, runtimeClassName,
        kipImage, pullSpread, cacheMode, cacheModeFallback,
        podSecurity, runAsUser, seccompProfile, readOnlyRoot, platform, deploymentName, podStatus, pullTimes,
        refreshAge, minReadyPercent, installationID, maxConcurrentRollouts, maxConcurrentRequests,
        transportSessions, watchClusters,
        startSpread, requestTimeout, rolloutTimeout, rolloutOverlap, rolloutMaxUnavailable, backoffInitial,
        backoffMaximum,
        onExit, exitGrace, logFormat, logLevel,
        statusPort, consolePort, consoleAddress, consoleTokenFile, metricsPerCluster,
    ]
}
