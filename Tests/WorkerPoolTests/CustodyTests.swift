import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

@Suite("What the puller considers its own")
struct CustodyTests {
    private let bench: ReplacementBench

    init() throws {
        bench = try ReplacementBench()
    }

    private var cluster: InMemoryCluster { bench.cluster }

    // MARK: Webhooks

    @Test("is not replaced repeatedly if a webhook drops its annotations, which is reported once")
    func droppedAnnotations() async throws {
        cluster.set { $0.mutates = { $0.annotations = [:] } }
        for _ in 0..<2 {
            let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "0"])
            pool.simulation.advance(by: .seconds(10 * 3600))
            #expect(pool.readyUsers == ["jane"])
            #expect(pool.recorder.events(.replacing) == [])
            _ = await pool.stop()
        }
        #expect(cluster.counts[.create] == 1)
        #expect(cluster.deletedUIDs == [])
    }

    @Test("stays its own if a webhook replaces its labels")
    func replacedLabels() async throws {
        cluster.set {
            $0.mutates = {
                $0.labels = ["team": "platform"]
                $0.annotations = [:]
            }
        }
        let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "0"])
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(pool.readyUsers == ["jane"])
        #expect(cluster.counts[.create] == 1)
        let warning = pool.recorder.events(.warning).first
        #expect(warning?.reason == "Altered")
        #expect(warning?.message.contains("label kubernetes-image-puller/installation") == true)
        #expect(warning?.message.contains("annotation kubernetes-image-puller/spec-hash") == true)
        #expect(pool.recorder.events(.warning).count == 1)
        _ = await pool.stop()

        // The selector is immutable, so the next process recognises it, too.
        let next = try bench.pool(["IMAGE_REFRESH_HOURS": "0", "ON_EXIT": "delete"])
        next.simulation.advance(by: .seconds(100))
        #expect(!next.recorder.events(.failed).contains { $0.reason == "Conflict" })
        #expect(await next.stop() == [])
        #expect(cluster.daemonSets == [:])
    }

    @Test("is not replaced each time where a webhook changes the hash")
    func changedHash() async throws {
        cluster.set {
            $0.mutates = {
                for key in $0.annotations.keys { $0.annotations[key] = "changed" }
                $0.labels["kubernetes-image-puller/spec-hash"] = "changed"
            }
        }
        let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "0"])
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(pool.readyUsers == ["jane"])
        #expect(cluster.counts[.create] == 1)
        let warning = pool.recorder.events(.warning).first
        #expect(warning?.message.contains("annotation kubernetes-image-puller/spec-hash") == true)
        _ = await pool.stop()
    }

    @Test("is not refreshed at each check where the cluster's clock is days behind the proxy's")
    func clusterBehind() async throws {
        cluster.set {
            $0.mutates = { $0.created = $0.created.map { Timestamp(seconds: $0.seconds - 3 * 24 * 3600) } }
        }
        let pool = try bench.pool()
        pool.simulation.advance(by: .seconds(20 * 3600))
        #expect(pool.recorder.events(.replacing) == [])
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("stays its own where a webhook gives it another installation's label")
    func anothersLabel() async throws {
        cluster.set { $0.mutates = { $0.labels["kubernetes-image-puller/installation"] = "shared" } }
        let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "0"])
        pool.simulation.advance(by: .seconds(10 * 3600))
        #expect(pool.readyUsers == ["jane"])
        #expect(pool.recorder.events(.failed) == [])
        _ = await pool.stop()
    }

    // MARK: Age

    @Test(
        "is not refreshed by a Date that is ahead, but when this process has known it for so long",
        arguments: [true, false]
    )
    func dateAhead(hasDate: Bool) async throws {
        _ = try await bench.prepare()
        cluster.set {
            $0.serverTimeOffset = 3 * 24 * 3600
            $0.saysDate = hasDate
        }
        let pool = try bench.pool()
        pool.simulation.advance(by: .seconds(23 * 3600))
        #expect(pool.recorder.events(.replacing) == [])
        let warnings = pool.recorder.events(.warning)
        #expect(warnings.map(\.reason) == ["Clock"])
        #expect(warnings.first?.message.contains(hasDate ? "ahead" : "no Date") == true)
        pool.simulation.advance(by: .seconds(5 * 3600))
        #expect(pool.recorder.events(.replaced).map(\.reason) == ["Refresh"])
        pool.simulation.advance(by: .seconds(20 * 3600))
        #expect(pool.recorder.events(.replaced).count == 1)
        _ = await pool.stop()
    }

    // MARK: Both names

    enum Kind: String, CaseIterable { case right, wrong }

    @Test(
        "is one right DaemonSet in the end, whichever of two is right and which is newer",
        arguments: [(Kind.right, Kind.right), (.right, .wrong), (.wrong, .right), (.wrong, .wrong)],
        [true, false]
    )
    func bothNames(kinds: (Kind, Kind), isAlternateNewer: Bool) async throws {
        let desired = bench.clusters.desired
        let order = isAlternateNewer ? [Slot.primary, .alternate] : [.alternate, .primary]
        let clock = bench.clusters.simulation
        for (slot, kind) in zip(order, [kinds.0, kinds.1]) {
            _ = clock.start { [cluster] in
                _ = try? await cluster.create(desired.body(slot), name: desired.name(slot))
            }
            clock.advance(by: .seconds(5))
            guard kind == .wrong else { continue }
            cluster.interfere(desired.name(slot)) {
                $0.annotations["kubernetes-image-puller/spec-hash"] = "0123456789abcdef"
                $0.labels["kubernetes-image-puller/spec-hash"] = "0123456789abcdef"
            }
        }
        let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "0"])
        #expect(bench.fewestServed(in: pool, during: .seconds(8000), step: .seconds(1)) == 3)
        #expect(cluster.daemonSets.count == 1)
        #expect(cluster.daemonSet?.annotations["kubernetes-image-puller/spec-hash"] == desired.specHash)
        #expect(pool.readyUsers == ["jane"])
        _ = await pool.stop()
    }

    @Test("is never the DaemonSet of another puller whose name is the alternate of its own")
    func namesThatMeet() async throws {
        let one = try bench.pool(["INSTALLATION_ID": "same"])
        #expect(one.waitUntilReady(1))
        let other = try bench.pool(["INSTALLATION_ID": "same", "DAEMONSET_NAME": ReplacementBench.alternate])
        #expect(other.waitUntilReady(1))
        _ = await one.stop()
        let changed = ReplacementBench.changed.merging(["INSTALLATION_ID": "same"]) { $1 }
        let next = try bench.pool(changed)
        next.simulation.advance(by: .seconds(8000))
        // The name is taken, so the creation is refused, and nothing is deleted.
        #expect(next.recorder.events(.failed).first?.message.contains("another DAEMONSET_NAME") == true)
        #expect(cluster.deletedUIDs == [])
        #expect(cluster.daemonSets.count == 2)
        _ = await next.stop()
        _ = await other.stop()
    }

    // MARK: Two pullers

    @Test("is shared without conflict by two pullers with the same configuration")
    func samePullers() async throws {
        _ = try await bench.prepare()
        let one = try bench.pool(ReplacementBench.changed)
        let two = try PoolHarness(
            users: ["jane"],
            clusters: bench.clusters,
            ReplacementBench.changed,
            seed: 7
        )
        #expect(bench.fewestServed(in: one, during: .seconds(3 * 3600)) == 3)
        #expect(cluster.daemonSets.count == 1)
        #expect(one.readyUsers == ["jane"] && two.readyUsers == ["jane"])
        #expect(cluster.deletedUIDs.count == 1)
        _ = await one.stop()
        _ = await two.stop()
    }

    @Test(
        "is left alone for the time of a rollout when another configuration's appears, and never serves fewer nodes"
    )
    func differentPullers() async throws {
        let one = try bench.pool(["IMAGE_REFRESH_HOURS": "0", "CACHING_INTERVAL_HOURS": "0.01"])
        #expect(one.waitUntilReady(1))
        let two = try bench.pool(ReplacementBench.changed.merging(["CACHING_INTERVAL_HOURS": "0.01"]) { $1 })
        #expect(bench.fewestServed(in: two, during: .seconds(590)) == 3)
        // The second has replaced the first one's DaemonSet, and the first has done nothing.
        #expect(cluster.deletedUIDs.count == 1)
        #expect(two.readyUsers == ["jane"])
        #expect(one.recorder.events(.unready).last?.reason == "Outdated")
        _ = await one.stop()
        #expect(bench.fewestServed(in: two, during: .seconds(3600)) == 3)
        #expect(cluster.daemonSets.count == 1)
        _ = await two.stop()
    }

    @Test("may be repaired twice in a row; the third time is a contest")
    func handEdits() async throws {
        // What is edited once in an interval is seen once in an interval.
        let pool = try bench.pool(["IMAGE_REFRESH_HOURS": "0", "WATCH_CLUSTERS": "0"])
        #expect(pool.waitUntilReady(1))
        // From a minute after a check on, there is one in each interval.
        cluster.resetCounts()
        #expect(pool.simulation.advance(upTo: .seconds(3800)) { cluster.counts[.get, default: 0] > 0 })
        pool.simulation.advance(by: .seconds(60))
        for round in 1...3 {
            cluster.interfere { $0.generation += 1 }
            pool.simulation.advance(by: .seconds(3600))
            #expect(pool.recorder.events(.failed).count == (round < 3 ? 0 : 1))
        }
        #expect(pool.recorder.events(.failed).first?.reason == "Conflict")
        _ = await pool.stop()
    }
}
