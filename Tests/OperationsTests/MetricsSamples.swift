import KubernetesAPI
import PullerCore

@testable import Operations
@testable import WorkerPool

/// Pages of metrics for tests.
enum MetricsSamples {
    /// Three clusters, and a bit of everything.
    static var small: MetricsPage {
        get throws {
            var summary = FleetSummary()
            summary.clusters = [.ready: 1, .failing: 2, .waiting: 1]
            summary.reasons = [
                .init(state: .failing, reason: "Unreachable", clusters: 2, since: .seconds(10))
            ]
            summary.inBackoff = 2
            summary.stuck = 1
            summary.faults = [
                fault("Unreachable", clusters: 2), fault("Unreachable", clusters: 3),
                fault("Timeout", clusters: 4),
            ]
            summary.files = [.init(kind: .users, path: "/u", isBraked: true, message: "too many")]
            var image = PodReport.Image(name: "java", reference: "quay.io/java:1")
            image.present = 3
            image.failing = 1
            var other = PodReport.Image(name: "java", reference: "quay.io/java:2")
            other.present = 2
            summary.images = [.init(image: image, clusters: 1), .init(image: other, clusters: 1)]

            var page = MetricsPage(
                version: "1.2.3",
                interval: .seconds(3600),
                summary: summary,
                requests: GateFigures(inside: 3, overdue: 1, waiting: 7, capacity: 100),
                rollouts: GateFigures(inside: 5, overdue: 0, waiting: 2, capacity: 25),
                times: BoardTimes(wall: 1_700_001_000.2, clock: .seconds(1000))
            )
            for seconds in [0.5, 1, 2.5, 2000] { page.counters.take(failedRound(.seconds(seconds))) }
            for reason in [ReplaceReason.edited, .newConfiguration] {
                page.counters.take(PoolEvent(.created(name: "a", beside: reason)))
            }
            for times in [pulls("java:1", "go:1"), pulls("java:1"), pulls("java:2")] {
                page.counters.take(PoolEvent(.pulled(times)))
            }
            page.sent.requests = [
                .init(.get, status: 200): 12, .init(.get, failure: .timeout): 1,
                .init(.watch, status: 200): 2,
            ]
            page.sent.durations[.get] = {
                var histogram = Histogram(bounds: RequestMeter.bounds)
                histogram.record(.milliseconds(20))
                histogram.record(.seconds(61))
                return histogram
            }()
            page.token = TokenFigures(
                successes: 2,
                failures: 1,
                fetched: .seconds(900),
                expires: .seconds(1200),
                failure: nil
            )
            page.files = [.users, .images]
            page.linesDropped = 6
            page.process = process
            page.clusters = clusters
            return page
        }
    }

    private static var process: ProcessFigures? {
        let stat = "7 (kip) S 1 42 42 0 -1 4194560 5000 0 3 0 1234 66 0 0 20 0 9 0 50025 123456789 2048 1"
        let machine = ProcessFigures.Machine(stat: "btime 1700000000\n", ticksPerSecond: 100, pageBytes: 4096)
        var process = machine.flatMap { ProcessFigures(stat: stat, on: $0) }
        process?.openFiles = 20
        process?.mostOpenFiles = 1024
        return process
    }

    private static var clusters: [ClusterFigures] {
        var bob = ClusterStatus(.user("bob"), since: .seconds(10))
        bob.state = .failing
        bob.reason = "Unreachable"
        bob.health = Health(.degraded, ready: 1, desired: 3)
        bob.lastSuccess = .seconds(500)
        bob.failures = 4
        bob.isStuck = true
        var alice = ClusterStatus(.user(#"al\i"ce"#), since: .seconds(20))
        alice.state = .ready
        alice.health = Health(.ready, ready: 2, desired: 2)
        alice.lastSuccess = .seconds(1000)
        return [
            ClusterFigures(
                status: bob,
                replacements: [.init(reason: "Drift", count: 2), .init(reason: "Refresh", count: 1)]
            ),
            ClusterFigures(status: alice, replacements: []),
            ClusterFigures(status: ClusterStatus(.user("carl"), since: .zero), replacements: []),
        ]
    }

    private static func failedRound(_ duration: Duration) -> PoolEvent {
        PoolEvent(
            .round(
                PoolEvent.RoundReport(
                    outcome: .failed(Failure(.timeout, "no")),
                    baseName: "a",
                    duration: duration,
                    nextCheck: .zero
                )
            )
        )
    }

    /// How long images took: `java:1` 40.5 s on two nodes, `java:2` 20.25 s on one, any other one 12 s on one.
    private static func pulls(_ images: String...) -> PullTimes {
        PullTimes(
            images: images.map { image in
                let name = String(image.prefix { $0 != ":" })
                let (nodes, total) =
                    switch image {
                    case "java:1": (2, 40_500)
                    case "java:2": (1, 20_250)
                    default: (1, 12_000)
                    }
                return .init(
                    name: name,
                    reference: "quay.io/\(image)",
                    nodes: nodes,
                    total: .milliseconds(total),
                    longest: .seconds(30)
                )
            },
            wanted: images.count,
            nodes: 2
        )
    }

    private static func fault(_ reason: String, clusters: Int) -> PoolEvent.SharedFault {
        PoolEvent.SharedFault(
            phase: .lasts,
            reason: reason,
            isFailing: true,
            text: "no",
            share: .init(clusters: clusters, all: 4, users: ""),
            age: .seconds(5)
        )
    }
}

extension MetricsSamples {
    /// Names that a configuration allows, with all that could be mistaken for a part of the format.
    static let hostileNames = [
        #"a"} 1"#, #"\"#, #"\\"#, #"\n"#, #"""#, "{}", "a=b,c=\"d\"", "# EOF", "#", "a b", "*/*", "%0A",
        "$(id)", "`id`",
        "'", String(repeating: "x", count: 1024), "image_puller_clusters 1", "NaN", "+Inf", "<script>", "~",
    ]

    /// So many clusters with all that there may be to say of each.
    static func many(_ count: Int) -> [ClusterFigures] {
        (0..<count).map { number in
            var status = ClusterStatus(.user("user-\(number)"), since: .zero)
            status.state = number % 3 == 0 ? .failing : .ready
            status.reason = number % 3 == 0 ? "Unreachable" : nil
            status.health = Health(.ready, ready: number, desired: number)
            status.lastSuccess = .seconds(number)
            return ClusterFigures(
                status: status,
                replacements: [.init(reason: "Refresh", count: number), .init(reason: "Drift", count: 1)]
            )
        }
    }
}
