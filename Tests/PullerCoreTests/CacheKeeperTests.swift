import Testing

@testable import PullerCore

@Suite("The keeper of several placements")
struct CacheKeeperTests {
    private let gpu: PlacementID
    private let ssd: PlacementID

    init() throws {
        gpu = try #require(try CacheBench.cache(["a:1", "b:1@gpu"]).daemonSets.last?.id)
        ssd = try #require(try CacheBench.cache(["a:1", "b:1@ssd"]).daemonSets.last?.id)
    }

    /// A cluster in which everything of a configuration is ready.
    private func bench(_ images: [String], _ changes: [String: String] = [:]) throws -> CacheBench {
        var bench = try CacheBench(images, changes)
        #expect(bench.turn()?.outcome.isReady == true)
        _ = bench.takeRequests()
        bench.deletions = []
        bench.advance(by: .seconds(3600))
        return bench
    }

    private func name(_ id: PlacementID, _ slot: Slot = .primary) -> String {
        id.name(base: "kubernetes-image-puller", slot)
    }

    @Test("creates the base DaemonSet first, then the others, and then follows them")
    func creation() throws {
        var bench = try CacheBench(["a:1", "b:1@gpu"])
        #expect(bench.turn()?.outcome.isReady == true)
        let requests = bench.takeRequests()
        let verbs = requests.map { $0.split(separator: " ")[0] }
        #expect(verbs.prefix(6) == ["GET", "GET", "POST", "GET", "GET", "POST"])
        #expect(requests[2] == "POST \(name(.base))")
        #expect(requests[5] == "POST \(name(gpu))")
        #expect(bench.names == [name(.base), name(gpu)].sorted())
        #expect(bench.served == ["registry.example/a:1": CacheBench.all, "registry.example/b:1": [1, 2]])
    }

