/// Why a DaemonSet is replaced by another one beside it.
public enum ReplaceReason: Sendable, Equatable {
    /// Somebody is deleting it.
    case terminating
    /// It was created from another configuration than this one.
    case newConfiguration
    /// Somebody edited its spec.
    case edited
    /// Too few nodes are ready, for too long.
    case unhealthy(Health)
    /// Its images are to be pulled again.
    case refresh
    /// It is a Go puller's.
    case goPuller

    /// The stable name: for the log, and for the annotation on the new DaemonSet.
    public var name: String {
        switch self {
        case .terminating: "Terminating"
        case .newConfiguration, .edited: "Drift"
        case .unhealthy: Self.unhealthyName
        case .refresh: Self.refreshName
        case .goPuller: "GoPuller"
        }
    }

    static let unhealthyName = "Unhealthy"
    static let refreshName = "Refresh"

    /// What happened, for an operator.
    public var explanation: String {
        switch self {
        case .terminating: "somebody is deleting it"
        case .newConfiguration: "the configuration changed"
        case .edited: "somebody edited its spec"
        case .unhealthy(let health): "only \(health.figures) nodes were ready for a whole interval"
        case .refresh: "its images are due to be pulled anew"
        case .goPuller: "it was a Go puller's"
        }
    }

    /// Whether repeated replacements for this reason mean that somebody undoes this program's work. That
    /// includes a changed configuration: a process never changes its own, so another puller must be behind
    /// it.
    public var isSomebodysDoing: Bool {
        switch self {
        case .terminating, .edited, .goPuller, .newConfiguration: true
        case .unhealthy, .refresh: false
        }
    }
}
