import Foundation
import Testing

@testable import PullerCore

/// A configuration whose manifest lies in the folder `Manifests`, checked by hand.
struct GoldenManifest: Sendable, CustomTestStringConvertible {
    /// The file's name.
    var name: String
    /// The Pod Security Standard that its pods meet.
    var level: PodSecurity.Level
    var facts = ClusterFacts(platform: .kubernetes)
    var change: @Sendable (inout DaemonSetSettings) throws -> Void

    var testDescription: String { name }

    static let images =
        "go=golang:1.24;scratch=quay.io/example/scratch@sha256:" + String(repeating: "0a", count: 32)
    static let sleep = "quay.io/example/kubernetes-image-puller:2"

    static func settings(_ changes: [String: String] = [:]) throws -> DaemonSetSettings {
        try DaemonSetSettings.parse(environment: ["IMAGES": images].merging(changes) { $1 }).get()
    }

    static func sleepImage(spread: Duration = .zero) throws -> SleepImage {
        SleepImage(image: try #require(ImageReference.parse(sleep)), pullSpread: spread)
    }

    static func resources(memory: String, cpu: String) throws -> ContainerResources {
        let memory = try #require(Quantity.parse(memory))
        let cpu = try #require(Quantity.parse(cpu))
        return .init(memoryRequest: memory, memoryLimit: memory, cpuRequest: cpu, cpuLimit: cpu)
    }

    func cache() throws -> DesiredCache {
        var settings = try Self.settings()
        try change(&settings)
        return DesiredCache(settings, facts)
    }

    /// Its file.
    func file() throws -> String {
        try String(contentsOf: Self.folder.appending(path: name + ".json"), encoding: .utf8)
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Manifests")

    private static func copied(
        _ name: String,
        platform: ClusterFacts.Platform = .kubernetes,
        level: PodSecurity.Level = .restricted,
        spread: Duration = .zero,
        _ change: @escaping @Sendable (inout DaemonSetSettings) throws -> Void = { _ in }
    ) -> GoldenManifest {
        GoldenManifest(name: name, level: level, facts: .init(platform: platform)) {
            $0.pods.holding = .copiedSleep(try sleepImage(spread: spread))
            $0.pods.security.level = level
            try change(&$0)
        }
    }

    static let all: [GoldenManifest] = [
        .init(name: "defaults", level: .baseline) { _ in },
        .init(name: "pods", level: .baseline) {
            $0.placement.tolerations = [
                .init(key: "dedicated", comparison: .equal, value: "build", effect: .noSchedule),
                .init(comparison: .exists, effect: .noExecute, seconds: 60),
            ]
            $0.pods.affinity = .object([
                "nodeAffinity": .object([
                    "requiredDuringSchedulingIgnoredDuringExecution": .object([
                        "nodeSelectorTerms": .array([
                            .object([
                                "matchExpressions": .array([
                                    .object([
                                        "key": "disktype", "operator": "In",
                                        "values": .array(["ssd", "nvme"]),
                                    ])
                                ])
                            ])
                        ])
                    ])
                ])
            ])
            $0.pods.imagePullSecrets = ["quay", "private"]
            $0.pods.annotations = [
                "example.com/team": "tools", "kubernetes-image-puller/recreated-because": "x",
            ]
            $0.pods.labels = ["team": "tools", "app.kubernetes.io/managed-by": "x"]
            $0.pods.priorityClassName = "low"
            $0.pods.runtimeClassName = "gvisor"
        },
        .init(name: "image-options", level: .baseline) {
            $0.placement.nodeSelector = ["pool": "workspaces"]
            $0.pullPolicy = .ifNotPresent
            $0.images[0].options.pullPolicy = .always
            $0.images[0].options.resources = try resources(memory: "30Mi", cpu: "10m")
            $0.images[1].options.nodeSelector = ["kubernetes.io/os": "linux", "gpu": "true"]
            $0.images[1].options.tolerations = [.init(key: "gpu", comparison: .exists)]
        },
        .init(
            name: "owner",
            level: .baseline,
            facts: .init(
                platform: .kubernetes,
                owner: .init(name: "puller", uid: "0d7dc1f4-7a10-4f0c-a2f8-0d5f4c0c9a11")
            )
        ) { _ in },
        .init(name: "restricted", level: .restricted) { $0.pods.security.level = .restricted },
        .init(name: "seccomp-and-writable-root", level: .baseline) {
            $0.pods.security.usesSeccomp = true
            $0.pods.security.isRootReadOnly = false
        },
        copied("copied-sleep"),
        copied("copied-sleep-spread", spread: .seconds(300)),
        copied("copied-sleep-openshift", platform: .openshift),
        copied("copied-sleep-baseline", level: .baseline),
        // The rules of "restricted", but for the one that a cluster's administrator did not want.
        copied("copied-sleep-user-without-seccomp", level: .baseline) {
            $0.pods.security.level = .restricted
            $0.pods.security.user = 1001
            $0.pods.security.usesSeccomp = false
        },
        copied("image-volumes") {
            $0.pods.holding = .imageVolumes(try sleepImage(spread: .seconds(300)), fallsBack: true)
            $0.images[1].options.pullPolicy = .ifNotPresent
        },
    ]
}

@Suite("The golden manifests")
struct GoldenManifestTests {
    @Test("are what each option and mode gives, character by character", arguments: GoldenManifest.all)
    func isGolden(golden: GoldenManifest) throws {
        #expect(try golden.cache().prettyJSON() == golden.file())
    }

    @Test("are as many as there are files")
    func files() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: GoldenManifest.folder.path)
        #expect(Set(files) == Set(GoldenManifest.all.map { $0.name + ".json" }))
    }

    @Test("are YAML documents, one for each DaemonSet")
    func yaml() throws {
        for golden in GoldenManifest.all {
            let cache = try golden.cache()
            let documents = cache.yaml().components(separatedBy: "---\n")
            #expect(documents == cache.daemonSets.map { $0.manifest().yaml() })
            #expect(documents.count == (golden.name == "image-options" ? 2 : 1))
        }
    }
}
