import PullerCore
import TestSupport
import Testing

/// Configurations that are made up, sent to a real API server.
@Suite(
    "Made-up configurations on a real API server",
    .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)")
)
struct GeneratedConfigurationTests {
    @Test("each that is valid gives DaemonSets that the API server accepts in a dry run")
    func accepted() async throws {
        var valid = 0
        try await TestNamespace.with(nodes: 0) { namespace in
            for seed in 1...800 as ClosedRange<UInt64> {
                var environment = GeneratedConfiguration(seed: seed).environment
                environment["NAMESPACE"] = namespace.name
                guard let settings = try? DaemonSetSettings.parse(environment: environment).get() else {
                    continue
                }
                valid += 1
                for platform in [ClusterFacts.Platform.kubernetes, .openshift] {
                    for one in DesiredCache(settings, ClusterFacts(platform: platform)).daemonSets {
                        let body = String(decoding: one.body(), as: UTF8.self)
                        let answer = try await namespace.admin.send(
                            "POST",
                            namespace.daemonSets + "?dryRun=All",
                            body
                        )
                        #expect(
                            answer.status == 201,
                            "seed \(seed), \(environment): \(answer.json.string("message") ?? "")"
                        )
                    }
                }
            }
        }
        #expect((150..<800).contains(valid))
    }
}

/// Values that are right, at the edge of it, or nearly right, for all variables about pods.
private struct GeneratedConfiguration {
    private(set) var environment = ["MULTICLUSTER": "false"]
    private var next: () -> Double

    init(seed: UInt64) {
        next = seededRandom(seed)
        environment["IMAGES"] = images().joined(separator: ";")
        for (name, values) in Self.values where next() < 0.3 { environment[name] = pick(values) }
    }

    private mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(next() * Double(values.count))]
    }

    private mutating func images() -> [String] {
        let names = [
            "a", "kip", "copy-sleep", "copy-sleep-2", "hold-images", String(repeating: "x", count: 63),
        ]
        let count = Int(next() * Double(names.count)) + 1
        return names.prefix(count).map { name in
            var item = name + "=" + pick(Self.images)
            for option in Self.options where next() < 0.2 { item += " " + pick(option) }
            return item
        }
    }

    private static let longKey =
        String(repeating: "a.", count: 126) + "a/" + String(repeating: "b", count: 63)
    private static let images = [
        "busybox", "registry.example.com:5000/team/app:1.0_-.",
        "[::1]:5000/x@sha256:" + String(repeating: "0a", count: 32),
    ]
    private static let tolerations = [
        #"[{"operator":"Exists"}]"#, #"[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":-1}]"#,
        #"[{"key":"k","value":"v"},{"key":"k","value":"v"}]"#, #"[{"key":"k","operator":"","effect":""}]"#,
        #"[{"key":"\#(longKey)","operator":"Exists"}]"#, "[]", #"[{"key":"A.b/c"}]"#,
    ]
    private static let selectors = [
        "{}", #"{"kubernetes.io/os":""}"#, #"{"\#(longKey)":"A_b.c"}"#, #"{"a":"b","c":""}"#,
        #"{"A.b/c":"d"}"#,
    ]
    private static let quantities = ["0", ".5", "1e3", "5Mi", "+7M", "1E", "1n", "1m"]
    private static let options = [
        selectors.map { "nodeSelector=" + $0 }, tolerations.map { "tolerations=" + $0 },
        quantities.map { "memoryLimit=" + $0 }, quantities.map { "memoryRequest=" + $0 },
        quantities.map { "cpuLimit=" + $0 }, ["pullPolicy=always", "pullPolicy=IfNotPresent"],
    ]
    private static let required = "requiredDuringSchedulingIgnoredDuringExecution"
    private static let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    private static let podTerm =
        #"{"topologyKey":"a","namespaces":["n"],"labelSelector":{"matchExpressions":[{"key":"a","operator":"In","values":["b",""]}]}}"#

    private static let values: [(String, [String])] = [
        ("TOLERATIONS", tolerations),
        ("NODE_SELECTOR", selectors),
        (
            "AFFINITY",
            [
                #"{"nodeAffinity":{"\#(required)":{"nodeSelectorTerms":[{}]}}}"#,
                #"{"nodeAffinity":{"\#(required)":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"a","operator":"Gt","values":["4"]},{"key":"b","operator":"Exists","values":[]}]}]}}}"#,
                #"{"nodeAffinity":{"\#(required)":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["a.b"]}]}]}}}"#,
                #"{"nodeAffinity":{"\#(preferred)":[{"weight":100,"preference":{}}]},"podAffinity":null}"#,
                #"{"podAffinity":{"\#(required)":[\#(podTerm)]}}"#,
                #"{"podAntiAffinity":{"\#(preferred)":[{"weight":1,"podAffinityTerm":\#(podTerm)}]}}"#,
                #"{"podAffinity":{"\#(required)":[{"topologyKey":""}]}}"#,
            ]
        ),
        (
            "DAEMONSET_LABELS",
            [
                #"{"\#(longKey)":""}"#, #"{"controller-revision-hash":"x"}"#, #"{"App":"b"}"#,
                #"{"A.b/c":"d"}"#,
            ]
        ),
        (
            "DAEMONSET_ANNOTATIONS",
            [
                #"{"A.b/C":"\u0000ä\n"}"#, #"{"\#(longKey)":""}"#, #"{"kubernetes.io/config.mirror":"x"}"#,
                #"{"seccomp.security.alpha.kubernetes.io/pod":"x"}"#,
                #"{"container.seccomp.security.alpha.kubernetes.io/b":"x"}"#,
                #"{"container.apparmor.security.beta.kubernetes.io/b":"runtime/default"}"#,
                #"{"scheduler.alpha.kubernetes.io/tolerations":"x"}"#,
                #"{"deprecated.daemonset.template.generation":"x"}"#,
                #"{"a":"\#(String(repeating: "x", count: 250 << 10 - 1))"}"#,
            ]
        ),
        ("IMAGE_PULL_SECRETS", ["a;b.c;", String(repeating: "x", count: 253), "a/b"]),
        ("PRIORITY_CLASS_NAME", ["low", "a.b-c", "A"]),
        ("RUNTIME_CLASS_NAME", ["gvisor", String(repeating: "x", count: 253), "a_b"]),
        ("KIP_IMAGE", images),
        ("PULL_SPREAD_SECONDS", ["0", "0.5", "24h"]),
        ("CACHE_MODE", ["containers", "image-volumes"]),
        ("POD_SECURITY", ["restricted", "baseline"]),
        ("RUN_AS_USER", ["0", "1", "2147483647"]),
        ("SECCOMP_PROFILE", ["RuntimeDefault", "none"]),
        ("READ_ONLY_ROOT_FILESYSTEM", ["true", "false"]),
        ("IMAGE_PULL_POLICY", ["Always", "IfNotPresent"]),
        ("DAEMONSET_NAME", ["a.b", String(repeating: "x", count: 241)]),
        ("INSTALLATION_ID", ["A_b.c", String(repeating: "x", count: 63)]),
        ("CACHING_MEMORY_LIMIT", quantities),
        ("CACHING_CPU_REQUEST", quantities),
    ]
}
