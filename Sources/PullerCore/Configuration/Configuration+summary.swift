extension Configuration {
    /// The resolved configuration as `NAME=value`, one line each, secrets redacted. Given back as an
    /// environment, the lines lead to the same configuration (but for the secrets); what is not set is not
    /// there, and neither is what a long list of users holds beyond its first twenty.
    public func summaryLines() -> [String] {
        var summary = Summary()
        summary.add(target)
        summary.add(.caBundleFile, caBundleFile)
        for proxy in proxies.set { summary.add(proxy.variable, proxy.shown) }
        summary.add(daemonSet)
        summary.add(daemonSet.pods)
        summary.add(.podStatus, readsPods)
        summary.add(.pullTimes, readsPulls)
        summary.add(schedule)
        summary.add(.onExit, exit.action.rawValue)
        summary.add(.exitGrace, seconds: exit.grace)
        summary.add(.logFormat, log.format.rawValue)
        summary.add(.logLevel, log.level.rawValue)
        summary.add(.statusPort, status.statusPort.map { Int($0) } ?? 0)
        summary.add(.consolePort, status.consolePort.map { Int($0) } ?? 0)
        summary.add(.consoleAddress, status.consoleAddress)
        summary.add(.consoleTokenFile, status.consoleTokenFile)
        summary.add(.metricsPerCluster, status.perCluster.rawValue)
        return summary.lines
    }
}

extension StatusSettings {
    /// The ports, for the line at the start; `nil` without any.
    public var summary: String? {
        let texts = [
            statusPort.map { "probes and metrics on port \($0)" },
            consolePort.map {
                "status page on \(consoleAddress.map { "address \($0), " } ?? "localhost, ")port \($0)"
            },
        ].compactMap { $0 }
        return texts.isEmpty ? nil : texts.joined(separator: "; ")
    }
}

private struct Summary {
    private(set) var lines: [String] = []

    mutating func add(_ variable: ConfigurationVariable, _ value: String?) {
        guard let value else { return }
        lines.append("\(variable.name)=\(displayText(value, limit: .max))")
    }

    mutating func add(_ variable: ConfigurationVariable, _ value: Int) {
        add(variable, String(value))
    }

    mutating func add(_ variable: ConfigurationVariable, _ value: Bool) {
        add(variable, value ? "true" : "false")
    }

    mutating func add(_ variable: ConfigurationVariable, hours: Duration) {
        add(variable, durationText(hours, unit: .seconds(3_600)))
    }

    mutating func add(_ variable: ConfigurationVariable, seconds: Duration) {
        add(variable, decimalText(seconds, unit: .seconds(1)))
    }

    mutating func add(_ variable: ConfigurationVariable, _ sessions: TransportSessions) {
        switch sessions {
        case .auto: add(variable, "auto")
        case .fixed(let count): add(variable, count)
        }
    }

    mutating func add(_ target: Configuration.Target) {
        switch target {
        case .fleet(let fleet):
            add(.multicluster, true)
            add(.users, fleet.users.isEmpty ? nil : Self.shortened(fleet.users))
            add(.usersFile, fleet.usersFile)
            add(
                .groups,
                fleet.groups.isEmpty ? nil : fleet.groups.map(WrittenUser.text).joined(separator: ",")
            )
            add(.proxyURL, fleet.proxy.template)
            add(.impersonationHeader, fleet.proxy.sendsImpersonationHeader)
            add(fleet.credential)
        case .single(let single):
            add(.multicluster, false)
            add(.apiURL, single.apiURL)
            add(single.credential)
        }
    }

    mutating func add(_ credential: Credential) {
        switch credential {
        case .none: break
        case .tokenFile(let path): add(.bearerTokenFile, path)
        case .clientCredentials(let client):
            if client.isWholeURL {
                add(.oidcTokenURL, client.shownTokenURL)
            } else {
                add(.oidcProvider, String(client.tokenURL.dropLast("/token".count)))
            }
            add(.oidcScope, client.scope)
            add(.oidcAudience, client.audience)
            add(.oidcClientAuth, client.authentication.rawValue)
            add(client.id, .serviceAccountID, .serviceAccountIDFile)
            add(client.secret, .serviceAccountSecret, .serviceAccountSecretFile)
        }
    }

    mutating func add(
        _ source: SecretSource,
        _ variable: ConfigurationVariable,
        _ fileVariable: ConfigurationVariable
    ) {
        switch source {
        case .value(let secret): add(variable, secret.description)
        case .file(let path): add(fileVariable, path)
        }
    }

