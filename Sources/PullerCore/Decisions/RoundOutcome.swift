/// How a round ended. A standing lies elsewhere: what passes the outcome on would otherwise have room for one in each place.
public enum RoundOutcome: Sendable, Equatable {
    /// The right DaemonSet is there and all its nodes are ready.
    indirect case ready(Standing)
    /// The DaemonSet is not ready on all its nodes, or stays although it is not the desired one.
    indirect case unready(Standing)
    /// Something has undone this program's work several times in a row.
    indirect case contested(ReplaceReason, Standing)
    /// The round did not come to its end.
    case failed(Failure)

    /// Whether the cluster answered, and nothing was undone.
    public var isPeaceful: Bool {
        switch self {
        case .ready, .unready: true
        case .contested, .failed: false
        }
    }
}
