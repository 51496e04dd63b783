import Testing

@testable import PullerCore

@Suite("Configuration")
struct ConfigurationTests {
    @Test("what is not set has the documented default")
    func defaults() throws {
        let configuration = try parse(Environments.fleet).get()
        let settings = configuration.daemonSet
        #expect(settings.name == "kubernetes-image-puller")
        #expect(settings.namespace == "k8s-image-puller")
        #expect(settings.installationID == "default")
        #expect(settings.resources.memoryRequest.text == "10Mi")
        #expect(settings.resources.memoryLimit.text == "20Mi")
        #expect(settings.resources.cpuRequest.text == ".05")
        #expect(settings.resources.cpuLimit.text == ".2")
        #expect(settings.placement.nodeSelector.isEmpty)
        let schedule = configuration.schedule
        #expect(schedule.interval == .seconds(3_600))
        #expect(schedule.refreshAge == .seconds(24 * 3_600))
        #expect(schedule.minReadyPercent == 50)
        #expect(schedule.maxConcurrentRollouts == 100)
        #expect(schedule.maxConcurrentRequests == 128)
        #expect(schedule.transportSessions == .auto)
        #expect(schedule.startSpread == .zero)
        #expect(schedule.requestTimeout == .seconds(30))
        #expect(schedule.replacement.rolloutTimeout == .seconds(600))
        #expect(schedule.replacement.overlap == .untilReady)
        #expect(schedule.replacement.maxUnavailable == .nodes(0))
        #expect(schedule.backoff == Backoff(initial: .seconds(1), maximum: .seconds(300)))
        #expect(configuration.exit.action == .keep)
        #expect(configuration.exit.grace == .seconds(20))
        #expect(configuration.log.format == .text)
        #expect(configuration.log.level == .info)
        #expect(configuration.caBundleFile == nil)
    }

