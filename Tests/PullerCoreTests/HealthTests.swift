import Foundation
import PullerCore
import TestSupport
import Testing

@Suite("The health of a DaemonSet")
struct HealthTests {
    @Test(
        "follows from the figures of its status",
        arguments: [
            (0, 3, 3, 3, Health.Condition.pending), (1, 0, 0, 0, .noNodes), (1, 3, 3, 3, .ready),
            (1, 3, 3, 2, .degraded), (1, 3, 0, 0, .podsRefused), (1, 75, 75, 74, .degraded),
        ]
    )
    func figures(observedGeneration: Int, nodes: Int, scheduled: Int, ready: Int, condition: Health.Condition)
        throws
    {
        let desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
        let observed = Observed.right(desired) {
            $0.status.observedGeneration = observedGeneration
            $0.status.desired = nodes
            $0.status.scheduled = scheduled
            $0.status.ready = ready
        }
        #expect(Health(of: observed) == Health(condition, ready: ready, desired: nodes))
    }

    @Test("is unhealthy only below the share: half of the nodes is enough for 50 percent")
    func share() {
        #expect(!Health(.degraded, ready: 2, desired: 4).isBelow(percent: 50))
        #expect(Health(.degraded, ready: 1, desired: 3).isBelow(percent: 50))
        #expect(!Health(.podsRefused, ready: 0, desired: 3).isBelow(percent: 50))
        #expect(!Health(.degraded, ready: 0, desired: 3).isBelow(percent: 0))
    }

    @Test("reads negative numbers as zero")
    func negativeFigures() throws {
        let json =
            #"{"kind":"DaemonSet","metadata":{"name":"a","uid":"b","resourceVersion":"1"},"#
            + #""status":{"desiredNumberScheduled":-1,"numberReady":-2147483648,"currentNumberScheduled":-1}}"#
        let observed = try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(json.utf8))
        #expect(Health(of: observed) == Health(.noNodes, ready: 0, desired: 0))
    }
}
