import KubernetesAPI
import PullerCore

@testable import Operations
@testable import WorkerPool

/// What the examples of docs/api.md are made of.
enum APISamples {
    private static func ago(_ seconds: Int) -> Duration { .seconds(10_000 - seconds) }

    static let fleet: FleetSummary = {
        var fleet = FleetSummary()
        fleet.revision = 1234
        fleet.clusters = [.failing: 10, .unready: 3, .waiting: 7, .ready: 480]
        fleet.reasons = [
            .init(state: .failing, reason: "Unreachable", clusters: 10, since: ago(420)),
            .init(state: .unready, reason: "ImageFault", clusters: 3, since: ago(3000)),
        ]
        fleet.stuck = 1
        fleet.inBackoff = 10
        fleet.faults = [
            PoolEvent.SharedFault(
                phase: .lasts,
                reason: "Unreachable",
                isFailing: true,
                text: "connect to proxy.example.com: no route to host",
                share: .init(clusters: 10, all: 500, users: "alice, bob and 8 others"),
                age: .seconds(420)
            )
        ]
        fleet.files = [
            .init(
                kind: .users,
                path: "/etc/puller/users",
                isBraked: true,
                message: "would remove 300 of 500 users"
            )
        ]
        fleet.images = [
            .init(image: image("java", "quay.io/example/java:1", present: 1400, pulling: 4), clusters: 490)
        ]
        fleet.pulls = [
            .init(
                name: "java",
                reference: "quay.io/example/java:1",
                nodes: 1390,
                total: .milliseconds(1390 * 23_417),
                longest: .milliseconds(61_250)
            )
        ]
        return fleet
    }()

    static let status: PoolStatus = {
        var status = SamplePool(
            token: TokenFigures(
                successes: 3,
                failures: 1,
                fetched: ago(1800),
                expires: ago(-1800),
                failure: Failure(.tokenUnavailable, "auth.example.com answered 503")
            )
        ).status
        status.startedAt = ago(9000)
        return status
    }()

    static let page = ClusterPage(
        revision: 1234,
        clusters: [alice, bob],
        removed: ["carol"].map(ClusterID.user),
        isReset: false,
        total: 500,
        matching: 13,
        next: ClusterQuery.Place(state: .unready, id: .user("bob"))
    )

    static let detail = ClusterDetail(
        status: bob,
        daemonSets: [
            DaemonSetFigures(
                name: "kubernetes-image-puller",
                health: Health(.degraded, ready: 2, desired: 3),
                isBeside: false
            ),
            DaemonSetFigures(
                name: "kubernetes-image-puller-b",
                health: Health(.ready, ready: 3, desired: 3),
                isBeside: true
            ),
        ],
        replacements: ["Refresh": 2],
        images: [image("java", "quay.io/example/java:1", present: 2, failing: 1)],
        pulls: PullTimes(
            images: [
                .init(
                    name: "java",
                    reference: "quay.io/example/java:1",
                    nodes: 2,
                    total: .milliseconds(42_001),
                    longest: .seconds(22),
                    bytes: 184_549_376
                )
            ],
            wanted: 1,
            nodes: 2,
            coldStart: .init(nodes: 2, total: .milliseconds(42_001), longest: .seconds(22))
        ),
        problems: [
            PodReport.Problem(
                image: PodImages.Image(name: "java", reference: "quay.io/example/java:1"),
                reason: "ErrImagePull",
                cause: "not found",
                fault: .image,
                nodes: 1
            )
        ],
        history: [
            HistoryEntry(
                time: ago(3000),
                cluster: .user("bob"),
                event: .unready,
                level: .warning,
                reason: "ImageFault",
                message: "2 of 3 nodes ready"
            )
        ]
    )

    private static let alice: ClusterStatus = {
        var status = ClusterStatus(.user("alice"), since: ago(420))
        status.state = .failing
        status.reason = "Unreachable"
        status.message = "connect to proxy.example.com: no route to host"
        status.health = Health(.ready, ready: 3, desired: 3)
        status.lastCheck = ago(60)
        status.lastSuccess = ago(4000)
        status.nextCheck = ago(-120)
        status.failures = 4
        return status
    }()

    private static let bob: ClusterStatus = {
        var status = ClusterStatus(.user("bob"), since: ago(3000))
        status.state = .unready
        status.reason = "ImageFault"
        status.message = "2 of 3 nodes ready"
        status.activity = .rollingOut
        status.health = Health(.degraded, ready: 2, desired: 3)
        status.lastCheck = ago(600)
        status.nextCheck = ago(-3000)
        status.coldStart = .microseconds(21_000_500)
        status.isStuck = true
        return status
    }()

    private static func image(
        _ name: String,
        _ reference: String,
        present: Int,
        pulling: Int = 0,
        failing: Int = 0
    ) -> PodReport.Image {
        var image = PodReport.Image(name: name, reference: reference)
        image.present = present
        image.pulling = pulling
        image.failing = failing
        return image
    }
}

extension APISamples {
    /// The fleet while another image is being rolled out under a name: figures of both.
    static var fleetWithOldImage: FleetSummary {
        var fleet = fleet
        let old = FleetSummary.ImageNodes(
            image: image("java", "quay.io/example/java:0", present: 7),
            clusters: 1
        )
        fleet.images.insert(old, at: 0)
        return fleet
    }
}
