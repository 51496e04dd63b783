/// One of the two names that a cluster's DaemonSet alternates between: a replacement is created under the other name,
/// beside the DaemonSet that it replaces.
///
/// The suffix after `DAEMONSET_NAME` is `[-p<8 hexadecimal digits>][-b]`: the first part is reserved for
/// images that need a placement of their own.
public enum Slot: String, Sendable, CaseIterable {
    /// `DAEMONSET_NAME` itself.
    case primary = "a"
    /// `DAEMONSET_NAME` and a suffix.
    case alternate = "b"

    /// The number of characters by which a name may be longer than `DAEMONSET_NAME`.
    static let longestSuffix = "-p01234567-b".utf8.count

    /// The other one.
    public var other: Slot {
        switch self {
        case .primary: .alternate
        case .alternate: .primary
        }
    }

    /// The DaemonSet's name.
    ///
    /// - Parameter base: `DAEMONSET_NAME`.
    public func name(base: String) -> String {
        switch self {
        case .primary: base
        case .alternate: base + "-b"
        }
    }
}
