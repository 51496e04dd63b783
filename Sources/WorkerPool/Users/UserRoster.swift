import PullerCore

/// Who has a worker, by the list of the configuration and by what the users' file said each time it was read.
struct UserRoster: Sendable {
    /// What a reading of the file changes.
    struct Change: Sendable, Equatable {
        var added: [String] = []
        var removed: [String] = []

        var isEmpty: Bool { added.isEmpty && removed.isEmpty }
    }

    private let listed: Set<String>
    /// Users that are there because of the file alone.
    private var fromFile: Set<String>
    private var missing: Set<String> = []
    /// The new name in the last line of the last reading, where that may have been cut.
    private var perhapsCut: String?
    /// When those were removed who were so lately and without a confirmation.
    private var removals: [String: Duration] = [:]
    /// What the last reading said; `nil` after one that changed nothing.
    private var last: UsersFile?

    /// - Parameters:
    ///   - listed: Users of the configuration: they stay, whatever the file says.
    ///   - fileUsers: Users that the file held at the start.
    init(listed: [String], fileUsers: [String]) {
        self.listed = Set(listed)
        fromFile = Set(fileUsers).subtracting(listed)
    }

    /// Takes in a reading.
    ///
    /// A new user counts at once, but for one in a last line that may have been cut: that one counts when it is there
    /// again. A user counts as removed when two readings in a row do not name it, because a file can be seen while it is
    /// being written. Where that is a ``MassRemoval``, the file changes nothing at all, unless it confirms the removal:
    /// then all that it says counts when it is there again.
    ///
    /// - Parameter now: By a monotonic clock.
    mutating func read(_ file: UsersFile, at now: Duration) throws(MassRemoval) -> Change {
        // Nearly always: thousands of names need not be compared then.
        if file == last, missing.isEmpty, perhapsCut == nil { return Change() }
        removals = removals.filter { now - $0.value < MassRemoval.window }
        let named = Set(file.users)
        let gone = fromFile.subtracting(named)
        let earlier = removals.keys.count { !named.contains($0) }
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
        fromFile = fromFile.union(added).subtracting(removed)
        for user in added { removals[user] = nil }
        if massRemoval != nil {
            removals = [:]
        } else {
            for user in removed { removals[user] = now }
        }
        return Change(added: added, removed: removed.sorted())
    }

    private func isNew(_ user: String) -> Bool { !fromFile.contains(user) && !listed.contains(user) }

    /// Takes in that the file changes nothing: nobody counts as missing.
    mutating func changeNothing() {
        missing = []
        perhapsCut = nil
        last = nil
    }
}
