/// How a cluster stands at the end of a round.
public struct Standing: Sendable, Equatable {
    /// The DaemonSet that counts: the right one, or the newer one when neither is right.
    public var slot: Slot
    /// How far that one has come.
    public var health: Health
    /// Why it is not the right one, though it stays for now; `nil` when it is right.
    public var outdated: ReplaceReason?
    /// The other one, while two stand.
    public var beside: Beside?
    /// What is in the way of the next replacement; `nil` for nothing.
    public var obstacle: String?

    /// The other one of two DaemonSets.
    public struct Beside: Sendable, Equatable {
        /// Its name.
        public var slot: Slot
        /// How far it has come.
        public var health: Health
        /// How long this process has seen two.
        public var since: Duration
        /// What holds it although it is being deleted.
        public var finalizers: [String]
    }

    /// Whether the right DaemonSet is there and all its nodes are ready.
    public var isReady: Bool { outdated == nil && health.isReady }
}
