import Testing

@testable import PullerCore

@Suite("The keeper of a cluster in which images are to be mounted")
struct ImageVolumesTests {
    private static let base = "kubernetes-image-puller"
    private static let alternate = "kubernetes-image-puller-b"
    private static let day = Duration.seconds(24 * 3600)

    /// A cluster that has what was configured before: containers that run the images.
    private func bench(_ images: [String] = ["a:1"]) throws -> CacheBench {
        var bench = try CacheBench(images)
        #expect(bench.turn()?.outcome.isReady == true)
        _ = bench.takeRequests()
        bench.deletions = []
        bench.keepsImageVolumes = false
        return bench
    }

    private func writes(_ bench: inout CacheBench) -> [String] {
        bench.takeRequests().filter { $0.hasPrefix("POST") || $0.hasPrefix("DELETE") }
    }

    @Test("keeps a DaemonSet whose image volumes the server kept")
    func supported() throws {
        var bench = try CacheBench(["a:1"])
        try bench.mount(["a:1"], fallsBack: true)
        #expect(bench.turn()?.outcome.isReady == true)
        bench.restart()
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == ["POST \(Self.base)"])
    }

    @Test("deletes at once what protects nothing, and asks the cluster nothing more for a day")
    func unsupported() throws {
        var bench = try CacheBench(["a:1", "b:1@gpu"])
        try bench.mount(["a:1", "b:1@gpu"], fallsBack: false)
        bench.keepsImageVolumes = false
        let end = bench.turn()
        #expect(end?.id == .base)
        #expect(end?.outcome.failure?.reason == .unsupported)
        #expect(end?.outcome.failure?.retryAfter == Self.day)
        #expect(bench.names == [])
        #expect(writes(&bench) == ["POST \(Self.base)", "DELETE \(Self.base)"])

        bench.keepsImageVolumes = true
        bench.advance(by: Self.day - .seconds(10))
        #expect(bench.turn()?.outcome.failure?.retryAfter == .seconds(10))
        #expect(bench.takeRequests() == [])
        bench.advance(by: .seconds(10))
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(bench.names.count == 2)
    }

    @Test("tries again after the refresh age where that is longer than a day")
    func longRefreshAge() throws {
        var bench = try CacheBench(["a:1"])
        try bench.mount(["a:1"], fallsBack: false, ["IMAGE_REFRESH_HOURS": "48"])
        bench.keepsImageVolumes = false
        #expect(bench.turn()?.outcome.failure?.retryAfter == .seconds(48 * 3600))
    }

    @Test("leaves alone what stands, and tries under the other name")
    func staysBeside() throws {
        var bench = try bench()
        let old = bench.clusters[.base]?.objects[.primary]?.metadata.uid
        let served = bench.served
        try bench.mount(["a:1"], fallsBack: false)
        #expect(bench.turn()?.outcome.failure?.reason == .unsupported)
        #expect(writes(&bench) == ["POST \(Self.alternate)", "DELETE \(Self.alternate)"])
        #expect(bench.clusters[.base]?.objects[.primary]?.metadata.uid == old)
        #expect(bench.served == served)
        // The next process tries again.
        bench.restart()
        #expect(bench.turn()?.outcome.failure?.reason == .unsupported)
        #expect(writes(&bench) == ["POST \(Self.alternate)", "DELETE \(Self.alternate)"])
        #expect(bench.names == [Self.base])
    }

    @Test("deletes it in the next round where the first deletion failed")
    func deletionFails() throws {
        var bench = try bench()
        try bench.mount(["a:1"], fallsBack: true)
        bench.fault = { $0.hasPrefix("DELETE") ? .refused(Failure(.serverError, "500")) : nil }
        #expect(bench.turn()?.outcome.failure?.reason == .serverError)
        #expect(bench.names == [Self.base, Self.alternate])
        bench.fault = { _ in nil }
        _ = bench.takeRequests()
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench).prefix(2) == ["DELETE \(Self.alternate)", "POST \(Self.alternate)"])
        #expect(bench.names == [Self.alternate])
    }

    @Test("runs the images where the fallback is allowed, and does not try again at the next start")
    func fallsBack() throws {
        let images = ["a:1", "b:1@gpu"]
        var bench = try bench(images)
        let served = bench.served
        try bench.mount(images, fallsBack: true)
        bench.whileWatching = {
            $0.settle()
            // Nothing is taken away meanwhile.
            for (image, nodes) in served { #expect($0.served[image]?.isSuperset(of: nodes) == true) }
        }
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(
            writes(&bench).prefix(3) == [
                "POST \(Self.alternate)", "DELETE \(Self.alternate)", "POST \(Self.alternate)",
            ]
        )
        let hashes = bench.clusters.values.flatMap { $0.objects.values.flatMap(\.metadata.specHashes) }
        let fallback = try #require(bench.settings.fallback)
        #expect(Set(hashes) == Set(fallback.cache.daemonSets.map(\.specHash)))

        bench.restart()
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == [])
    }

    @Test("tries a cluster that fell back once a day, and changes over when its server has image volumes")
    func changesOver() throws {
        var bench = try bench()
        try bench.mount(["a:1"], fallsBack: true, ["IMAGE_REFRESH_HOURS": "0"])
        #expect(bench.turn()?.outcome.isReady == true)
        let uid = bench.clusters[.base]?.objects[.alternate]?.metadata.uid
        _ = bench.takeRequests()
        for _ in 0..<3 {
            bench.advance(by: .seconds(3600))
            #expect(bench.turn()?.outcome.isReady == true)
        }
        #expect(writes(&bench) == [])
        bench.advance(by: Self.day)
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == ["POST \(Self.base)", "DELETE \(Self.base)"])
        #expect(bench.clusters[.base]?.objects[.alternate]?.metadata.uid == uid)

        bench.keepsImageVolumes = true
        bench.advance(by: Self.day)
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == ["POST \(Self.base)", "DELETE \(Self.alternate)"])
        bench.restart()
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == [])
    }

    @Test("goes on with a change-over that a process left half done")
    func halfChangedOver() throws {
        var bench = try bench()
        try bench.mount(["a:1"], fallsBack: true, ["IMAGE_REFRESH_HOURS": "0"])
        #expect(bench.turn()?.outcome.isReady == true)
        bench.keepsImageVolumes = true
        bench.advance(by: Self.day)
        bench.whileWatching = { _ in }
        #expect(bench.turn()?.outcome.isReady == false)
        #expect(bench.names == [Self.base, Self.alternate])
        _ = bench.takeRequests()
        bench.restart()
        bench.settle()
        #expect(bench.turn()?.outcome.isReady == true)
        // The second look of a process is at both names.
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == ["DELETE \(Self.alternate)"])
    }

    /// A cluster in which a process died before it deleted what protects nothing.
    private func leftOver(_ bench: inout CacheBench) {
        bench.meanwhile = { (bench) throws(CacheBench.Crash) in
            if bench.requests.last?.hasPrefix("POST") == true { throw CacheBench.Crash() }
        }
        #expect(bench.turn() == nil)
        bench.meanwhile = { _ in }
        bench.restart()
        bench.settle()
        bench.advance(by: .seconds(600))
        _ = bench.takeRequests()
    }

    @Test("does not take one without its volumes for the desired one, though it has the right hash")
    func leftByACrash() throws {
        var bench = try CacheBench(["a:1"])
        try bench.mount(["a:1"], fallsBack: false)
        bench.keepsImageVolumes = false
        leftOver(&bench)
        #expect(bench.names == [Self.base])
        bench.keepsImageVolumes = true
        #expect(bench.turn()?.outcome.isReady == true)
        #expect(writes(&bench) == ["POST \(Self.alternate)", "DELETE \(Self.base)"])
    }

    @Test("deletes one without its volumes rather than one that holds images on fewer nodes")
    func leftBesideFewer() throws {
        var bench = try bench()
        try bench.mount(["a:1"], fallsBack: false)
        leftOver(&bench)
        #expect(bench.names == [Self.base, Self.alternate])
        bench.clusters[.base]?.setReady(.primary, 2)
        #expect(bench.turn()?.outcome.failure?.reason == .unsupported)
        #expect(bench.names == [Self.base])
        #expect(writes(&bench).filter { !$0.hasSuffix("-b") } == [])
    }

    @Test(
        "does not delete one on the word of an older server of the control plane that the volumes are not there"
    )
    func mixedServers() throws {
        var bench = try CacheBench(["a:1"])
        try bench.mount(["a:1"], fallsBack: false)
        #expect(bench.turn()?.outcome.isReady == true)
        let uid = bench.clusters[.base]?.objects[.primary]?.metadata.uid
        bench.clusters[.base]?.change(.primary) { $0.imageVolumes = 0 }
        bench.keepsImageVolumes = false
        bench.advance(by: .seconds(3600))
        #expect(bench.turn()?.outcome.failure?.reason == .unsupported)
        #expect(bench.clusters[.base]?.objects[.primary]?.metadata.uid == uid)
        #expect(bench.names == [Self.base])
    }
}
