import Testing

@Suite("A keeper in a cluster where anything may happen")
struct KeeperWalkTests {
    @Test(
        "deletes nothing that must stay, ends every turn, and comes to one right DaemonSet when all is calm again"
    )
    func walks() throws {
        for seed in UInt64(1)...500 {
            do {
                var walk = try KeeperWalk(seed: seed)
                try walk.run(rounds: 25)
            } catch {
                Issue.record("seed \(seed): \(error)")
                return
            }
        }
    }
}
