import PullerCore

extension InMemoryCluster {
    /// What a test can set, at any time.
    public struct Settings: Sendable {
        /// Time after its creation at which each node's pod is ready; one for each node.
        public var readyAfter: [Duration] = [.milliseconds(200), .milliseconds(300), .milliseconds(400)]
        /// The same for the DaemonSets of one name, instead.
        public var readyAfterByName: [String: [Duration]] = [:]
        /// Time until the controller looks at a new DaemonSet.
        public var observedAfter = Duration.milliseconds(50)
        /// Nodes that are not ready, by their place in ``readyAfter``. No pod on them is ready, and they get no new one;
        /// once a node is back, the pod that it had is ready at once, and a new one after its time.
        public var unreadyNodes: Set<Int> = []
        /// Whether nodes that are not ready are still desired. Normally they are not, and their existing pods
        /// count as misscheduled.
        public var downNodesAreDesired = false
        /// Finalizers that an object gets when it is deleted: it stays until ``InMemoryCluster/releaseFinalizers(_:)``.
        public var holdsDeletions: [String] = []
        /// The failure of a creation under a name; `nil` to create the object.
        public var refusesCreation: (@Sendable (_ name: String) -> Failure?)?
        /// What a mutating webhook makes of each new object.
        public var mutates: (@Sendable (inout ObservedDaemonSet) -> Void)?
        /// Called before each request with the number of requests of this verb so far; an error that it
        /// throws is the answer.
        public var fault: @Sendable (Verb, Int) throws(Failure) -> Void = { (_, _) throws(Failure) in }
        /// The same, but called after the request has taken effect, so that only its answer is lost.
        public var lateFault: @Sendable (Verb, Int) throws(Failure) -> Void = { (_, _) throws(Failure) in }
        /// Time until an answer comes.
        public var latency = Duration.zero
        /// Time after which a watch is cut.
        public var watchLife: Duration?
        /// Whether pods are created at all.
        public var refusesPods = false
        /// Server time at simulated zero, in seconds since 1970.
        public var epoch = 1_800_000_000
        /// Seconds by which the `Date` of answers is ahead of the server's clock.
        public var serverTimeOffset = 0
        /// Whether answers have a `Date` at all.
        public var saysDate = true

        /// Three nodes, no faults.
        public init() {}
    }
}
