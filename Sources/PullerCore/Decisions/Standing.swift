/// The state of a cluster at the end of a round.
public struct Standing: Sendable, Equatable {
    /// The DaemonSet that counts: the desired one, or the newer one if neither is as desired.
    public var slot: Slot
    /// How far that one has come.
    public var health: Health
    /// Why it is not the desired one, although it stays for now; `nil` if it is.
    public var outdated: ReplaceReason?
    /// The other one, while there are two.
    public var beside: Beside?
    /// What blocks the next replacement; `nil` for nothing.
    public var obstacle: String?
    /// What the pods of the one that counts say; `nil` where they were not read.
    public var pods: PodReport?

    /// The other one of two DaemonSets.
    public struct Beside: Sendable, Equatable {
        /// Its name.
        public var slot: Slot
        /// How far it has come.
        public var health: Health
        /// How long this process has seen both.
        public var since: Duration
        /// The finalizers that hold it although it is being deleted.
        public var finalizers: [String]
    }

    /// Whether the desired DaemonSet exists and all its nodes are ready.
    public var isReady: Bool { outdated == nil && health.isReady }
}
