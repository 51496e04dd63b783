import Foundation
import PullerCore
import TestSupport
import Testing

@Suite("The plan")
struct ReconcilePlanTests {
    private let desired: DesiredDaemonSet
    private let now = Timestamp(seconds: 1_800_000_000)

    init() throws {
        desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
    }

    /// The right DaemonSet, ready on three nodes, created a while ago.
    private func right(age: Int = 60, _ change: (inout ObservedDaemonSet) -> Void = { _ in })
        -> ObservedDaemonSet
    {
        var status = ObservedDaemonSet.Status()
        status.observedGeneration = 1
        status.desired = 3
        status.scheduled = 3
        status.ready = 3
        var observed = ObservedDaemonSet(
            name: desired.baseName,
            uid: "uid-1",
            resourceVersion: "7",
            generation: 1,
            created: Timestamp(seconds: now.seconds - age),
            isTerminating: false,
            labels: [MetadataKey.installation: desired.identity.installationID],
            annotations: [MetadataKey.specHash: desired.specHash],
            selector: [:],
            status: status
        )
        change(&observed)
        return observed
    }

    private func plan(
        _ observed: ObservedDaemonSet?,
        memory: WorkerMemory = WorkerMemory(),
        serverTime: Timestamp? = nil
    ) -> ReconcilePlan {
        ReconcilePlan(
            desired: desired,
            observed: observed,
            memory: memory,
            serverTime: serverTime ?? now,
            refreshAge: .seconds(86400)
        )
    }

    @Test("keeps what is right, creates what is absent")
    func simple() {
        #expect(plan(right()) == .keep(Health(.ready, ready: 3, desired: 3)))
        #expect(plan(nil) == .create)
    }

    @Test("replaces another hash, a higher generation and what somebody deletes")
    func replaces() {
        #expect(plan(right { $0.annotations[MetadataKey.specHash] = "0" }) == .replace(.newConfiguration))
        #expect(plan(right { $0.annotations = [:] }) == .replace(.newConfiguration))
        #expect(plan(right { $0.generation = 2 }) == .replace(.edited))
        #expect(
            plan(
                right {
                    $0.isTerminating = true; $0.generation = 2
                }
            ) == .replace(.terminating)
        )
    }

    @Test("never touches a stranger's, not even one that is being deleted or has our hash")
    func strangers() {
        for observed in [
            right { $0.labels = [:] },
            right {
                $0.labels = ["app": "x"]; $0.isTerminating = true
            },
            right { $0.labels[MetadataKey.installation] = "another" },
        ] {
            guard case .refuse = plan(observed) else {
                Issue.record("\(observed) would be touched")
                continue
            }
        }
    }

    @Test("takes a Go puller's over once")
    func goPuller() {
        let theirs = right {
            $0.labels = [:]; $0.selector = ["test": "daemonset-test"]
        }
        #expect(plan(theirs) == .replace(.goPuller))
        var memory = WorkerMemory()
        memory.tookOverFromGoPuller = true
        guard case .refuse = plan(theirs, memory: memory) else {
            Issue.record("it would be taken over again")
            return
        }
    }

    @Test("does not take our own for a Go puller's whatever its selector says")
    func ownWithOldSelector() {
        #expect(
            plan(right { $0.selector = ["test": "daemonset-test"] })
                == .keep(Health(.ready, ready: 3, desired: 3))
        )
    }

    @Test("refreshes between the age and a tenth more, depending on the uid, by the server's clock alone")
    func refresh() {
        #expect(plan(right(age: 86399)) == .keep(Health(.ready, ready: 3, desired: 3)))
        #expect(plan(right(age: 86400 * 11 / 10)) == .replace(.refresh))
        let due = (0..<200).count { number in
            plan(right(age: 86400 * 105 / 100) { $0.uid = "uid-\(number)" }) == .replace(.refresh)
        }
        #expect((60...140).contains(due))
        // No clock, no refresh; a clock that is behind, no refresh.
        let old = right(age: 10 * 86400)
        #expect(
            ReconcilePlan(
                desired: desired,
                observed: old,
                memory: WorkerMemory(),
                serverTime: nil,
                refreshAge: .seconds(86400)
            ) == .keep(Health(.ready, ready: 3, desired: 3))
        )
        #expect(plan(old, serverTime: Timestamp(seconds: 0)) == .keep(Health(.ready, ready: 3, desired: 3)))
    }

    @Test("takes negative figures for none")
    func negativeFigures() throws {
        let json =
            #"{"kind":"DaemonSet","metadata":{"name":"a","uid":"b","resourceVersion":"1"},"#
            + #""status":{"desiredNumberScheduled":-1,"numberReady":-2147483648,"currentNumberScheduled":-1}}"#
        let observed = try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json.utf8))
        #expect(Health(of: observed) == Health(.noNodes, ready: 0, desired: 0))
    }

    @Test(
        "tells health by the figures",
        arguments: [
            (0, 3, 3, 3, Health.Condition.pending), (1, 0, 0, 0, .noNodes), (1, 3, 3, 3, .ready),
            (1, 3, 3, 2, .degraded), (1, 3, 0, 0, .podsRefused), (1, 75, 75, 74, .degraded),
        ]
    )
    func health(observedGeneration: Int, nodes: Int, scheduled: Int, ready: Int, condition: Health.Condition)
    {
        let health = Health(
            of: right {
                $0.status.observedGeneration = observedGeneration
                $0.status.desired = nodes
                $0.status.scheduled = scheduled
                $0.status.ready = ready
            }
        )
        #expect(health == Health(condition, ready: ready, desired: nodes))
    }

    @Test("is ill only below the share: half of the nodes is enough for 50 percent")
    func share() {
        #expect(!Health(.degraded, ready: 2, desired: 4).isBelow(percent: 50))
        #expect(Health(.degraded, ready: 1, desired: 3).isBelow(percent: 50))
        #expect(!Health(.podsRefused, ready: 0, desired: 3).isBelow(percent: 50))
        #expect(!Health(.degraded, ready: 0, desired: 3).isBelow(percent: 0))
    }
}
