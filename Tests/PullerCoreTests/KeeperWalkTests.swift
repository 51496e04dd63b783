import Testing

@Suite("A keeper, whatever happens in its cluster,")
struct KeeperWalkTests {
    @Test(
        "deletes nothing that must stay, ends every turn, and is left with one right DaemonSet in the end"
    )
    func walks() async throws {
        for seed in UInt64(1)...500 {
            do {
                var walk = try KeeperWalk(seed: seed)
                try walk.run(rounds: 25)
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
            // The tests of other suites wait for the same few threads.
            await Task.yield()
        }
    }
}
