import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("The four verbs and the optional reads behave as specified")
struct ConformanceTests {
    @Test("in memory, on simulated time", arguments: DaemonSetAPIConformance.all)
    func inMemory(rule: DaemonSetAPIConformance) throws {
        let simulation = Simulation()
        let desired = DesiredDaemonSet(try Configuration.sample().daemonSet)
        let cluster = InMemoryCluster(
            name: desired.baseName,
            clock: simulation.clock
        )
        let subject = DaemonSetAPIConformance.Subject(
            api: cluster,
            desired: desired,
            clock: simulation.clock,
            patience: .seconds(10),
            holdBack: { cluster.set { $0.readyAfter = [.seconds(1_000_000)] } },
            makeReady: { cluster.set { $0.readyAfter = [.zero] } },
            delete: { cluster.interfereByDeleting() },
            edit: { cluster.interfere { $0.generation += 1 } },
            terminate: { cluster.interfere { $0.isTerminating = true } },
            setFinalizers: { names in
                if names.isEmpty { return cluster.releaseFinalizers(desired.baseName) }
                cluster.interfere(desired.baseName) { $0.finalizers = names }
            },
            allowReads: { isAllowed in cluster.set { $0.allowsReads = isAllowed } },
            createDeployment: { name in
                cluster.set { $0.deployments = [name: "uid-of-\(name)"] }
                return "uid-of-\(name)"
            }
        )
        let outcome = Recorded<String>()
        _ = simulation.start {
            do {
                try await rule.run(subject)
                outcome.add("")
            } catch {
                outcome.add("\(error)")
            }
        }
        #expect(simulation.advance(upTo: .seconds(100)) { outcome.count == 1 })
        #expect(outcome.all == [""])
    }

    @Test("over HTTP, with the simulated fleet", arguments: DaemonSetAPIConformance.all)
    func mockFleet(rule: DaemonSetAPIConformance) async throws {
        let bench = try FleetBench()
        let subject = DaemonSetAPIConformance.Subject(
            api: bench.client(),
            desired: bench.desired,
            clock: .system(),
            patience: .seconds(20),
            holdBack: { try bench.set(["nodes": "held"]) },
            makeReady: { try bench.set(["nodes": "ok", "stuckForeground": false]) },
            delete: { try bench.act(["action": "deleteDaemonSet"]) },
            edit: { try bench.act(["action": "editDaemonSet"]) },
            terminate: {
                try bench.set(["stuckForeground": true])
                try bench.act(["action": "deleteDaemonSet", "foreground": true])
            },
            setFinalizers: { names in
                let list = JSON.array(names.map { .string($0) })
                try bench.act(["action": "setFinalizers", "finalizers": list])
            },
            allowReads: {
                try bench.set(["podsReadable": .bool($0), "deploymentsReadable": .bool($0)])
            },
            createDeployment: { name in
                try bench.set(["deployments": .object([name: .string("uid-of-\(name)")])])
                return "uid-of-\(name)"
            }
        )
        try await rule.run(subject)
    }
}
