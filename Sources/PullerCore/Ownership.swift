/// Whose DaemonSet it is.
public enum Ownership: Sendable, Equatable {
    /// This installation's.
    case ours
    /// The Go puller's: it may be taken over.
    case goPuller
    /// Anybody else's, and why: it is never touched.
    case stranger(String)

    /// Tells whose a DaemonSet is by its labels and its selector.
    public init(of observed: ObservedDaemonSet, installationID: String) {
        if let owner = observed.labels[MetadataKey.installation] {
            self =
                owner == installationID
                ? .ours : .stranger("it belongs to the installation \"\(displayText(owner))\"")
        } else if observed.selector["test"] == "daemonset-test" {
            // Both the 2019 and the present Go puller select their pods by this label.
            self = .goPuller
        } else {
            self = .stranger("it does not carry the label \(MetadataKey.installation)")
        }
    }
}
