/// What came of looking for a Deployment.
public enum OwnerLookup: Sendable, Equatable {
    /// It is there, with this uid.
    case found(uid: String)
    /// The cluster says that there is none of this name.
    case absent
    /// The account may not read it, and what the cluster said.
    case notAllowed(String)
}
