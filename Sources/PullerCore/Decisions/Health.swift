/// How many of a DaemonSet's nodes are ready, judged by its status alone.
public struct Health: Sendable, Equatable {
    /// What the figures mean.
    public var condition: Condition
    /// Nodes that should run the pod.
    public var desired: Int
    /// Nodes that run it and are ready.
    public var ready: Int

    /// What the figures mean. The names are stable: alerts and scripts may rely on them.
    public enum Condition: String, Sendable, CaseIterable {
        /// All desired nodes are ready, and there is at least one.
        case ready = "Ready"
        /// The DaemonSet controller has not processed this generation yet.
        case pending = "Pending"
        /// No node matches.
        case noNodes = "NoNodes"
        /// Nodes match, but not one pod was created: quota, Pod Security, security context constraints.
        case podsRefused = "PodsRefused"
        /// Some nodes are not ready.
        case degraded = "Degraded"
    }

    /// A condition with its figures.
    public init(_ condition: Condition, ready: Int, desired: Int) {
        self.condition = condition
        self.ready = ready
        self.desired = desired
    }

    /// What a DaemonSet's status says.
    public init(of observed: ObservedDaemonSet) {
        let status = observed.status
        let condition: Condition =
            if status.observedGeneration < observed.generation {
                .pending
            } else if status.desired == 0 {
                .noNodes
            } else if status.ready >= status.desired {
                .ready
            } else if status.scheduled == 0 {
                .podsRefused
            } else {
                .degraded
            }
        self.init(condition, ready: status.ready, desired: status.desired)
    }

    /// Whether all desired nodes are ready.
    public var isReady: Bool { condition == .ready }

    /// Whether fewer than `percent` of the nodes are ready for a reason that a new DaemonSet may fix.
    public func isBelow(percent: Int) -> Bool {
        condition == .degraded && ready * 100 < desired * percent
    }

    /// The figures, such as `74/75`.
    public var figures: String { "\(ready)/\(desired)" }
}
