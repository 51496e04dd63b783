import Testing

@testable import WorkerPool

@Suite("Who has a worker")
struct UserRosterTests {
    private typealias Change = UserRoster.Change

    @Test("changes by nothing when the same is read again, however often")
    func same() {
        var roster = UserRoster(listed: ["a"], fileUsers: ["b"])
        for _ in 0..<3 { #expect(roster.read(["b"]) == Change()) }
        #expect(roster.read(["b", "c", "a"]) == Change(added: ["c"]))
        for _ in 0..<3 { #expect(roster.read(["b", "c", "a"]) == Change()) }
    }

    @Test("loses who is missing twice in a row, and only then")
    func missing() {
        var roster = UserRoster(listed: ["a"], fileUsers: ["a", "b", "c"])
        #expect(roster.read(["c"]) == Change())
        #expect(roster.read(["c"]) == Change(removed: ["b"]))
        #expect(roster.read(["c"]) == Change())
        #expect(roster.read(["b", "c"]) == Change(added: ["b"]))
    }

    @Test(
        "loses nobody who is missing before and after a reading that could not be used, but by the next one"
    )
    func interrupted() {
        var roster = UserRoster(listed: [], fileUsers: ["a", "b"])
        #expect(roster.read(["a"]) == Change())
        roster.readFailed()
        #expect(roster.read(["a"]) == Change())
        #expect(roster.read(["a"]) == Change(removed: ["b"]))
    }
}
