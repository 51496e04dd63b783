import KubernetesAPI
import PullerCore
import WorkerPool

/// What `/metrics` tells, as values. Times are by the pool's clock, unless they say otherwise.
public struct MetricsPage: Sendable {
    var version: String
    var interval: Duration
    var summary: FleetSummary
    var counters = FleetCounters()
    var requests: GateFigures
    var rollouts: GateFigures
    var sent = RequestMeter.Figures()
    /// `nil` when no token is used.
    var token: TokenFigures?
    /// Which files are configured.
    var files: [FleetSummary.FileTrouble.Kind] = []
    var linesDropped = 0
    var process: ProcessFigures?
    /// `nil` when there are no metrics of each.
    var clusters: [ClusterFigures]?
    /// What time it is.
    var times: BoardTimes

    /// The whole page.
    func text(_ format: MetricsFormat) -> [UInt8] {
        var text = MetricsText(format)
        addPool(to: &text)
        addImages(to: &text)
        addPulls(to: &text)
        addRequests(to: &text)
        addToken(to: &text)
        addFiles(to: &text)
        process.map { Self.add($0, to: &text) }
        clusters.map { addEach($0, to: &text) }
        return text.finish()
    }

    /// A time as metrics give it, in seconds since 1970: whole ones, so that what did not happen again does not seem to
    /// change with the clocks' tiny differences.
    private func timestamp(_ time: Duration) -> Int { Int(times.seconds(time).rounded()) }

    private func addPool(to text: inout MetricsText) {
        text.add(.buildInfo, [version], 1)
        text.add(.interval, [], interval / .seconds(1))
        for state in ClusterState.allCases {
            let reasons = Self.sums(
                summary.reasons.filter { $0.state == state && !$0.reason.isEmpty }.map {
                    ($0.reason, $0.clusters)
                }
            )
            let explained = reasons.reduce(0) { $0 + $1.count }
            // Those of unknown reason, so that the sum is right, and each state is always there.
            text.add(
                .clusters,
                [state.rawValue, ""],
                max(summary.clusters[state, default: 0] - explained, 0)
            )
            for reason in reasons { text.add(.clusters, [state.rawValue, reason.name], reason.count) }
        }
        text.add(.stuck, [], summary.stuck)
        text.add(.inBackoff, [], summary.inBackoff)
        for fault in Self.sums(summary.faults.map { ($0.reason, $0.share.clusters) }) {
            text.add(.sharedFault, [fault.name], fault.count)
        }
        for outcome in FleetCounters.Outcome.allCases {
            text.add(.reconciles, [outcome.rawValue], counters.reconciles[outcome, default: 0])
        }
        text.add(.reconcileDuration, [], counters.durations)
        for reason in ReplaceReason.names {
            text.add(.replacements, [reason], counters.replacements[reason, default: 0])
        }
        text.add(.rolloutsInFlight, [], rollouts.inside + rollouts.overdue)
        text.add(.rolloutsQueued, [], rollouts.waiting)
        text.add(.rolloutsLimit, [], rollouts.capacity)
    }

    private func addImages(to text: inout MetricsText) {
        // An image can have two references at a time, while a change of the configuration rolls out.
        var names: [String] = []
        var sums: [String: PodReport.Image] = [:]
        for nodes in summary.images {
            let image = nodes.image
            if sums[image.name] == nil { names.append(image.name) }
            sums[image.name, default: PodReport.Image(name: image.name, reference: "")].add(image)
        }
        for name in names {
            for (state, count) in sums[name]?.nodesByState ?? [] {
                text.add(.imageNodes, [name, state], count)
            }
        }
    }

    private func addPulls(to text: inout MetricsText) {
        var images: [PullTimes.Image] = []
        for image in counters.pulls.sorted {
            // An image may have several references in the life of a puller. It has one series.
            if let last = images.indices.last, images[last].name == image.name {
                images[last].total += image.total
                images[last].nodes += image.nodes
            } else {
                images.append(image)
            }
        }
        for image in images {
            text.add(.imagePull, [image.name], sum: image.total / .seconds(1), count: image.nodes)
        }
    }

