import PullerCore
import WorkerPool

/// What the board remembers of one cluster. Nearly all clusters of a fleet are ready, so what only the others need lies
/// elsewhere.
struct ClusterEntry: Sendable {
    /// Which DaemonSet the figures are those of.
    struct Source: Sendable, Equatable {
        var baseName: String
        var placement: PlacementID
        var slot: Slot

        func name(_ slot: Slot) -> String { placement.name(base: baseName, slot) }
    }

    /// What there is to say of few clusters.
    enum Extras: Sendable {
        case none
        indirect case some(beside: Standing.Beside?, pods: PodReport?)
    }

    var status: ClusterStatus
    var source: Source?
    var extras = Extras.none
    /// How long its nodes took to pull.
    var pulls: PullRecord?
    /// Replacements since the start.
    var replacements: [ClusterFigures.Replacement] = []

    /// A cluster that was just added.
    init(_ id: ClusterID, at now: Duration) { status = ClusterStatus(id, since: now) }

    /// What the last round saw of pods.
    var pods: PodReport? { if case .some(_, let pods) = extras { pods } else { nil } }

    /// The DaemonSets as the last round saw them: the one that counts first.
    var daemonSets: [DaemonSetFigures] {
        guard let source, let health = status.health else { return [] }
        var all = [DaemonSetFigures(name: source.name(source.slot), health: health, isBeside: false)]
        if case .some(let beside?, _) = extras {
            all.append(
                DaemonSetFigures(name: source.name(beside.slot), health: beside.health, isBeside: true)
            )
        }
        return all
    }

    /// Takes in how a round ended.
    ///
    /// - Parameters:
    ///   - pods: What the board keeps of the report's pods.
    ///   - message: What is said of it; only asked for where something is wrong.
    /// - Returns: Whether the cluster's state or its reason is another one than before.
    mutating func take(
        _ report: PoolEvent.RoundReport,
        pods: PodReport?,
        message: () -> String,
        at now: Duration
    ) -> Bool {
        let state = ClusterState(report.outcome)
        let reason = report.outcome.reason
        let isNews = state != status.state || reason != status.reason
        if isNews {
            status.state = state
            status.reason = reason
            status.since = now
        }
        if state == .ready {
            status.message = ""
            status.lastSuccess = now
        } else {
            let message = message()
            // Mostly it is the same again, which then exists once.
            if status.message != message { status.message = message }
        }
        status.lastCheck = now
        status.nextCheck = now + report.nextCheck
        status.failures = report.failures
        status.activity = .none
        status.isStuck = false
        if let standing = report.outcome.standing {
            let source = Source(
                baseName: report.baseName,
                placement: report.placement,
                slot: standing.slot
            )
            if self.source != source { self.source = source }
            status.health = standing.health
            let isPlain = standing.beside == nil && pods == nil
            extras = isPlain ? .none : .some(beside: standing.beside, pods: pods)
        }
        return isNews
    }

    /// Takes in how long the nodes took to pull.
    mutating func take(_ times: PullTimes) {
        let merged = pulls.map { times.merged(with: $0.times) } ?? times
        pulls = PullRecord(merged)
        status.coldStart = merged.coldStart?.mean
    }

    /// Takes in that a replacement was begun.
    mutating func countReplacement(_ reason: String) {
        if let index = replacements.firstIndex(where: { $0.reason == reason }) {
            replacements[index].count += 1
        } else {
            replacements.append(ClusterFigures.Replacement(reason: reason, count: 1))
        }
    }
}

/// What a cluster's metrics need.
public struct ClusterFigures: Sendable, Equatable {
    /// Replacements for one reason.
    public struct Replacement: Sendable, Equatable {
        /// The stable name of the reason.
        public var reason: String
        /// How many were begun since the start.
        public var count: Int
    }

    /// The essentials.
    public var status: ClusterStatus
    /// Replacements, in the order in which their reasons first occurred.
    public var replacements: [Replacement]
}

extension ClusterState {
    /// What an outcome makes of a cluster.
    init(_ outcome: RoundOutcome) {
        self =
            switch outcome {
            case .ready: .ready
            case .unready: .unready
            case .contested, .failed: .failing
            }
    }

    /// The place in lists: that among all cases.
    var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}

extension ClusterID {
    /// The name by which an operator asks for it: the user, or `cluster` in single-cluster mode.
    public var label: String { user ?? "cluster" }
}

extension PodReport {
    /// The most problems that the board remembers of a cluster.
    private static let mostOnBoard = 8

    /// The report with those problems only that most nodes have, and in as little memory as possible.
    func forBoard(_ texts: inout SharedTexts) -> PodReport {
        var report = self
        if problems.count > Self.mostOnBoard { report.problems = Array(problems.prefix(Self.mostOnBoard)) }
        for index in report.images.indices {
            report.images[index].reference = texts.one(report.images[index].reference)
        }
        return report
    }
}

/// One instance of each text that thousands of clusters have in common.
struct SharedTexts: Sendable {
    /// More than any configuration has images.
    private static let limit = 1024

    private var texts: Set<String> = []

    /// The instance that all share.
    mutating func one(_ text: String) -> String {
        // Most of them may be out of use by then; those in use come again.
        if texts.count == Self.limit { texts = [] }
        return texts.insert(text).memberAfterInsert
    }
}
