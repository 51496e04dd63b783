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

    /// Where in each interval the checks of this cluster come, from 0 to 1: spread at random over many clusters, and always
    /// the same for one. `nil` for the only one, which is not to be kept apart from others.
    public var phase: Double? {
        guard let user else { return nil }
        // FNV-1a hardly moves the high bits for the last byte of a name; the multiplication (Knuth's Fibonacci hashing) does.
        return Double((stableHash(user.utf8) &* 0x9E37_79B9_7F4A_7C15) >> 11) / 0x1p53
    }
}
