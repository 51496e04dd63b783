/// Why a DaemonSet is replaced.
public enum ReplaceReason: Sendable, Equatable {
    /// Something else is deleting it.
    case terminating
    /// It was created from another configuration.
    case newConfiguration
    /// Something else edited its spec.
    case edited
    /// It lacks image volumes, which the server dropped, so that it protects nothing.
    case unmounted
    /// Too few nodes are ready, for too long.
    case unhealthy(Health)
    /// Its images are to be pulled again.
    case refresh
    /// A Go puller created it.
    case goPuller

    /// The stable name: for the log, and for the annotation on the new DaemonSet.
    public var name: String {
        switch self {
        case .terminating: "Terminating"
        case .newConfiguration, .edited, .unmounted: "Drift"
        case .unhealthy: Self.unhealthyName
        case .refresh: Self.refreshName
        case .goPuller: "GoPuller"
        }
    }

    /// All stable names.
    public static let names = ["Drift", "GoPuller", refreshName, "Terminating", unhealthyName]

    static let unhealthyName = "Unhealthy"
    static let refreshName = "Refresh"

    /// What happened, for an operator.
    public var explanation: String {
        switch self {
        case .terminating: "something else is deleting it"
        case .newConfiguration: "the configuration changed"
        case .edited: "something else edited its spec"
        case .unmounted: "the server dropped its image volumes"
        case .unhealthy(let health): "only \(health.figures) nodes were ready for a whole interval"
        case .refresh: "its images are due to be pulled again"
        case .goPuller: "a Go puller created it"
        }
    }

    /// Whether repeated replacements for this reason mean that something undoes this program's work. That includes a
    /// changed configuration: a process never changes its own, so repeated changes come from another puller.
    public var isInterference: Bool {
        switch self {
        case .terminating, .edited, .unmounted, .goPuller, .newConfiguration: true
        case .unhealthy, .refresh: false
        }
    }
}
