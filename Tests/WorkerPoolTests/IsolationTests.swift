import KubernetesAPI
import PullerCore
import TestSupport
import Testing
import WorkerPool

/// Something that is wrong with one cluster for hours.
struct LastingFault: Sendable, CustomTestStringConvertible {
    let name: String
    /// The reason that is reported for it in the end; `nil` when nothing is.
    let reason: String?
    var settings: @Sendable (inout InMemoryCluster.Settings) -> Void = { _ in }
    /// What another client does there every ten seconds.
    var interference: (@Sendable (InMemoryCluster) -> Void)?

    /// The limit for the user's own requests in three and a half hours. With failures they are 150 seconds
    /// apart on average, at the cap of 300: 80 rounds.
    var mostRequests = 150

    var testDescription: String { name }

    static let all = failures + healths + interferences

    private static let failures =
        FailureReason.allCases.filter { $0 != .cancelled }.map { reason in
            LastingFault(name: "every request fails: \(reason.rawValue)", reason: reason.rawValue) {
                $0.fault = { (_, _) throws(Failure) in throw Failure(reason, "as asked for") }
            }
        } + [
            LastingFault(name: "silence", reason: nil) { $0.latency = .seconds(1_000_000) },
            LastingFault(name: "watches that end at once", reason: nil) { $0.watchLife = .zero },
        ]

    private static let stuck = Duration.seconds(1_000_000)

    private static let healths = [
        LastingFault(name: "no nodes", reason: "NoNodes") { $0.readyAfter = [] },
        LastingFault(name: "pods refused", reason: "PodsRefused") { $0.refusesPods = true },
        LastingFault(name: "a controller that never looks", reason: "Pending") { $0.observedAfter = stuck },
        LastingFault(name: "3 of 5", reason: "Degraded") {
            $0.readyAfter = [.zero, .zero, .zero, stuck, stuck]
        },
        LastingFault(name: "1 of 5", reason: "Degraded") {
            $0.readyAfter = [.zero, stuck, stuck, stuck, stuck]
        },
    ]

    private static let interferences = [
        LastingFault(
            name: "another client that edits it",
            reason: "Conflict",
            interference: { if $0.daemonSet != nil { $0.interfere { $0.generation = 2 } } }
        ),
        LastingFault(
            name: "another client that deletes it while it rolls out",
            reason: "Recreated",
            settings: { $0.readyAfter = [.seconds(15)] },
            interference: { $0.interfereByDeleting() },
            // Each round creates twice, and looks and watches in between.
            mostRequests: 150 * 7
        ),
        LastingFault(
            name: "a Go puller that puts its own back",
            reason: "Conflict",
            interference: { cluster in
                guard cluster.daemonSet?.selector != ["test": "daemonset-test"] else { return }
                cluster.interfereByDeleting()
                cluster.interfere {
                    $0.labels = ["test": "daemonset-test"]
                    $0.selector = ["test": "daemonset-test"]
                }
            }
        ),
    ]
}

@Suite("One user's fault, for hours")
struct IsolationTests {
    private static let users = (1...200).map { "user-\($0)" }
    private static let faulty = "user-100"
    /// Times at which each cluster that is well has had two, three and four rounds.
    private static let checkpoints = [3850, 7450, 11_050].map { Duration.seconds($0) }

    private static func run(_ fault: LastingFault?) async throws
        -> (pool: PoolHarness, requests: [[String: [InMemoryCluster.Verb: Int]]])
    {
        let clusters = try PoolHarness.Clusters()
        if let fault { clusters[faulty].set(fault.settings) }
        let pool = try PoolHarness(users: users, clusters: clusters)
        if let interference = fault?.interference {
            let clock = pool.simulation.clock
            _ = pool.simulation.start {
                for _ in 0..<2000 {
                    try? await clock.sleep(.seconds(10))
                    interference(clusters[faulty])
                }
            }
        }
        var requests: [[String: [InMemoryCluster.Verb: Int]]] = []
        for time in checkpoints {
            pool.simulation.advance(by: time - pool.simulation.now)
            requests.append(
                Dictionary(uniqueKeysWithValues: users.filter { $0 != faulty }.map { ($0, pool[$0].counts) })
            )
        }
        return (pool, requests)
    }

    private static let faultless = Task { try await run(nil).requests }

    @Test("changes neither the requests nor the intervals of 199 others", arguments: LastingFault.all)
    func changesNothing(fault: LastingFault) async throws {
        let faultless = try await Self.faultless.value
        let (pool, requests) = try await Self.run(fault)
        for (number, (with, without)) in zip(requests, faultless).enumerated() {
            let different = Self.users.filter { with[$0] != without[$0] }
            #expect(different == [], "after round \(number + 2)")
            // The first look is one under each name.
            #expect(with["user-1"]?[.get] == number + 3)
        }
        #expect(pool.readyUsers.subtracting([Self.faulty]).count == 199)

        // The failing cluster is reported, and is asked at growing intervals.
        let reasons = pool.recorder.events(user: Self.faulty).compactMap(\.reason)
        if let reason = fault.reason {
            #expect(reasons.contains(reason))
        } else {
            #expect(!pool.recorder.events(user: Self.faulty).contains { $0.kind == .failed })
        }
        #expect(
            pool[Self.faulty].counts.values.reduce(0, +) < fault.mostRequests,
            "\(pool[Self.faulty].counts)"
        )
        _ = await pool.stop()
    }
}

extension EventRecorder {
    /// All that was said about a user.
    func events(user: String) -> [PoolEvent] { events.filter { $0.user == user } }
}
