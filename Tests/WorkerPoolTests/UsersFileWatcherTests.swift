import PullerCore
import TestSupport
import Testing

@testable import WorkerPool

@Suite("A pool with a faulty users' file")
struct UsersFileWatcherTests {
    private let clusters: PoolHarness.Clusters

    init() throws {
        clusters = try PoolHarness.Clusters()
    }

    private func users(_ count: Int) -> [String] { (1...count).map { "user-\($0)" } }

    private func text(_ users: [String]) -> String { users.map { $0 + "\n" }.joined() }

    private func pool(_ file: FakeFile, _ count: Int) throws -> PoolHarness {
        let pool = try PoolHarness(users: [], clusters: clusters, fileUsers: users(count), usersFile: file)
        #expect(pool.waitUntilReady(count))
        return pool
    }

    @Test(
        "deletes nothing and creates nothing because of a text of another kind",
        arguments: [
            "<html><body>502 Bad Gateway</body></html>\n", "- user-1\n- user-2\n", "user-1;user-2;user-3\n",
            #"["user-1", "user-2"]"#, "user=user-1\n", "| user-1 |\n", "user-1\nuser-2\nuser-3",
            "Forbidden\n",
        ]
    )
    func otherTexts(text: String) async throws {
        let file = FakeFile(self.text(users(30)))
        let pool = try pool(file, 30)
        file.write(text)
        pool.simulation.advance(by: .seconds(600))
        #expect(pool.readyUsers == Set(users(30)))
        for user in users(30) { #expect(clusters[user].deletedUIDs == []) }
        #expect(pool.recorder.events(.created).count == 30)
        let complaints = pool.recorder.events(.users)
        #expect(complaints.count == 1)
        #expect(complaints.first?.level ?? .info >= .warning)
        file.write(self.text(users(30)))
        pool.simulation.advance(by: .seconds(20))
        #expect(pool.recorder.events(.users).last?.message == "users can be used again")
        #expect(pool.readyUsers == Set(users(30)))
        _ = await pool.stop()
    }

    @Test("says once how many of how many users would go, and that again when it is another number")
    func massRemoval() async throws {
        let file = FakeFile(text(users(50)))
        let pool = try pool(file, 50)
        file.write("user-new\n" + text(users(20)))
        pool.simulation.advance(by: .seconds(11))
        // The file may be in the middle of being written.
        #expect(pool.recorder.events(.users) == [])
        pool.simulation.advance(by: .seconds(300))
        file.write(text(users(19)))
        pool.simulation.advance(by: .seconds(300))
        let errors = pool.recorder.events(.users)
        #expect(
            errors.map(\.message)
                == [30, 31].map {
                    "users changes nothing: it would remove \($0) of 50 users; if that is right, add this line to "
                        + "it: # remove \($0) of 50 users"
                }
        )
        #expect(errors.allSatisfy { $0.level == .error })
        #expect(pool.readyUsers == Set(users(50)))
        #expect(clusters["user-new"].daemonSet == nil)
        _ = await pool.stop()
    }

    @Test("removes many users whose number the file repeats, and only then adds those that came with it")
    func confirmed() async throws {
        let file = FakeFile(text(users(10)))
        let pool = try pool(file, 10)
        file.write(text(["user-new"] + users(5)))
        pool.simulation.advance(by: .seconds(60))
        let message = try #require(pool.recorder.events(.users).last?.message)
        let comment = try #require(message.split(separator: ": ").last)
        file.write("\(comment)\n" + text(["user-new"] + users(5)))
        #expect(pool.simulation.advance(upTo: .seconds(60)) { pool.recorder.events(.removed).count == 5 })
        #expect(pool.waitUntilReady(6))
        #expect(pool.readyUsers == Set(["user-new"] + users(5)))
        let messages = pool.recorder.events(.users).map(\.message)
        #expect(messages.suffix(2) == ["users can be used again", "1 user added, 5 removed"])
        _ = await pool.stop()
    }

    @Test("reports no removal seen only once while the file is being written, and then accepts the file")
    func seenWhileWritten() async throws {
        let file = FakeFile(text(users(40)))
        let pool = try pool(file, 40)
        let new = text(users(41))
        for part in [new.prefix(0), new.prefix(100), new.dropLast(2), new[...]] {
            file.write(String(part))
            pool.simulation.advance(by: .seconds(10))
        }
        // An empty file is not a list.
        #expect(pool.recorder.events(.users).filter { $0.level == .error } == [])
        #expect(pool.waitUntilReady(41))
        #expect(pool.recorder.events(.removed) == [])
        #expect(pool.readyUsers == Set(users(41)))
        _ = await pool.stop()
    }

    @Test("starts no worker for a name that was cut, and a later one for a name without a line feed")
    func cutName() async throws {
        let file = FakeFile("user-1\n")
        let pool = try pool(file, 1)
        file.write("user-1\nuser-2")
        pool.simulation.advance(by: .seconds(11))
        file.write("user-1\nuser-23\n")
        #expect(pool.waitUntilReady(2, within: .seconds(12)))
        pool.simulation.advance(by: .seconds(60))
        #expect(pool.readyUsers == ["user-1", "user-23"])
        #expect(clusters["user-2"].counts == [:])

        file.write("user-1\nuser-23\nuser-4")
        #expect(!pool.waitUntilReady(3, within: .seconds(10)))
        #expect(pool.waitUntilReady(3, within: .seconds(12)))
        _ = await pool.stop()
    }
}
