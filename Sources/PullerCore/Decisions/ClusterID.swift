/// Identifies a cluster of the pool.
public enum ClusterID: Sendable, Hashable, Comparable {
    /// The one cluster of single-cluster mode.
    case only
    /// The cluster of this impersonated user.
    case user(String)

    /// The impersonated user; `nil` in single-cluster mode.
    public var user: String? {
        switch self {
        case .only: nil
        case .user(let name): name
        }
    }
}
