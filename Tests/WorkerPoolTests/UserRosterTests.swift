import PullerCore
import Testing

@testable import WorkerPool

@Suite("Who has a worker")
struct UserRosterTests {
    private typealias Change = UserRoster.Change

    private func users(_ numbers: ClosedRange<Int>) -> [String] { numbers.map { "user-\($0)" } }

    @Test("changes by nothing when the same is read again, however often")
    func same() throws {
        var roster = UserRoster(listed: ["a"], fileUsers: ["b"])
        for _ in 0..<3 { #expect(try roster.read(["b"]) == Change()) }
        #expect(try roster.read(["b", "c", "a"]) == Change(added: ["c"]))
        for _ in 0..<3 { #expect(try roster.read(["b", "c", "a"]) == Change()) }
    }

    @Test("loses who is missing twice in a row, and only then")
    func missing() throws {
        var roster = UserRoster(listed: ["a"], fileUsers: ["a", "b", "c"])
        #expect(try roster.read(["c"]) == Change())
        #expect(try roster.read(["c"]) == Change(removed: ["b"]))
        #expect(try roster.read(["c"]) == Change())
        #expect(try roster.read(["b", "c"]) == Change(added: ["b"]))
    }

    @Test(
        "removes no user who is missing before and after an unusable reading, unless the next one confirms it"
    )
    func interrupted() throws {
        var roster = UserRoster(listed: [], fileUsers: ["a", "b"])
        #expect(try roster.read(["a"]) == Change())
        roster.changeNothing()
        #expect(try roster.read(["a"]) == Change())
        #expect(try roster.read(["a"]) == Change(removed: ["b"]))
    }

    // MARK: A last line without a line feed

    @Test("accepts a name that may be cut off when it is there a second time")
    func cutName() throws {
        var roster = UserRoster(listed: ["a"], fileUsers: ["b"])
        #expect(try roster.read(["b", "c", "d"], lastMayBeCut: true) == Change(added: ["c"]))
        #expect(try roster.read(["b", "c", "d2", "e"]) == Change(added: ["d2", "e"]))
        #expect(try roster.read(["b", "c", "d2", "e", "f"], lastMayBeCut: true) == Change())
        #expect(try roster.read(["b", "c", "d2", "e", "f"], lastMayBeCut: true) == Change(added: ["f"]))
        for _ in 0..<3 {
            #expect(try roster.read(["b", "c", "d2", "e", "f"], lastMayBeCut: true) == Change())
        }
    }

    @Test("does not wait for a name whose line has been completed, nor for a known user")
    func endedLine() throws {
        var roster = UserRoster(listed: ["a"], fileUsers: ["b"])
        #expect(try roster.read(["b", "c"], lastMayBeCut: true) == Change())
        #expect(try roster.read(["b", "c"]) == Change(added: ["c"]))
        #expect(try roster.read(["c", "d", "b"], lastMayBeCut: true) == Change(added: ["d"]))
        #expect(try roster.read(["b", "c", "d", "e", "a"], lastMayBeCut: true) == Change(added: ["e"]))
    }

    @Test("waits again for a name that may be cut off after a read without it, or an unusable one")
    func cutNameTwiceInARow() throws {
        var roster = UserRoster(listed: [], fileUsers: ["a"])
        for _ in 0..<3 {
            #expect(try roster.read(["a", "b"], lastMayBeCut: true) == Change())
            #expect(try roster.read(["a"]) == Change())
            #expect(try roster.read(["a", "b"], lastMayBeCut: true) == Change())
            roster.changeNothing()
        }
    }

    // MARK: The removal of many

    @Test(
        "changes nothing by a file that lacks more than one user and more than a tenth of all",
        arguments: [(500, 51), (20, 3), (19, 2), (3, 2), (1_000, 999)]
    )
    func massRemoval(all: Int, gone: Int) throws {
        var roster = UserRoster(listed: ["listed"], fileUsers: ["listed"] + users(2...all))
        let left = ["new"] + users(2...all).dropFirst(gone)
        for _ in 0..<5 {
            let removal = #expect(throws: MassRemoval.self) { try roster.read(left) }
            #expect(removal?.count == RemovalCount(removed: gone, of: all))
            #expect(removal?.earlier == 0)
        }
        // Users who are missing now have not been missing twice in a row if the next file lacks fewer.
        let rest = users(2...all).dropFirst()
        #expect(try roster.read(Array(rest)) == Change())
        #expect(try roster.read(Array(rest)) == Change(removed: ["user-2"]))
    }

    @Test(
        "removes one user, or a tenth, without being asked twice",
        arguments: [(500, 50), (20, 2), (10, 1), (2, 1), (1, 1)]
    )
    func fewRemovals(all: Int, gone: Int) throws {
        var roster = UserRoster(listed: [], fileUsers: users(1...all))
        let left = ["new"] + users(1...all).dropFirst(gone)
        #expect(try roster.read(left) == Change(added: ["new"]))
        #expect(try roster.read(left).removed.count == gone)
    }

    @Test("carries out a confirmed removal, and everything else in the file, at its second read")
    func confirmed() throws {
        var roster = UserRoster(listed: ["a"], fileUsers: users(1...9))
        let left = ["new"] + users(1...4)
        #expect(throws: MassRemoval.self) { try roster.read(left, confirming: (4, 10)) }
        #expect(throws: MassRemoval.self) { try roster.read(left, confirming: (5, 11)) }
        #expect(try roster.read(left, confirming: (5, 10)) == Change())
        #expect(throws: MassRemoval.self) { try roster.read(left) }
        #expect(try roster.read(left, confirming: (5, 10)) == Change())
        // Different users now, but the same number.
        let others = ["new"] + users(6...9)
        #expect(try roster.read(others, confirming: (5, 10)) == Change())
        #expect(
            try roster.read(others, confirming: (5, 10)) == Change(added: ["new"], removed: users(1...5))
        )
        // The confirmed removal is done, and the comment confirms no other.
        #expect(try roster.read(others, confirming: (5, 10)) == Change())
        #expect(throws: MassRemoval.self) { try roster.read(["user-6"], confirming: (5, 10)) }
    }

    @Test("also accepts a name that may be cut off in a file with a confirmed removal at the second read")
    func confirmedWithCutName() throws {
        var roster = UserRoster(listed: [], fileUsers: users(1...4))
        let file = UsersFile(
            users: ["user-1", "b"],
            lastMayBeCut: true,
            confirmations: [RemovalCount(removed: 3, of: 4)]
        )
        #expect(try roster.read(file, at: .zero) == Change())
        #expect(try roster.read(file, at: .zero) == Change(added: ["b"], removed: users(2...4)))
    }

    @Test("counts together whom it removed within an hour")
    func bleeding() throws {
        var roster = UserRoster(listed: [], fileUsers: users(1...100))
        var removed = 0
        var held = 0
        var left = users(1...100)
        for reading in 0..<360 where left.count > 1 {
            // A tenth of the remaining users, every twenty seconds.
            if reading.isMultiple(of: 2) { left = Array(left.dropFirst(max(left.count / 10, 1))) }
            do throws(MassRemoval) {
                removed += try roster.read(UsersFile(users: left), at: .seconds(10 * reading)).removed.count
            } catch {
                held += 1
            }
        }
        #expect(removed == 10)
        #expect(held > 50)
    }

    @Test("forgets removed users after an hour, and at once if they come back")
    func window() throws {
        var roster = UserRoster(listed: [], fileUsers: users(1...100))
        #expect(try roster.remove(users(11...100), at: .zero).count == 9 + 1)
        let removal = #expect(throws: MassRemoval.self) {
            try roster.read(users(12...100), at: .seconds(3_580))
        }
        #expect(removal?.count == RemovalCount(removed: 1, of: 90))
        #expect(removal?.earlier == 10)
        #expect(try roster.remove(users(12...100), at: .seconds(3_610)) == ["user-11"])

        #expect(try roster.read(users(11...100), at: .seconds(3_630)) == Change(added: ["user-11"]))
        #expect(try roster.remove(users(12...100), at: .seconds(3_640)) == ["user-11"])
    }

