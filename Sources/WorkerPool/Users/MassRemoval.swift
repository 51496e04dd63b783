import PullerCore

/// A removal of so many users that it is taken for a fault of the users' file until the file confirms it.
struct MassRemoval: Error, Equatable {
    /// Users that the file would remove, of all that there are.
    var count: RemovalCount
    /// Users whom it removed before, lately and without a confirmation.
    var earlier: Int

    /// Those that were removed within this time count together, so that a list which loses a few users at each reading
    /// does not lose all of them.
    static let window = Duration.seconds(3600)

    /// So many removals within the window are few, also in a small fleet.
    static let fewRemovals = 9

    /// - Returns: `nil` when no user goes, or one alone, or at most a tenth of all.
    init?(_ count: RemovalCount, earlier: Int) {
        let gone = count.removed + earlier
        let isAtOnce = count.removed > 1 && count.removed * 10 > count.all
        let isBleeding = gone > Self.fewRemovals && gone * 10 > count.all + earlier
        guard count.removed > 0, isAtOnce || isBleeding else { return nil }
        self.count = count
        self.earlier = earlier
    }

    /// What it would do, and how to confirm it, as the rest of a sentence.
    var problem: String {
        "it would remove \(count.removed) of \(count.all) users"
            + (earlier > 0 ? ", after \(earlier) within an hour" : "")
            + "; if that is right, add this line to it: \(count.comment)"
    }
}