    private func addRequests(to text: inout MetricsText) {
        let order = RequestMeter.Verb.allCases
        let sorted = sent.requests.sorted {
            ($0.key.verb.rawValue, $0.key.code) < ($1.key.verb.rawValue, $1.key.code)
        }
        for (key, count) in sorted { text.add(.requestsSent, [key.verb.rawValue, key.code], count) }
        for verb in order where verb != .watch {
            let none = Histogram(bounds: RequestMeter.bounds)
            text.add(.requestDuration, [verb.rawValue], sent.durations[verb] ?? none)
        }
        text.add(.requestsInFlight, [], requests.inside)
        text.add(.requestsOverdue, [], requests.overdue)
        text.add(.requestsQueued, [], requests.waiting)
        text.add(.requestsLimit, [], requests.capacity)
    }

    private func addToken(to text: inout MetricsText) {
        guard let token else { return }
        text.add(.tokenFetches, ["success"], token.successes)
        text.add(.tokenFetches, ["failure"], token.failures)
        token.fetched.map { text.add(.tokenFetched, [], timestamp($0)) }
        token.expires.map { text.add(.tokenExpiry, [], timestamp($0)) }
    }

    private func addFiles(to text: inout MetricsText) {
        func hasTrouble(_ kind: FleetSummary.FileTrouble.Kind, isBraked: Bool) -> Bool {
            summary.files.contains { $0.kind == kind && $0.isBraked == isBraked }
        }
        for kind in files { text.add(.fileBraked, [kind.rawValue], hasTrouble(kind, isBraked: true)) }
        for kind in files { text.add(.fileUnusable, [kind.rawValue], hasTrouble(kind, isBraked: false)) }
        text.add(.linesDropped, [], linesDropped)
        text.add(.hasEachCluster, [], clusters != nil)
    }

    private static func add(_ process: ProcessFigures, to text: inout MetricsText) {
        text.add(.cpu, [], process.cpuSeconds)
        text.add(.residentMemory, [], process.residentBytes)
        text.add(.virtualMemory, [], process.virtualBytes)
        text.add(.startTime, [], process.startTime)
        process.openFiles.map { text.add(.openFiles, [], $0) }
        process.mostOpenFiles.map { text.add(.mostOpenFiles, [], $0) }
        text.add(.threads, [], process.threads)
    }

    private func addEach(_ clusters: [ClusterFigures], to text: inout MetricsText) {
        let named = clusters.map { (name: $0.status.id.label, $0.status, $0.replacements) }
        for (name, status, _) in named {
            text.add(.clusterState, [name, status.state.rawValue, status.reason ?? ""], 1)
        }
        for (name, status, _) in named {
            status.health.map { text.add(.clusterDesired, [name], $0.desired) }
        }
        for (name, status, _) in named {
            status.health.map { text.add(.clusterReady, [name], $0.ready) }
        }
        for (name, status, _) in named {
            status.lastSuccess.map { text.add(.clusterLastSuccess, [name], timestamp($0)) }
        }
        for (name, status, _) in named { text.add(.clusterFailures, [name], status.failures) }
        for (name, _, replacements) in named {
            for replacement in replacements {
                text.add(.clusterReplacements, [name, replacement.reason], replacement.count)
            }
        }
        for (name, status, _) in named { text.add(.clusterStuck, [name], status.isStuck) }
    }

    /// The sums of what has the same name, in the order in which the names come first.
    private static func sums(_ counts: [(String, Int)]) -> [(name: String, count: Int)] {
        var sums: [(name: String, count: Int)] = []
        for (name, count) in counts {
            if let index = sums.firstIndex(where: { $0.name == name }) {
                sums[index].count += count
            } else {
                sums.append((name, count))
            }
        }
        return sums
    }
}