    @Test("allows the users of a small fleet to be removed one after the other")
    func smallFleet() throws {
        var roster = UserRoster(listed: [], fileUsers: users(1...5))
        for last in 2...5 { #expect(try roster.remove(users(last...5), at: .zero) == ["user-\(last - 1)"]) }
    }

    @Test("does not count confirmed removals, nor those before them")
    func confirmedAndLater() throws {
        var roster = UserRoster(listed: [], fileUsers: users(1...30))
        #expect(try roster.remove(users(1...29), at: .zero) == ["user-30"])
        for _ in 0..<2 { _ = try roster.read(users(1...20), confirming: (9, 29)) }
        #expect(try roster.remove(users(1...18), at: .zero) == users(19...20))
    }
}

extension UserRoster {
    /// A reading of these users at time zero.
    fileprivate mutating func read(
        _ users: [String],
        lastMayBeCut: Bool = false,
        confirming removal: (Int, Int)? = nil,
        at time: Duration = .zero
    ) throws(MassRemoval) -> Change {
        let confirmations = removal.map { [RemovalCount(removed: $0, of: $1)] } ?? []
        let file = UsersFile(users: users, lastMayBeCut: lastMayBeCut, confirmations: Set(confirmations))
        return try read(file, at: time)
    }

    /// Two reads of these users, ten seconds apart; returns the users that they remove.
    fileprivate mutating func remove(_ left: [String], at time: Duration) throws(MassRemoval) -> [String] {
        _ = try read(left, at: time)
        return try read(left, at: time + .seconds(10)).removed
    }
}