    @Test("knows what a former configuration had as soon as it sees it, even if its turn is cut short")
    func knowsAtOnce() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        try bench.configure(["a:1", "b:1"], restarts: true)
        bench.meanwhile = { (bench) throws(CacheBench.Crash) in
            if bench.requests.contains(where: { $0.hasPrefix("WATCH") }) { throw CacheBench.Crash() }
        }
        bench.whileWatching = { _ in }
        #expect(bench.turn()?.id == nil)
        #expect(bench.keeper.others(than: bench.settings) == [gpu])
        #expect(bench.keeper.allKnown(bench.settings) == nil)
    }

    @Test("removes a placement once more when a puller that is still running has brought it back")
    func otherPuller() throws {
        let images = ["a:1", "b:1@gpu"]
        var bench = try bench(images)
        try bench.configure(["a:1", "b:1"], restarts: true)
        for _ in 0..<3 {
            bench.turn()
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == [name(.base, .alternate)])
        for one in try CacheBench.cache(images).daemonSets {
            bench.clusters[one.id]?.put(.primary, one, ready: 4)
        }
        for _ in 0..<60 {
            bench.turn()
            #expect(bench.orphans == [])
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == [name(.base, .alternate)])
    }

    @Test("keeps a placement that is gone until the newer base DaemonSet serves its nodes, too")
    func otherNodes() throws {
        let images = ["a:1@ssd", "b:1@gpu"]
        let daemonSets = try CacheBench.cache(images).daemonSets
        let pools = daemonSets.compactMap { $0.content.placement.nodeSelector["pool"] }
        let nodes = pools.compactMap { CacheBench.pools[$0] }
        let image = try #require(daemonSets[1].content.images.first?.image.text)
        var bench = try bench(images)
        try bench.configure(["a:1", "b:1"])
        bench.changeNodes { $0.broken = nodes[1].subtracting(nodes[0]) }
        for _ in 0..<10 {
            bench.turn()
            #expect(bench.served[image]?.isSuperset(of: nodes[1]) == true)
            bench.advance(by: .seconds(3600))
        }
        bench.changeNodes { $0.broken = [] }
        for _ in 0..<3 {
            bench.settle()
            bench.turn()
            bench.advance(by: .seconds(3600))
        }
        #expect(bench.names == [name(.base, .alternate)])
    }

    @Test(
        "keeps the older DaemonSet while its images' new placement cannot be created, even with ROLLOUT_OVERLAP=0s"
    )
    func overlapAndRefusal() throws {
        var bench = try bench(["a:1", "b:1"], ["ROLLOUT_OVERLAP": "0s"])
        try bench.configure(["a:1", "b:1@gpu"])
        let refused = "POST \(name(gpu))"
        bench.fault = { $0 == refused ? .refused(Failure(.forbidden, "no")) : nil }
        for _ in 0..<5 {
            #expect(bench.turn()?.outcome.failure?.reason == .forbidden)
            #expect(bench.served["registry.example/b:1"] == CacheBench.all)
            bench.advance(by: .seconds(3600))
        }
        bench.fault = { _ in nil }
        bench.turn()
        #expect(bench.names == [name(.base, .alternate), name(gpu)].sorted())
    }

    @Test("reads each DaemonSet once where all is right")
    func calm() throws {
        var bench = try bench(["a:1", "b:1@gpu", "c:1@ssd"])
        // The second look of a process is at both names.
        bench.turn()
        _ = bench.takeRequests()
        bench.advance(by: .seconds(3600))
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(Set(bench.takeRequests()) == Set([.base, gpu, ssd].map { "GET \(name($0))" }))
    }

    @Test("creates no further DaemonSet while no base DaemonSet names it")
    func baseIsRefused() throws {
        var bench = try CacheBench(["a:1", "b:1@gpu"])
        bench.fault = { $0.hasPrefix("POST") ? .refused(Failure(.quota, "full")) : nil }
        let end = bench.turn()
        #expect(end?.id == .base)
        #expect(end?.outcome.failure?.reason == .quota)
        #expect(bench.requests.count { $0.hasPrefix("POST") } == 1)
        // Where an older one names it, it is kept all the same.
        bench = try self.bench(["a:1", "b:1@gpu"])
        try bench.configure(["a:2", "b:2@gpu"])
        bench.fault = { $0 == "POST kubernetes-image-puller-b" ? .refused(Failure(.quota, "full")) : nil }
        #expect(bench.turn()?.outcome.failure?.reason == .quota)
        #expect(bench.served["registry.example/b:2"] == [1, 2])
    }

    @Test("looks at the others where one fails, and reports the one that is worst")
    func isolation() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        bench.clusters[gpu]?.setReady(.primary, 0)
        bench.fault = { $0 == "GET kubernetes-image-puller" ? .refused(Failure(.forbidden, "no")) : nil }
        let end = bench.turn()
        #expect(end?.id == .base)
        #expect(end?.outcome.failure?.reason == .forbidden)
        #expect(bench.takeRequests().contains("GET \(name(gpu))"))
        bench.fault = { _ in nil }
        #expect(bench.turn()?.id == gpu)
        // A cluster that does not answer is asked once.
        _ = bench.takeRequests()
        bench.fault = { _ in .refused(Failure(.unreachable, "no")) }
        #expect(bench.turn()?.outcome.failure?.reason == .unreachable)
        #expect(bench.takeRequests().count == 1)
    }

    @Test("keeps the older base DaemonSet until images that have moved to another placement are served there")
    func moves() throws {
        var bench = try bench(["a:1", "b:1"])
        try bench.configure(["a:1", "b:1@gpu"])
        // The new placement does not get ready yet.
        let gpu = gpu
        bench.whileWatching = {
            $0.settle()
            $0.clusters[gpu]?.setReady(.primary, 0)
        }
        #expect(bench.turn()?.outcome.isUnready == true)
        #expect(bench.names.contains(name(.base)) && bench.names.contains(name(.base, .alternate)))
        bench.advance(by: .seconds(60))
        bench.settle()
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names == [name(.base, .alternate), name(gpu)].sorted())
    }

    @Test("keeps what has moved between placements that both existed before")
    func movesBetween() throws {
        var bench = try bench(["a:1", "b:1", "c:1@gpu"])
        try bench.configure(["a:1", "b:1@gpu", "c:1@gpu"])
        let gpu = gpu
        bench.whileWatching = {
            $0.settle()
            $0.clusters[gpu]?.setReady(.alternate, 0)
        }
        bench.turn()
        #expect(bench.served["registry.example/b:1"]?.isSuperset(of: [1, 2]) == true)
        bench.whileWatching = { $0.settle() }
        bench.settle()
        bench.advance(by: .seconds(60))
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names == [name(.base, .alternate), name(gpu, .alternate)].sorted())
    }

    @Test("is not held up by another placement in which nothing has changed, and which is broken")
    func othersAreBroken() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        // From here on, the base DaemonSet is the younger one.
        try bench.configure(["a:2", "b:1@gpu"])
        #expect(bench.turn()?.outcome.isReady == true)
        bench.advance(by: .seconds(3600))
        bench.clusters[gpu]?.setReady(.primary, 0)
        bench.clusters[gpu]?.broken = CacheBench.all
        try bench.configure(["a:3", "b:1@gpu"])
        bench.turn()
        #expect(bench.names == [name(.base), name(gpu)].sorted())
    }

    @Test("deletes a placement that is gone when all others serve, and before the DaemonSet that names it")
    func obsolete() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        try bench.configure(["a:1", "b:1@ssd"])
        let ssd = ssd
        bench.whileWatching = {
            $0.settle()
            $0.clusters[ssd]?.setReady(.primary, 0)
        }
        bench.turn()
        #expect(bench.names.contains(name(gpu)))
        bench.whileWatching = { $0.settle() }
        bench.settle()
        bench.advance(by: .seconds(60))
        _ = bench.takeRequests()
        #expect(bench.turn()?.outcome.isReady == true)
        let deletions = bench.takeRequests().filter { $0.hasPrefix("DELETE") }
        #expect(deletions == ["DELETE \(name(gpu))", "DELETE \(name(.base))"])
        #expect(bench.names == [name(.base, .alternate), name(ssd)].sorted())
        #expect(bench.orphans == [])
    }

    @Test("finds a placement that is gone after a restart with another configuration")
    func obsoleteAfterRestart() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        try bench.configure(["a:1"], restarts: true)
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names == [name(.base, .alternate)])
    }

    @Test("leaves all as it is where a placement that is gone cannot be deleted, and says why")
    func obsoleteIsHeld() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        bench.clusters[gpu]?.change(.primary) { $0.finalizers = ["example.com/hold"] }
        try bench.configure(["a:1"])
        #expect(bench.turn()?.outcome.failure?.reason == .terminating)
        #expect(bench.names.contains(name(.base)))
        bench.clusters[gpu]?.objects = [:]
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names == [name(.base, .alternate)])
    }

    @Test("deletes what only the newer base DaemonSet names before it steps back from it")
    func stepBack() throws {
        var bench = try bench(["a:1"])
        try bench.configure(["a:2", "b:1@gpu"])
        // There is no room for both pods.
        bench.whileWatching = {
            $0.settle()
            $0.clusters[.base]?.setReady(.primary, 2)
            $0.clusters[.base]?.setReady(.alternate, 1)
        }
        for _ in 0..<5 {
            bench.turn()
            #expect(bench.orphans == [])
            bench.advance(by: .seconds(61))
        }
        #expect(bench.names == [name(.base)])
    }

    @Test("retires after ROLLOUT_OVERLAP what waits for another placement, except what names others")
    func overlap() throws {
        var bench = try bench(["a:1", "b:1"], ["ROLLOUT_OVERLAP": "10m"])
        try bench.configure(["a:1", "b:1@gpu"])
        let gpu = gpu
        bench.whileWatching = {
            $0.settle()
            $0.clusters[gpu]?.setReady(.primary, 0)
        }
        bench.turn()
        #expect(bench.names.contains(name(.base)))
        bench.advance(by: .seconds(601))
        bench.turn()
        #expect(!bench.names.contains(name(.base)))
    }

    @Test("retires what waits for a placement without nodes, once that had its time")
    func noNodes() throws {
        var bench = try bench(["a:1", "b:1"])
        try bench.configure(["a:1", "b:1@gpu"])
        bench.whileWatching = {
            $0.changeNodes { for hash in $0.placements.keys { $0.placements[hash] = [] } }
            $0.settle()
        }
        bench.turn()
        #expect(bench.names.contains(name(.base)))
        bench.advance(by: .seconds(601))
        bench.turn()
        #expect(bench.names == [name(.base, .alternate), name(gpu)].sorted())
    }

    @Test("waits for a slot with what is to be created, and looks at the others meanwhile")
    func waits() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        try bench.configure(["a:2", "b:1@gpu"])
        bench.hasSlot = false
        #expect(bench.turn()?.outcome.failure?.message == "waits")
        #expect(bench.takeRequests().contains("GET \(name(gpu))"))
        #expect(bench.names == [name(.base), name(gpu)].sorted())
    }

    @Test(
        "is right after a change at run time, even if a webhook drops the hash, and replaces what it created before"
    )
    func webhook() throws {
        var bench = try CacheBench(["a:1"])
        bench.clusters[.base] = ModelCluster(nodes: 4)
        bench.clusters[.base]?.webhook = {
            $0.labels = [:]
            $0.annotations = [:]
        }
        #expect(bench.turn()?.outcome.isReady == true)
        bench.advance(by: .seconds(3600))
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names == [name(.base)])
        try bench.configure(["a:2"])
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names == [name(.base, .alternate)])
        #expect(bench.served == ["registry.example/a:2": CacheBench.all])
    }

    @Test("takes changes of its own configuration for no contest, however many there are")
    func ownChanges() throws {
        var bench = try bench(["a:1"])
        for number in 2...8 {
            try bench.configure(["a:\(number)"])
            #expect(bench.turn()?.outcome.isReady == true)
            bench.advance(by: .seconds(60))
        }
    }

    @Test("does not take a creation of its own former configuration for that of another puller")
    func ownFormerCreation() throws {
        var bench = try bench(["a:1"])
        bench.turn()
        try bench.configure(["a:2"])
        bench.fault = { $0.hasPrefix("POST") ? .lost : nil }
        bench.turn()
        bench.fault = { _ in nil }
        try bench.configure(["a:3"])
        bench.turn()
        bench.turn()
        #expect(bench.served == ["registry.example/a:3": CacheBench.all])
    }

    @Test("knows all that there is, so that it can be deleted without reading, only if nothing else is named")
    func allKnown() throws {
        var bench = try bench(["a:1", "b:1@gpu"])
        bench.turn()
        let known = bench.keeper.allKnown(bench.settings)
        #expect(known?.map(\.id) == [gpu, .base])
        try bench.configure(["a:1"])
        let gpu = gpu
        bench.fault = { $0.contains(gpu.text) ? .refused(Failure(.forbidden, "no")) : nil }
        bench.turn()
        #expect(bench.keeper.allKnown(bench.settings) == nil)
        #expect(bench.keeper.others(than: bench.settings) == [gpu])
    }
}
