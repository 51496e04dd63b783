import PullerCore

/// Which clusters were removed lately, so that a reader that knows an earlier revision of the board can be told.
struct Removals: Sendable {
    /// The most that are remembered.
    static let limit = 1024

    private var removed: [(revision: UInt64, id: ClusterID)] = []
    /// A reader that knows a revision before this one cannot be told any more.
    private(set) var floor: UInt64

    /// Nothing was removed.
    ///
    /// - Parameter floor: The first revision.
    init(floor: UInt64) { self.floor = floor }

    /// Takes in a removal.
    mutating func add(_ id: ClusterID, _ revision: UInt64) {
        if removed.count == Self.limit {
            // Half of them at once: one by one, each would move all others.
            floor = removed[Self.limit / 2 - 1].revision
            removed.removeFirst(Self.limit / 2)
        }
        removed.append((revision, id))
    }

    /// Those that were removed after a revision, each once, in their order.
    func after(_ revision: UInt64) -> [ClusterID] {
        var seen: Set<ClusterID> = []
        return removed.filter { $0.revision > revision && seen.insert($0.id).inserted }.map(\.id)
    }
}
