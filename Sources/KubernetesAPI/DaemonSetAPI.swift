import PullerCore

/// The DaemonSet of one cluster: the four verbs, and nothing more.
///
/// Every method throws `Failure`, with the reason `cancelled` when the task was.
public protocol DaemonSetAPI: Sendable {
    /// What the cluster has under the DaemonSet's name.
    func observe() async throws(Failure) -> Observation

    /// Creates the DaemonSet.
    ///
    /// - Parameter body: Its manifest as JSON.
    func create(_ body: [UInt8]) async throws(Failure) -> Creation

    /// Deletes the DaemonSet; its pods go in the background.
    ///
    /// - Parameter uid: The object that is meant; another one under this name stays.
    func delete(uid: String) async throws(Failure) -> Deletion

    /// Follows the DaemonSet from a resource version on, for about `seconds`. Ends when the server does, when it has
    /// sent something that is no event, or when `receive` says `false`.
    func watch(
        from resourceVersion: String,
        seconds: Int,
        receive: @escaping @Sendable (WatchEvent) async -> Bool
    ) async throws(Failure)
}

/// What a cluster has under the DaemonSet's name.
public struct Observation: Sendable, Equatable {
    /// The DaemonSet; `nil` when the cluster said that there is none.
    public var daemonSet: ObservedDaemonSet?
    /// The server's clock when it answered.
    public var serverTime: Timestamp?

    /// An observation.
    public init(daemonSet: ObservedDaemonSet?, serverTime: Timestamp?) {
        self.daemonSet = daemonSet
        self.serverTime = serverTime
    }
}

/// What came of creating.
public enum Creation: Sendable, Equatable {
    /// It is there, and this is what the server made of it.
    case created(ObservedDaemonSet)
    /// Somebody was faster.
    case alreadyExists
    /// The old one is still being deleted.
    case beingDeleted
}

/// What came of deleting.
public enum Deletion: Sendable, Equatable {
    /// It is gone, or going.
    case deleted
    /// It was gone.
    case absent
    /// There is another object under this name now.
    case changed
}

/// Something that happened to the DaemonSet.
public enum WatchEvent: Sendable, Equatable {
    /// It is there, and like this.
    case present(ObservedDaemonSet)
    /// The object with this uid is gone.
    case deleted(uid: String)
}
