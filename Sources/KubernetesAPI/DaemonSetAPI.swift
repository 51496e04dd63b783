import PullerCore

/// The DaemonSets of one namespace of one cluster: the four verbs, each about one name, and nothing more.
///
/// Every method throws `Failure`, with the reason `cancelled` when the task was.
public protocol DaemonSetAPI: Sendable {
    /// What the cluster has under a name.
    func observe(_ name: String) async throws(Failure) -> Observation

    /// Creates a DaemonSet.
    ///
    /// - Parameters:
    ///   - body: Its manifest as JSON.
    ///   - name: The name in the manifest.
    func create(_ body: [UInt8], name: String) async throws(Failure) -> Creation

    /// Deletes a DaemonSet; its pods go in the background.
    ///
    /// - Parameters:
    ///   - uid: The object to delete; another object under this name stays.
    ///   - resourceVersion: If given, the version to delete: an object that has changed since stays.
    func delete(_ name: String, uid: String, resourceVersion: String?) async throws(Failure) -> Deletion

    /// Watches a DaemonSet from a resource version on, for about `seconds`; from `"0"` on, the DaemonSet as it is comes
    /// first, if it exists. Ends when the server ends the watch, when it sends something that is not an event, or when
    /// `receive` returns `false`.
    func watch(
        _ name: String,
        from resourceVersion: String,
        seconds: Int,
        receive: @escaping @Sendable (WatchEvent) async -> Bool
    ) async throws(Failure)

    /// Whether it knows something of its cluster that another client, made for the same one, would not: then it has to stay.
    var remembers: Bool { get }
}

extension DaemonSetAPI {
    /// Nothing, unless told otherwise.
    public var remembers: Bool { false }
}

/// What a cluster has under a name.
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
    /// Another client was faster.
    case alreadyExists
    /// The old one is still being deleted.
    case beingDeleted
}

/// What came of deleting.
public enum Deletion: Sendable, Equatable {
    /// It is no longer there: the server answered with a `Status` of success.
    case gone
    /// It has been deleted and is still there, held by these finalizers: the server answered with the object.
    case going(finalizers: [String])
    /// It was gone before.
    case absent
    /// There is another object under this name now, or this one has another resource version.
    case changed
}

/// Something that happened to a DaemonSet.
public enum WatchEvent: Sendable, Equatable {
    /// It is there, and like this.
    case present(ObservedDaemonSet)
    /// The object with this uid is gone.
    case deleted(uid: String)
    /// Everything before this resource version has been told (a bookmark): a later watch may begin there.
    case caughtUp(resourceVersion: String)
    /// The server does not know any more what has happened since the resource version (410): the watch ends.
    case expired
}
