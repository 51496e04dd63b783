import PullerCore

/// Decides which users have a worker, from the configured list and from each read of the users' file.
struct UserRoster: Sendable {
    /// What a reading of the file changes.
    struct Change: Sendable, Equatable {
        var added: [String] = []
        var removed: [String] = []

        var isEmpty: Bool { added.isEmpty && removed.isEmpty }
    }

    private let listed: Set<String>
    /// Users that come only from the file.
    private var fromFile: CompactNames
    private var missing: Set<String> = []
    /// The new name on the last line of the last read, if that line may have been cut off.
    private var perhapsCut: String?
    private var removals = RecentRemovals()
    /// What the last reading said; `nil` after one that changed nothing.
    private var last: UsersFile?

    /// - Parameters:
    ///   - listed: Users of the configuration: they stay, whatever the file says.
    ///   - fileUsers: Users that the file held at the start.
    init(listed: [String], fileUsers: [String]) {
        let listed = Set(listed)
        self.listed = listed
        fromFile = CompactNames(fileUsers.filter { !listed.contains($0) })
    }

    /// Takes in a reading.
    ///
    /// A new user counts at once, unless they are on a last line that may have been cut off: then they count
    /// if the next read has them, too. A user counts as removed when two reads in a row omit them, because a
    /// file can be read while it is being written. If that amounts to a ``MassRemoval``, the file changes
    /// nothing at all unless it confirms the removal: then the whole file takes effect at its second read.
    ///
    /// - Parameter now: By a monotonic clock.
    mutating func read(_ file: UsersFile, at now: Duration) throws(MassRemoval) -> Change {
        // The usual case, in which thousands of names need not be compared.
        if file == last, missing.isEmpty, perhapsCut == nil { return Change() }
        let named = CompactNames(file.users)
        let gone = fromFile.subtracting(named)
        let earlier = removals.count(where: { !named.contains($0) }, at: now)
        let count = RemovalCount(removed: gone.count, of: listed.count + fromFile.count)
        let massRemoval = MassRemoval(count, earlier: earlier)
        if let massRemoval, !file.confirmations.contains(count) {
            changeNothing()
            throw massRemoval
        }
        var added = file.users.filter { isNew($0) }
        let uncertain = file.lastMayBeCut ? file.users.last.flatMap { isNew($0) ? $0 : nil } : nil
        if uncertain != nil, uncertain != perhapsCut { added.removeLast() }
        perhapsCut = uncertain
        last = file
        if massRemoval != nil, missing != gone {
            missing = gone
            return Change()
        }
        let removed = gone.intersection(missing)
        missing = gone.subtracting(removed)
        fromFile.change(adding: added, removing: removed)
        removals.note(removed, added: added, isConfirmed: massRemoval != nil, at: now)
        return Change(added: added, removed: removed.sorted())
    }

    private func isNew(_ user: String) -> Bool { !fromFile.contains(user) && !listed.contains(user) }

    /// Takes in that the file changes nothing: no user counts as missing.
    mutating func changeNothing() {
        missing = []
        perhapsCut = nil
        last = nil
    }
}
