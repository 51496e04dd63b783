import PullerCore

/// A removal of so many users that it is treated as a mistake in the users' file until the file confirms it.
struct MassRemoval: Error, Equatable {
    /// The number of users that the file would remove, out of all users.
    var count: RemovalCount
    /// The number of users that it removed recently without a confirmation.
    var earlier: Int

    /// Removals within this time count together, so that a file that loses a few users at each read cannot
    /// remove all of them.
    static let window = Duration.seconds(3600)

    /// Up to this many removals within the window do not add up to a mass removal, even in a small fleet.
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
