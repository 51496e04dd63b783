import PullerCore

/// Who has a worker, by the list of the configuration and by what the users' file held each time it was read.
struct UserRoster: Sendable {
    /// What a reading of the file changes.
    struct Change: Sendable, Equatable {
        var added: [String] = []
        var removed: [String] = []

        var isEmpty: Bool { added.isEmpty && removed.isEmpty }
    }

    private let listed: Set<String>
    private var fromFile: Set<String>
    private var missing: Set<String> = []
    /// What the last reading held; `nil` after one that could not be used.
    private var last: [String]?

    /// - Parameters:
    ///   - listed: Users of the configuration: they stay, whatever the file says.
    ///   - fileUsers: Users that the file held at the start.
    init(listed: [String], fileUsers: [String]) {
        self.listed = Set(listed)
        fromFile = Set(fileUsers)
        last = fileUsers
    }

    /// Takes in the users of a reading. A new user counts at once; a user counts as removed when two readings in a
    /// row do not name him, because a file can be seen while it is being written.
    mutating func read(_ users: [String]) -> Change {
        // Nearly always: thousands of names need not be compared then.
        if users == last, missing.isEmpty { return Change() }
        last = users
        let now = Set(users)
        let gone = fromFile.subtracting(now)
        let removed = gone.intersection(missing)
        let added = users.filter { !fromFile.contains($0) }
        missing = gone.subtracting(removed)
        fromFile = fromFile.union(now).subtracting(removed)
        return Change(
            added: added.filter { !listed.contains($0) },
            removed: removed.subtracting(listed).sorted()
        )
    }

    /// Takes in that the file could not be used: nothing changes, and nobody counts as missing.
    mutating func readFailed() {
        missing = []
        last = nil
    }
}
