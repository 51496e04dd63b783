import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A watch")
struct ClusterClientWatchTests {
    private func created(_ bench: FleetBench) async throws -> ObservedDaemonSet {
        guard
            case .created(let created) = try await bench.client().create(
                bench.desired.body(),
                name: bench.desired.baseName
            )
        else {
            throw Failure(.conflict, "not created")
        }
        return created
    }

    /// Watches until `count` events have come, or the watch ends.
    private func events(_ bench: FleetBench, from version: String, count: Int = 100, seconds: Int = 20)
        async throws
        -> [WatchEvent]
    {
        let events = Recorded<WatchEvent>()
        try await bench.client().watch(bench.desired.baseName, from: version, seconds: seconds) {
            events.add($0)
            return events.count < count
        }
        return events.all
    }

    @Test("reports each step of a rollout, and the deletion of the object")
    func rollout() async throws {
        let bench = try FleetBench()
        let created = try await created(bench)
        let events = Recorded<WatchEvent>()
        try await bench.client().watch(bench.desired.baseName, from: created.resourceVersion, seconds: 20) {
            event in
            events.add(event)
            switch event {
            case .present(let observed):
                if Health(of: observed).isReady {
                    _ = try? await bench.delete(created.uid)
                }
                return true
            case .deleted, .expired: return false
            case .caughtUp: return true
            }
        }
        #expect(events.all.last == .deleted(uid: created.uid))
        #expect(events.count > 2)
    }

    @Test(
        "ends without a failure when the server closes it, sends an error, or sends something that is no event",
        arguments: [
            "closeWatch", "expiredWatch", "malformed",
        ]
    )
    func ends(kind: String) async throws {
        let bench = try FleetBench()
        let created = try await created(bench)
        try bench.fault(["kind": .string(kind), "verbs": ["watch"]])
        _ = try await events(bench, from: created.resourceVersion)
        #expect(await eventually { bench.transport.exchangesInFlight == 0 })
    }

    @Test("that is cut in the middle of a line fails as unreachable")
    func cut() async throws {
        let bench = try FleetBench()
        let created = try await created(bench)
        try bench.fault(["kind": "cutWatch", "verbs": ["watch"], "afterMs": 50])
        let client = bench.client()
        let failure = await failure { () async throws(Failure) in
            try await client.watch(bench.desired.baseName, from: created.resourceVersion, seconds: 20) { _ in
                true
            }
        }
        #expect(failure?.reason == .unreachable)
        #expect(await eventually { bench.transport.exchangesInFlight == 0 })
    }

    @Test("that never ends is cut off by the client")
    func silent() async throws {
        let bench = try FleetBench()
        try bench.fault(["kind": "silentWatch"])
        let client = bench.client()
        let failure = await failure { () async throws(Failure) in
            // A second, and three more.
            try await client.watch(bench.desired.baseName, from: "1", seconds: 1) { _ in true }
        }
        #expect(failure?.reason == .timeout)
        #expect(await eventually { bench.transport.exchangesInFlight == 0 })
    }

    @Test("tells of bookmarks, and ignores unknown types and other objects")
    func passesOver() async throws {
        let object = { (name: String) in
            "{\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"\(name)\",\"uid\":\"u\",\"resourceVersion\":\"7\"}}"
        }
        let lines = [
            "{\"type\":\"BOOKMARK\",\"object\":\(object("puller"))}", "{\"type\":\"LATER\",\"object\":{}}",
            "{\"type\":\"ADDED\",\"object\":\(object("other"))}",
            "{\"type\":\"DELETED\",\"object\":\(object("puller"))}",
            "{\"type\":\"ERROR\",\"object\":{}}", "{\"type\":\"ADDED\",\"object\":\(object("puller"))}",
        ]
        // One byte at a time: a proxy may cut anywhere.
        let wire = try Wire { _, responder in
            responder.start(Answer(status: 200))
            for byte in lines.joined(separator: "\n").utf8 { responder.write([byte]) }
            responder.finish()
        }
        let client = ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: nil,
            answerLimit: 1 << 20
        )
        let events = Recorded<WatchEvent>()
        try await client.watch("puller", from: "1", seconds: 20) {
            events.add($0)
            return true
        }
        #expect(events.all == [.caughtUp(resourceVersion: "7"), .deleted(uid: "u")])
    }

    @Test("fails as too large if a line is longer than any valid one")
    func longLine() async throws {
        let wire = try Wire { _, responder in
            responder.start(Answer(status: 200))
            // More than a line may have, and less than may wait.
            let left = Guarded(24)
            responder.produce {
                left.with { left -> [UInt8]? in
                    left -= 1
                    return left < 0 ? nil : [UInt8](repeating: 120, count: 65_536)
                }
            }
        }
        let client = ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: nil,
            answerLimit: 1 << 20
        )
        let failure = await failure { () async throws(Failure) in
            try await client.watch("puller", from: "1", seconds: 20) { _ in true }
        }
        #expect(failure?.reason == .responseTooLarge)
        #expect(failure?.message.contains("line of the watch") == true)
        #expect(await wire.isIdle())
    }
}