    @Test("what is set is taken")
    func given() throws {
        let configuration = try parse(
            Environments.fleet,
            [
                "DAEMONSET_NAME": "cache.team-a", "NAMESPACE": "team-a", "INSTALLATION_ID": "Team_A.1",
                "CACHING_INTERVAL_HOURS": "0.1", "IMAGE_REFRESH_HOURS": "0", "MIN_READY_PERCENT": "100",
                "MAX_CONCURRENT_ROLLOUTS": "7", "MAX_CONCURRENT_REQUESTS": "8",
                "TRANSPORT_SESSIONS": "3", "WATCH_CLUSTERS": "9",
                "START_SPREAD_SECONDS": "2.5", "REQUEST_TIMEOUT_SECONDS": "3",
                "ROLLOUT_TIMEOUT_SECONDS": "4", "ROLLOUT_OVERLAP": "90s", "ROLLOUT_MAX_UNAVAILABLE": "10%",
                "BACKOFF_INITIAL_SECONDS": ".25", "BACKOFF_MAX_SECONDS": "5",
                "ON_EXIT": "delete", "EXIT_GRACE_SECONDS": "6", "LOG_FORMAT": "json",
                "LOG_LEVEL": "debug",
                "NODE_SELECTOR": #"{"disktype": "ssd", "example.com/pool": ""}"#,
                "CA_BUNDLE_FILE": "/ca.pem",
            ],
            files: ["/ca.pem": "# ours\n" + Environments.certificate]
        ).get()
        #expect(configuration.daemonSet.name == "cache.team-a")
        #expect(configuration.daemonSet.namespace == "team-a")
        #expect(configuration.daemonSet.installationID == "Team_A.1")
        #expect(
            configuration.daemonSet.placement.nodeSelector == ["disktype": "ssd", "example.com/pool": ""]
        )
        #expect(
            configuration.schedule
                == Schedule(
                    interval: .seconds(360),
                    startSpread: .milliseconds(2_500),
                    requestTimeout: .seconds(3),
                    replacement: ReplacementPolicy(
                        overlap: .atMost(.seconds(90)),
                        rolloutTimeout: .seconds(4),
                        maxUnavailable: .percent(10)
                    ),
                    backoff: Backoff(initial: .milliseconds(250), maximum: .seconds(5)),
                    refreshAge: nil,
                    minReadyPercent: 100,
                    maxConcurrentRollouts: 7,
                    maxConcurrentRequests: 8,
                    transportSessions: .fixed(3),
                    watchClusters: 9
                )
        )
        #expect(configuration.exit.action == .delete)
        #expect(configuration.exit.grace == .seconds(6))
        #expect(configuration.log.format == .json)
        #expect(configuration.log.level == .debug)
        #expect(configuration.caBundleFile == "/ca.pem")
    }

    @Test("the Go puller's configuration for many clusters is accepted unchanged")
    func shippedFleet() throws {
        let configuration = try parse([
            "CACHING_INTERVAL_HOURS": "1",
            "OPENSHIFT_PROXY_URL": "https://osoproxy.prod-preview.openshift.io",
            "OIDC_PROVIDER": "https://auth.prod-preview.openshift.io/api",
            "NAMESPACE": "k8s-image-puller",
            "IMPERSONATE_USERS": "osio-ci-ee3-preview",
            "CACHING_MEMORY_REQUEST": "1Mi",
            "CACHING_MEMORY_LIMIT": "5Mi",
            "NODE_SELECTOR": "{}",
            "DAEMONSET_NAME": "kubernetes-image-puller",
            "IMAGES": Self.shippedImages,
            "SERVICE_ACCOUNT_ID": "an-id",
            "SERVICE_ACCOUNT_SECRET": "a-secret",
        ]).get()
        let fleet = try #require(configuration.fleet)
        #expect(fleet.users == ["osio-ci-ee3-preview"])
        #expect(fleet.proxy.baseURL(for: "anyone") == "https://osoproxy.prod-preview.openshift.io")
        #expect(fleet.proxy.sendsImpersonationHeader)
        guard case .clientCredentials(let client) = fleet.credential else {
            Issue.record("not client credentials")
            return
        }
        #expect(client.tokenURL == "https://auth.prod-preview.openshift.io/api/token")
        #expect(client.id == .value(Secret("an-id")))
        #expect(client.secret == .value(Secret("a-secret")))
        #expect(client.authentication == .post)
        #expect(client.scope == nil && client.audience == nil)
        #expect(
            configuration.daemonSet.images.map(\.name) == ["che-theia", "java-plugin-runner", "java11-maven"]
        )
    }

    @Test("the Go puller's configuration for one cluster is accepted unchanged")
    func shippedSingle() throws {
        let configuration = try parse(
            [
                "CACHING_INTERVAL_HOURS": "1",
                "MULTICLUSTER": "false",
                "OPENSHIFT_PROXY_URL": "ignored",
                "OIDC_PROVIDER": "ignored",
                "IMPERSONATE_USERS": "ignored",
                "SERVICE_ACCOUNT_ID": "ignored",
                "SERVICE_ACCOUNT_SECRET": "ignored",
                "NAMESPACE": "k8s-image-puller",
                "CACHING_MEMORY_REQUEST": "1Mi",
                "CACHING_MEMORY_LIMIT": "5Mi",
                "NODE_SELECTOR": "{}",
                "DAEMONSET_NAME": "kubernetes-image-puller",
                "IMAGES": Self.shippedImages,
                "KUBERNETES_SERVICE_HOST": "172.30.0.1",
                "KUBERNETES_SERVICE_PORT": "443",
            ],
            files: Environments.podFiles
        ).get()
        #expect(configuration.single?.apiURL == "https://172.30.0.1:443")
    }

    @Test(
        "every spelling of a truth value that Go knows chooses the mode, in any case",
        arguments: [
            ("1", true), ("t", true), ("T", true), ("TRUE", true), ("true", true), ("True", true),
            ("0", false), ("f", false), ("F", false), ("FALSE", false), ("false", false), ("False", false),
            ("tRUE", true),
        ]
    )
    func multicluster(text: String, isFleet: Bool) throws {
        let both = Environments.fleet.merging(Environments.single) { $1 }
        let configuration = try parse(both, ["MULTICLUSTER": text]).get()
        #expect((configuration.fleet != nil) == isFleet)
    }

    @Test(
        "an overlap is until the successor is ready, or a duration with its units",
        arguments: [
            ("until-ready", .untilReady), ("0s", .atMost(.zero)), ("90s", .atMost(.seconds(90))),
            ("1h30m", .atMost(.seconds(5_400))), ("1.5m", .atMost(.seconds(90))),
        ] as [(String, ReplacementPolicy.Overlap)]
    )
    func overlap(text: String, overlap: ReplacementPolicy.Overlap) throws {
        #expect(
            try parse(Environments.fleet, ["ROLLOUT_OVERLAP": text]).get().schedule.replacement.overlap
                == overlap
        )
    }

    @Test(
        "nodes that a successor may lack are a number, or a share of those that are served, rounded down",
        arguments: [
            ("0", .nodes(0), 0), ("7", .nodes(7), 7), ("0%", .percent(0), 0), ("10%", .percent(10), 1),
            ("100%", .percent(100), 19),
        ] as [(String, ReplacementPolicy.MaxUnavailable, Int)]
    )
    func maxUnavailable(text: String, count: ReplacementPolicy.MaxUnavailable, ofNineteen: Int) throws {
        let policy = try parse(Environments.fleet, ["ROLLOUT_MAX_UNAVAILABLE": text]).get().schedule
            .replacement
        #expect(policy.maxUnavailable == count)
        #expect(count.nodes(of: 19) == ofNineteen)
    }

    @Test("a DaemonSet's name may have 241 characters: its alternate is longer, and Kubernetes allows 253")
    func longestName() throws {
        let longest = String(repeating: "a", count: 241)
        #expect(try parse(Environments.fleet, ["DAEMONSET_NAME": longest]).get().daemonSet.name == longest)
        #expect(longest.utf8.count + PlacementID.longestSuffix <= 253)
        #expect(problems(Environments.fleet, ["DAEMONSET_NAME": longest + "a"]).count == 1)
    }

    @Test("what a DaemonSet looks like can be read without any cluster")
    func daemonSetAlone() throws {
        let settings = try DaemonSetSettings.parse(environment: ["IMAGES": "a=b"]).get()
        #expect(settings.images.map(\.name) == ["a"])
        #expect(throws: ConfigurationProblems.self) { try DaemonSetSettings.parse(environment: [:]).get() }
    }

    /// A folded YAML block: one line, with a line feed at the end.
    private static let shippedImages = """
        java11-maven=quay.io/eclipse/che-java11-maven:nightly; che-theia=eclipse/che-theia:7.0.0; \
        java-plugin-runner=eclipse/che-remote-plugin-runner-java8:7.0.0;

        """
}
