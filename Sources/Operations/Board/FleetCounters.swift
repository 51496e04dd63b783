import PullerCore
import WorkerPool

/// What has happened in the whole pool since the start.
public struct FleetCounters: Sendable, Equatable {
    /// How a round ended.
    public enum Outcome: String, Sendable, CaseIterable {
        /// All nodes are ready.
        case ready
        /// Not all nodes are ready.
        case unready
        /// Something has undone this program's work several times in a row.
        case contested
        /// It did not come to its end.
        case failed
    }

    /// Rounds, by how they ended.
    public private(set) var reconciles: [Outcome: Int] = [:]
    /// How long rounds took, with the time that they waited for their turn.
    public private(set) var durations = Histogram(
        bounds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800]
    )
    /// Replacements that were begun, by reason.
    public private(set) var replacements: [String: Int] = [:]
    /// Pulls of each image that kubelets have told of.
    public private(set) var pulls = PullSums()

    /// Nothing has happened.
    public init() {}

    /// Takes in something that happened in a cluster.
    mutating func take(_ event: PoolEvent) {
        switch event.what {
        case .round(let report):
            reconciles[Outcome(report.outcome), default: 0] += 1
            durations.record(report.duration)
        case .created(_, let reason?):
            replacements[reason.name, default: 0] += 1
        case .pulled(let times):
            pulls.add(times)
        default:
            break
        }
    }
}

extension FleetCounters.Outcome {
    /// The kind of a round's outcome.
    init(_ outcome: RoundOutcome) {
        self =
            switch outcome {
            case .ready: .ready
            case .unready: .unready
            case .contested: .contested
            case .failed: .failed
            }
    }
}