    mutating func add(_ settings: DaemonSetSettings) {
        let listed = settings.listedImages.map(\.written).joined(separator: ";")
        add(.images, listed.isEmpty ? nil : listed)
        add(.imagesFile, settings.imagesFile)
        add(.daemonSetName, settings.name)
        add(.namespace, settings.namespace)
        add(.installationID, settings.installationID)
        add(.memoryRequest, settings.resources.memoryRequest.text)
        add(.memoryLimit, settings.resources.memoryLimit.text)
        add(.cpuRequest, settings.resources.cpuRequest.text)
        add(.cpuLimit, settings.resources.cpuLimit.text)
        add(.nodeSelector, json: .strings(settings.placement.nodeSelector))
        add(.tolerations, json: .array(settings.placement.tolerations.map(\.json)))
        add(.imagePullPolicy, settings.pullPolicy.rawValue)
    }

    mutating func add(_ pods: PodSettings) {
        add(.affinity, json: pods.affinity ?? .object([:]))
        let secrets = pods.imagePullSecrets.joined(separator: ";")
        add(.imagePullSecrets, secrets.isEmpty ? nil : secrets)
        add(.annotations, json: .strings(pods.annotations))
        add(.labels, json: .strings(pods.labels))
        add(.priorityClassName, pods.priorityClassName)
        add(.runtimeClassName, pods.runtimeClassName)
        add(pods.holding)
        let security = pods.security
        add(.podSecurity, security.level.rawValue)
        // It has no effect otherwise, and would give a warning.
        if security.level == .restricted { add(.runAsUser, security.user) }
        add(.seccompProfile, security.usesSeccomp ?? security.level.usesSeccomp ? "RuntimeDefault" : "none")
        add(.readOnlyRoot, security.isRootReadOnly)
        add(.platform, pods.platform.rawValue)
        add(.deploymentName, pods.deploymentName)
    }

    private mutating func add(_ holding: Holding) {
        switch holding {
        case .ownSleep:
            add(.cacheMode, "containers")
        case .copiedSleep(let image):
            add(.cacheMode, "containers")
            add(image)
        case .imageVolumes(let image, let fallsBack):
            add(.cacheMode, "image-volumes")
            add(.cacheModeFallback, fallsBack ? "containers" : "none")
            add(image)
        }
    }

    private mutating func add(_ image: SleepImage) {
        add(.kipImage, image.image.text)
        add(.pullSpread, seconds: image.pullSpread)
    }

    private mutating func add(_ variable: ConfigurationVariable, json value: JSONValue) {
        add(variable, String(decoding: value.compactJSON(), as: UTF8.self))
    }

    mutating func add(_ schedule: Schedule) {
        add(.interval, hours: schedule.interval)
        add(.refreshAge, hours: schedule.refreshAge ?? .zero)
        add(.minReadyPercent, schedule.minReadyPercent)
        add(.maxConcurrentRollouts, schedule.maxConcurrentRollouts)
        add(.maxConcurrentRequests, schedule.maxConcurrentRequests)
        add(.transportSessions, schedule.transportSessions)
        add(.watchClusters, schedule.watchClusters)
        add(.startSpread, seconds: schedule.startSpread)
        add(.requestTimeout, seconds: schedule.requestTimeout)
        add(.rolloutTimeout, seconds: schedule.replacement.rolloutTimeout)
        add(.rolloutOverlap, schedule.replacement.overlap)
        add(.rolloutMaxUnavailable, schedule.replacement.maxUnavailable)
        add(.backoffInitial, seconds: schedule.backoff.initial)
        add(.backoffMaximum, seconds: schedule.backoff.maximum)
    }

    private mutating func add(_ variable: ConfigurationVariable, _ overlap: ReplacementPolicy.Overlap) {
        switch overlap {
        case .untilReady: add(variable, "until-ready")
        case .atMost(let limit): add(variable, decimalText(limit, unit: .seconds(1)) + "s")
        }
    }

    private mutating func add(_ variable: ConfigurationVariable, _ count: ReplacementPolicy.MaxUnavailable) {
        switch count {
        case .nodes(let nodes): add(variable, nodes)
        case .percent(let percent): add(variable, "\(percent)%")
        }
    }

    private static func shortened(_ users: [String]) -> String {
        let others = users.count - 20
        return users.prefix(20).map(WrittenUser.text).joined(separator: ",")
            + (others > 0 ? " and \(others) more" : "")
    }
}
