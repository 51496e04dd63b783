import PullerCore

/// Decides which images are wanted, from each reading of the images' file.
struct ImageRoster: FileRoster {
    /// What a reading of the file changes.
    struct Change: FileChange, Equatable {
        /// What is wanted from now on.
        var settings: DaemonSetSettings
        /// Images that were not there before, or with other options.
        var added: Int
        /// Images that are not there any more, or with other options.
        var removed: Int

        var counts: (added: Int, removed: Int) { (added, removed) }
    }

    private var settings: DaemonSetSettings
    /// What the last read said, if that is something else.
    private var pending: [CachedImage]?
    private var removals = RecentRemovals()

    /// - Parameter settings: What is wanted at the start.
    init(_ settings: DaemonSetSettings) {
        self.settings = settings
    }

    /// Takes in a reading.
    ///
    /// A change counts when two reads in a row agree, because a file can be read while it is being written. A removal of
    /// more than one image and more than half of all changes nothing at all unless the file confirms it (a ``MassRemoval``,
    /// to which those of the last hour count): what is not cached any more is soon gone from the nodes.
    mutating func take(
        _ content: ImagesFileReader.Content,
        at now: Duration
    ) throws(BrakedRemoval) -> Change? {
        let (before, after) = (settings.images, content.settings.images)
        guard after != before else {
            pending = nil
            return nil
        }
        let named = Set(after.map(\.name))
        let gone = Set(before.map(\.name)).subtracting(named)
        let massRemoval = MassRemoval(
            RemovalCount(removed: gone.count, of: before.count),
            of: .images,
            earlier: removals.count(where: { !named.contains($0) }, at: now)
        )
        if let massRemoval, !content.file.confirmations.contains(massRemoval.count) {
            pending = nil
            throw BrakedRemoval(count: massRemoval.count, problem: massRemoval.problem)
        }
        guard after == pending else {
            pending = after
            return nil
        }
        pending = nil
        settings = content.settings
        removals.note(gone, added: named, isConfirmed: massRemoval != nil, at: now)
        return Change(
            settings: settings,
            added: after.count { !before.contains($0) },
            removed: before.count { !after.contains($0) }
        )
    }

    /// Takes in that the file changes nothing: what the last read said does not count.
    mutating func changeNothing() { pending = nil }
}
