/// What a request is about, as messages name it.
enum RequestedResource {
    case daemonSets, pods, events, deployments, apiGroups

    /// As RBAC names it.
    var plural: String {
        switch self {
        case .daemonSets: "daemonsets"
        case .pods: "pods"
        case .events: "events"
        case .deployments: "deployments"
        case .apiGroups: "/apis"
        }
    }

    /// What the answer should be.
    var answer: String {
        switch self {
        case .daemonSets: "a DaemonSet"
        case .pods: "a list of pods"
        case .events: "a list of events"
        case .deployments: "a Deployment"
        case .apiGroups: "a list of API groups"
        }
    }

    /// What a 404 should be about.
    var subject: String {
        switch self {
        case .daemonSets: "this DaemonSet"
        case .pods: "pods"
        case .events: "events"
        case .deployments: "this Deployment"
        case .apiGroups: "its API groups"
        }
    }
}
