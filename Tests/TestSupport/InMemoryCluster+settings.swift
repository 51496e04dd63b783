import PullerCore

extension InMemoryCluster {
    /// The behaviour of the cluster, which a test can change at any time.
    public struct Settings: Sendable {
        /// For each node, the time from the creation of a DaemonSet until the node's pod is ready.
        public var readyAfter: [Duration] = [.milliseconds(200), .milliseconds(300), .milliseconds(400)]
        /// Values of ``readyAfter`` for the DaemonSets of particular names.
        public var readyAfterByName: [String: [Duration]] = [:]
        /// The time until the controller processes a new DaemonSet.
        public var observedAfter = Duration.milliseconds(50)
        /// Nodes that are not ready, as indices of ``readyAfter``. No pod on them is ready, and they get no new pod.
        /// When a node is back, its existing pod is ready at once, and a new pod after the node's time.
        public var unreadyNodes: Set<Int> = []
        /// Whether nodes that are not ready are still desired. Normally they are not, and their existing pods
        /// count as misscheduled.
        public var downNodesAreDesired = false
        /// Finalizers that an object gets when it is deleted, so that it stays until
        /// ``InMemoryCluster/releaseFinalizers(_:)``.
        public var holdsDeletions: [String] = []
        /// Returns the failure of a creation under a name, or `nil` to create the object.
        public var refusesCreation: (@Sendable (_ name: String) -> Failure?)?
        /// What a mutating webhook changes in each new object.
        public var mutates: (@Sendable (inout ObservedDaemonSet) -> Void)?
        /// Whether the server knows image volumes; one that does not drops them.
        public var keepsImageVolumes = true
        /// Called before each request, with the number of requests with this verb so far. An error that it throws is
        /// the answer.
        public var fault: @Sendable (Verb, Int) throws(Failure) -> Void = { (_, _) throws(Failure) in }
        /// Like ``fault``, but called after a creation or deletion has taken effect, so that only the answer is lost.
        public var lateFault: @Sendable (Verb, Int) throws(Failure) -> Void = { (_, _) throws(Failure) in }
        /// The time until a request is answered.
        public var latency = Duration.zero
        /// The time after which a watch ends; `nil` for the time that the watch asks for.
        public var watchLife: Duration?
        /// Whether a watch from a version on that is not the newest is refused, as it is after the API server's start.
        public var forgetsHistory = false
        /// Whether the creation of pods is refused.
        public var refusesPods = false
        /// The server's time when the clock is at zero, in seconds since 1970.
        public var epoch = 1_800_000_000
        /// Seconds by which the `Date` of answers is ahead of the server's clock.
        public var serverTimeOffset = 0
        /// Whether answers have a `Date`.
        public var saysDate = true

        /// Whether the account may read pods and Deployments.
        public var allowsReads = false
        /// Whether the account may read events.
        public var allowsEvents = false
        /// How long pulls take, as kubelets say it, by image and node; what is not here is said to be present already.
        public var pullTimes: [String: [String]] = [:]
        /// Whether each page of events is followed by another one.
        public var hasEndlessEvents = false
        /// The uids of Deployments, by name.
        public var deployments: [String: String] = [:]
        /// What the API groups say.
        public var discovery = Discovery.unknown("403 on get /apis")
        /// Images whose containers do not run, and what the kubelets say: their pods are never ready.
        public var imageFaults: [String: ObservedPod.State] = [:]
        /// What was created before this time has all images.
        public var imageFaultsSince = Duration.zero
        /// Nodes without room for new pods, as indices of ``readyAfter``.
        public var fullNodes: Set<Int> = []
        /// Whether each page of pods is followed by another one.
        public var hasEndlessPods = false

        /// Creates settings with three nodes and no faults.
        public init() {}
    }
}
