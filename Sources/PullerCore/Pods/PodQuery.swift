/// Whose pods to read, and what they should hold.
public struct PodQuery: Sendable, Equatable {
    /// The labels that the pods have: those of the DaemonSet's selector.
    public var labels: [String: String]
    /// The uid of the DaemonSet.
    public var ownerUID: String
    /// What its pods hold.
    public var images: PodImages

    /// A query.
    public init(labels: [String: String], ownerUID: String, images: PodImages) {
        self.labels = labels
        self.ownerUID = ownerUID
        self.images = images
    }

    /// The pods of a DaemonSet in a cluster, which is as desired.
    public init(_ observed: ObservedDaemonSet, desired: DesiredDaemonSet) {
        self.init(labels: observed.selector, ownerUID: observed.uid, images: PodImages(desired))
    }
}

/// What came of reading pods.
public enum PodReading: Sendable, Equatable {
    /// What they say.
    case report(PodReport)
    /// The account may not list pods, and what the cluster said.
    case notAllowed(String)
}
