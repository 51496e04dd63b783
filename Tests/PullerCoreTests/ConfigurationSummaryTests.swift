import PullerCore
import Testing

@Suite("Configuration summary")
struct ConfigurationSummaryTests {
    @Test(
        "the lines are an environment that leads to the same configuration",
        arguments: [
            (Environments.fleet, [:]),
            (
                Environments.fleet,
                [
                    "CACHING_INTERVAL_HOURS": "0.001", "IMAGE_REFRESH_HOURS": "0",
                    "NODE_SELECTOR": #"{"b":"c","a":""}"#,
                    "IMAGES": "b=registry:5000/b:1;a=a@sha256:" + String(repeating: "0a", count: 32),
                    "BACKOFF_INITIAL_SECONDS": ".125", "START_SPREAD_SECONDS": "0.000000001",
                    "IMPERSONATE_USERS": ##""a b, c", d, "cn=e\\f\"g", "#h""##,
                    "IMPERSONATE_USERS_FILE": "/u", "OIDC_SCOPE": "x y", "OIDC_AUDIENCE": "z",
                    "OPENSHIFT_PROXY_URL": "https://p/{user}", "ON_EXIT": "delete", "LOG_LEVEL": "error",
                    "SERVICE_ACCOUNT_SECRET": "", "SERVICE_ACCOUNT_SECRET_FILE": "/s",
                ]
            ),
            // Of an hour, these have more digits than most.
            (Environments.fleet, ["CACHING_INTERVAL_HOURS": "0.0002777777784615"]),
            (Environments.fleet, ["CACHING_INTERVAL_HOURS": "87599.9999999999999"]),
            (Environments.fleet, ["ROLLOUT_OVERLAP": "1h30m", "ROLLOUT_MAX_UNAVAILABLE": "7%"]),
            (Environments.fleet, ["ROLLOUT_OVERLAP": "0s", "ROLLOUT_MAX_UNAVAILABLE": "3"]),
            (Environments.fleet, ["ROLLOUT_OVERLAP": "0.125s"]),
            (Environments.fleet, ["IMPERSONATE_GROUPS": ##"system:masters, "a b, c","cn=e\\f\"g","#h""##]),
            (
                Environments.fleet,
                [
                    "IMAGES":
                        #"b=y pullPolicy=always;a=x nodeSelector={"p":"q"} tolerations=[{"operator":"Exists"}] "#
                        + "memoryLimit=5Mi",
                    "IMAGES_FILE": "/i",
                    "TOLERATIONS": #"[{"key":"k","effect":"NoExecute","tolerationSeconds":3}]"#,
                    "AFFINITY":
                        #"{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"a"}]}}"#,
                    "IMAGE_PULL_SECRETS": "a;b", "DAEMONSET_ANNOTATIONS": #"{"a":"b=\"c\"\n"}"#,
                    "DAEMONSET_LABELS": #"{"a":"b"}"#, "PRIORITY_CLASS_NAME": "c", "RUNTIME_CLASS_NAME": "d",
                    "KIP_IMAGE": "e", "PULL_SPREAD_SECONDS": "90s", "RUN_AS_USER": "7",
                    "SECCOMP_PROFILE": "none", "READ_ONLY_ROOT_FILESYSTEM": "0", "PLATFORM": "OPENSHIFT",
                    "IMAGE_PULL_POLICY": "ifnotpresent", "POD_STATUS": "true",
                ]
            ),
            (Environments.fleet, ["KIP_IMAGE": "e", "CACHE_MODE": "image-volumes"]),
            (
                Environments.fleet,
                [
                    "KIP_IMAGE": "e", "CACHE_MODE": "image-volumes", "CACHE_MODE_FALLBACK": "containers",
                    "POD_SECURITY": "baseline", "SECCOMP_PROFILE": "RuntimeDefault",
                ]
            ),
            (Environments.fleet, ["IMAGES": "", "IMAGES_FILE": "/i", "POD_SECURITY": "restricted"]),
            (Environments.single, ["DEPLOYMENT_NAME": "x"]),
            (Environments.pod, [:]),
            (Environments.single, ["CA_BUNDLE_FILE": "/c"]),
            (Environments.single, ["STATUS_PORT": "0", "CONSOLE_PORT": "0", "METRICS_PER_CLUSTER": "false"]),
            (Environments.fleet, ["CONSOLE_ADDRESS": "127.0.0.2"]),
        ]
    )
    func roundTrip(environment: [String: String], changes: [String: String]) throws {
        let files = Environments.podFiles.merging(
            ["/u": "d", "/s": "x", "/i": "i=z pullPolicy=Always\n", "/c": Environments.certificate]) { $1 }
        let configuration = try parse(environment, changes, files: files).get()
        var readBack: [String: String] = [:]
        for line in configuration.summaryLines() {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            #expect(parts.count == 2)
            readBack[parts[0]] = parts[1]
        }
        for secret in ["SERVICE_ACCOUNT_ID", "SERVICE_ACCOUNT_SECRET"] where readBack[secret] != nil {
            readBack[secret] = environment[secret]
        }
        #expect(try parse(readBack, files: files).get() == configuration)
    }

    @Test("numbers are written as people write them")
    func numbers() throws {
        let lines = try parse(Environments.fleet, ["CACHING_INTERVAL_HOURS": "0.10"]).get().summaryLines()
        #expect(lines.contains("CACHING_INTERVAL_HOURS=0.1"))
        #expect(lines.contains("IMAGE_REFRESH_HOURS=24"))
        #expect(lines.contains("REQUEST_TIMEOUT_SECONDS=30"))
        #expect(lines.contains("ROLLOUT_OVERLAP=until-ready"))
        #expect(lines.contains("ROLLOUT_MAX_UNAVAILABLE=0"))
    }

    @Test("a long list of users is counted")
    func manyUsers() throws {
        let users = (1...25).map { "u\($0)" }.joined(separator: ",")
        let lines = try parse(Environments.fleet, ["IMPERSONATE_USERS": users]).get().summaryLines()
        let line = try #require(lines.first { $0.hasPrefix("IMPERSONATE_USERS=") })
        #expect(line.hasSuffix(",u20 and 5 more"))
    }

    @Test("a path with a line break stays on its line")
    func oneLineEach() throws {
        let changes = ["CA_BUNDLE_FILE": "/a\nb"]
        let files = ["/a\nb": Environments.certificate]
        let lines = try parse(Environments.fleet, changes, files: files).get().summaryLines()
        #expect(lines.contains(#"CA_BUNDLE_FILE=/a\nb"#))
    }
}
