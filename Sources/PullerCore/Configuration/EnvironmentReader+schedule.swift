extension EnvironmentReader {
    /// When, how often and how many at once.
    ///
    /// - Parameter users: Users known at the start.
    mutating func schedule(users: Int) -> Schedule? {
        let interval = required(.interval) { parseHours($0, floor: .seconds(1)) }
        let refreshAge = required(.refreshAge, parseRefreshAge)
        let minReadyPercent = required(.minReadyPercent) { parseWholeNumber($0, in: 0...100) }
        let rollouts = required(.maxConcurrentRollouts) { parseWholeNumber($0, in: 1...100_000) }
        let requests = required(.maxConcurrentRequests) { parseWholeNumber($0, in: 1...100_000) }
        let transportSessions = required(.transportSessions, parseSessions)
        let watchClusters = required(.watchClusters) { parseWholeNumber($0, in: 0...100_000) }
        let startSpread =
            given(.startSpread) == nil
            ? (users <= 100 ? .zero : .seconds(10))
            : required(.startSpread) { parseSeconds($0, floor: .zero) }
        let requestTimeout = required(.requestTimeout) { parseSeconds($0, floor: .seconds(1)) }
        let replacement = replacementPolicy()
        let backoff = backoff()
        guard let interval, let refreshAge, let minReadyPercent, let rollouts, let requests,
            let transportSessions, let watchClusters,
            let startSpread, let requestTimeout, let replacement, let backoff
        else { return nil }
        return Schedule(
            interval: interval,
            startSpread: startSpread,
            requestTimeout: requestTimeout,
            replacement: replacement,
            backoff: backoff,
            refreshAge: refreshAge == .zero ? nil : refreshAge,
            minReadyPercent: minReadyPercent,
            maxConcurrentRollouts: rollouts,
            maxConcurrentRequests: requests,
            transportSessions: transportSessions,
            watchClusters: watchClusters
        )
    }

    private mutating func replacementPolicy() -> ReplacementPolicy? {
        let overlap = required(.rolloutOverlap, parseOverlap)
        let timeout = required(.rolloutTimeout) { parseSeconds($0, floor: .seconds(1)) }
        let maxUnavailable = required(.rolloutMaxUnavailable, parseMaxUnavailable)
        guard let overlap, let timeout, let maxUnavailable else { return nil }
        return ReplacementPolicy(overlap: overlap, rolloutTimeout: timeout, maxUnavailable: maxUnavailable)
    }

    private mutating func backoff() -> Backoff? {
        let initial = required(.backoffInitial) { parseSeconds($0, floor: .milliseconds(10)) }
        let maximum = required(.backoffMaximum) { parseSeconds($0, floor: .milliseconds(10)) }
        guard let initial, let maximum else { return nil }
        guard initial <= maximum else {
            // Blame what was given: the other one may be a default that the operator has never seen.
            let blamesMaximum = given(.backoffInitial) == nil
            let (blamed, other): (ConfigurationVariable, ConfigurationVariable) =
                blamesMaximum ? (.backoffMaximum, .backoffInitial) : (.backoffInitial, .backoffMaximum)
            let otherText = decimalText(blamesMaximum ? initial : maximum, unit: .seconds(1))
            report(
                blamed,
                value: given(blamed),
                expected: "must be at \(blamesMaximum ? "least" : "most") \(other.name)=\"\(otherText)\""
            )
            return nil
        }
        return Backoff(initial: initial, maximum: maximum)
    }

    /// What happens at the end. No grace at all would make `delete` a promise that cannot be kept, so zero is
    /// an error.
    mutating func exitSettings() -> ExitSettings? {
        let action: ExitSettings.Action? = required(.onExit, inAnyCase)
        let grace = required(.exitGrace) { parseSeconds($0, floor: .seconds(1)) }
        guard let action, let grace else { return nil }
        return ExitSettings(action: action, grace: grace)
    }

    /// How events are written.
    mutating func logSettings() -> LogSettings? {
        let format: LogSettings.Format? = required(.logFormat, inAnyCase)
        let level = required(.logLevel, parseLogLevel)
        guard let format, let level else { return nil }
        return LogSettings(format: format, level: level)
    }
}

/// Never, or an age that leaves room for a rollout to begin.
private func parseRefreshAge(_ text: String) -> Duration? {
    parseHours(text, floor: .zero).flatMap { $0 == .zero || $0 >= .seconds(1) ? $0 : nil }
}

private func parseSessions(_ text: String) -> TransportSessions? {
    text.lowercased() == "auto" ? .auto : parseWholeNumber(text, in: 1...64).map(TransportSessions.fixed)
}

/// A level by its name in any case, or `warn`, which other programs call it.
private func parseLogLevel(_ text: String) -> LogLevel? {
    text.lowercased() == "warn" ? .warning : inAnyCase(text)
}

/// A value of a choice by its name, in lower or upper case.
func inAnyCase<Choice: RawRepresentable<String>>(_ text: String) -> Choice? {
    Choice(rawValue: text.lowercased())
}

/// `until-ready`, or a duration of up to ten years.
private func parseOverlap(_ text: String) -> ReplacementPolicy.Overlap? {
    text.lowercased() == "until-ready"
        ? .untilReady : parseUnitDuration(text).map(ReplacementPolicy.Overlap.atMost)
}

/// A number of nodes, or a share of them such as `10%`.
private func parseMaxUnavailable(_ text: String) -> ReplacementPolicy.MaxUnavailable? {
    if text.hasSuffix("%") {
        return parseWholeNumber(String(text.dropLast()), in: 0...100).map { .percent($0) }
    }
    return parseWholeNumber(text, in: 0...100_000).map { .nodes($0) }
}
