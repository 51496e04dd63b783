/// One of the two names that a DaemonSet alternates between: a replacement is created under the other name, beside
/// the DaemonSet that it replaces.
public enum Slot: String, Sendable, CaseIterable {
    /// The name without a suffix of its own.
    case primary = "a"
    /// The same with the suffix `-b`.
    case alternate = "b"

    /// The other one.
    public var other: Slot {
        switch self {
        case .primary: .alternate
        case .alternate: .primary
        }
    }
}

/// Which of a cluster's DaemonSets, of which there is one for each placement.
///
/// Their names are `DAEMONSET_NAME` with the suffix `[-p<8 hexadecimal digits>][-b]`: the first part is that of the
/// placement, the second that of the ``Slot``.
public enum PlacementID: Sendable, Hashable, Comparable {
    /// The one that always exists: images without a placement of their own, or, if there are none, the first of
    /// the others.
    case base
    /// Another one: a hash of its placement, 8 hexadecimal digits.
    case further(String)

    /// The number of characters by which a name may be longer than `DAEMONSET_NAME`.
    static let longestSuffix = "-p01234567-b".utf8.count

    /// How many of those that an annotation lists count: more than any configuration has.
    public static let mostListed = 20

    /// How annotations write it: `base` or `p01234567`.
    public var text: String {
        switch self {
        case .base: "base"
        case .further(let hash): "p" + hash
        }
    }

    /// Reads what ``text`` writes; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        if text == "base" {
            self = .base
            return
        }
        let hash = text.dropFirst()
        guard text.first == "p", hash.utf8.count == 8,
            hash.utf8.allSatisfy({
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0
            })
        else { return nil }
        self = .further(String(hash))
    }

    /// The DaemonSet's name.
    ///
    /// - Parameter base: `DAEMONSET_NAME`.
    public func name(base: String, _ slot: Slot) -> String {
        let name =
            switch self {
            case .base: base
            case .further: base + "-" + text
            }
        return slot == .primary ? name : name + "-b"
    }

    /// The value of the label ``MetadataKey/slot``.
    func slotLabel(_ slot: Slot) -> String {
        switch self {
        case .base: slot.rawValue
        case .further: text + "-" + slot.rawValue
        }
    }
}
