import PullerCore

/// A removal of so many users or images that it is treated as a mistake in the file until the file confirms it.
struct MassRemoval: Error, Equatable {
    /// The number of items that the file would remove, out of all.
    var count: RemovalCount
    /// What they are.
    var item: RemovalCount.Item
    /// The number of items that it removed recently without a confirmation.
    var earlier: Int

    /// - Returns: `nil` when nothing goes, or one item alone, or at most a tenth of all users, or half of all images.
    init?(_ count: RemovalCount, of item: RemovalCount.Item = .users, earlier: Int) {
        let gone = count.removed + earlier
        let isAtOnce = count.removed > 1 && count.removed * item.part > count.all
        let isBleeding = gone > item.few && gone * item.part > count.all + earlier
        guard count.removed > 0, isAtOnce || isBleeding else { return nil }
        self.count = count
        self.item = item
        self.earlier = earlier
    }

    /// What it would do, and how to confirm it, as the rest of a sentence.
    var problem: String {
        "it would remove \(count.removed) of \(count.all) \(item.rawValue)"
            + (earlier > 0 ? ", after \(earlier) within an hour" : "")
            + "; if that is right, add this line to it: \(count.comment(of: item))"
    }
}

extension RemovalCount.Item {
    /// A removal is one of many when it is more than one of so many parts of all.
    fileprivate var part: Int {
        switch self {
        case .users: 10
        case .images: 2
        }
    }

    /// Up to this many removals within an hour do not add up to a mass removal, even where there are few in all.
    fileprivate var few: Int {
        switch self {
        case .users: 9
        case .images: 3
        }
    }
}

/// What a file removed recently and without a confirmation. These removals count together, so that a file that loses a few
/// items at each read cannot remove all of them.
struct RecentRemovals: Sendable {
    private static let window = Duration.seconds(3600)

    private var times: [String: Duration] = [:]

    /// How many of them are still removed.
    ///
    /// - Parameters:
    ///   - isMissing: Whether the list still lacks a name.
    ///   - now: By a monotonic clock.
    mutating func count(where isMissing: (String) -> Bool, at now: Duration) -> Int {
        times = times.filter { now - $0.value < Self.window }
        return times.keys.count(where: isMissing)
    }

    /// Takes in a change.
    ///
    /// - Parameter isConfirmed: Whether the file confirmed the removal, and with it those before.
    mutating func note(
        _ removed: Set<String>,
        added: some Sequence<String>,
        isConfirmed: Bool,
        at now: Duration
    ) {
        for name in added { times[name] = nil }
        if isConfirmed {
            times = [:]
        } else {
            for name in removed { times[name] = now }
        }
    }
}
