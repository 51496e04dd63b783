import Testing

@testable import PullerCore

@Suite("The hashes of a DaemonSet")
struct DaemonSetHashTests {
    typealias Change = @Sendable (inout DaemonSetSettings) throws -> Void

    private static func desired(
        _ facts: ClusterFacts,
        _ changes: Change...
    ) throws -> DesiredDaemonSet {
        var settings = try GoldenManifest.settings()
        for change in changes { try change(&settings) }
        return DesiredCache(settings, facts).base
    }

    private static func desired(_ changes: Change...) throws -> DesiredDaemonSet {
        var settings = try GoldenManifest.settings()
        for change in changes { try change(&settings) }
        return DesiredDaemonSet(settings)
    }

    private static let restricted: Change = { $0.pods.security.level = .restricted }
    private static let copied: Change = { $0.pods.holding = .copiedSleep(try GoldenManifest.sleepImage()) }
    private static let mounted: Change = {
        $0.pods.holding = .imageVolumes(try GoldenManifest.sleepImage(), fallsBack: false)
    }

    /// Settings that change pods, each beside what it is compared with.
    private static let effective: [(name: String, from: Change, change: Change)] = [
        ("tolerations", { _ in }, { $0.placement.tolerations = [.init(comparison: .exists)] }),
        ("affinity", { _ in }, { $0.pods.affinity = .object(["nodeAffinity": .object([:])]) }),
        ("pull secrets", { _ in }, { $0.pods.imagePullSecrets = ["a"] }),
        ("annotations", { _ in }, { $0.pods.annotations = ["a": "b"] }),
        ("labels", { _ in }, { $0.pods.labels = ["a": "b"] }),
        ("priority class", { _ in }, { $0.pods.priorityClassName = "a" }),
        ("runtime class", { _ in }, { $0.pods.runtimeClassName = "a" }),
        ("pull policy", { _ in }, { $0.pullPolicy = .ifNotPresent }),
        ("an image's pull policy", { _ in }, { $0.images[0].options.pullPolicy = .ifNotPresent }),
        (
            "an image's resources", { _ in },
            { $0.images[0].options.resources = try GoldenManifest.resources(memory: "1Mi", cpu: "1") }
        ),
        ("level", { _ in }, restricted),
        ("seccomp", { _ in }, { $0.pods.security.usesSeccomp = true }),
        ("no seccomp", restricted, { $0.pods.security.usesSeccomp = false }),
        ("user", restricted, { $0.pods.security.user = 1 }),
        ("root file system", { _ in }, { $0.pods.security.isRootReadOnly = false }),
        ("a chosen platform", restricted, { $0.pods.platform = .openshift }),
        ("a copied sleep", { _ in }, copied),
        ("image volumes", copied, mounted),
        (
            "spread", copied,
            { $0.pods.holding = .copiedSleep(try GoldenManifest.sleepImage(spread: .seconds(9))) }
        ),
        (
            "the image of the sleep", mounted,
            {
                let image = try #require(ImageReference.parse("other:1"))
                $0.pods.holding = .imageVolumes(SleepImage(image: image), fallsBack: false)
            }
        ),
    ]

    @Test("the hash covers each setting that changes pods", arguments: effective.indices)
    func covers(index: Int) throws {
        let (name, from, change) = Self.effective[index]
        #expect(try Self.desired(from).specHash != Self.desired(from, change).specHash, "\(name)")
    }

    /// Settings that say what is so anyway, or that have no effect on pods.
    private static let idle: [(name: String, from: Change, change: Change)] = [
        ("seccomp, which restricted has", restricted, { $0.pods.security.usesSeccomp = true }),
        ("no seccomp, which baseline has", { _ in }, { $0.pods.security.usesSeccomp = false }),
        ("a user that baseline does not name", { _ in }, { $0.pods.security.user = 1 }),
        ("a platform without a user to choose", { _ in }, { $0.pods.platform = .openshift }),
        ("no tolerations", { _ in }, { $0.images[0].options.tolerations = [] }),
        ("the same pull policy", { _ in }, { $0.images[0].options.pullPolicy = .always }),
        ("the same resources", { _ in }, { $0.images[0].options.resources = $0.resources }),
        (
            "resources of a volume", mounted,
            { $0.images[0].options.resources = try GoldenManifest.resources(memory: "1Mi", cpu: "1") }
        ),
        (
            "spread of volumes, and a fallback", mounted,
            {
                $0.pods.holding = .imageVolumes(
                    try GoldenManifest.sleepImage(spread: .seconds(9)),
                    fallsBack: true
                )
            }
        ),
        ("owner", { _ in }, { $0.pods.deploymentName = "puller" }),
    ]

    @Test("the hash does not cover a setting that changes nothing", arguments: idle.indices)
    func leavesOut(index: Int) throws {
        let (name, from, change) = Self.idle[index]
        #expect(try Self.desired(from).specHash == Self.desired(from, change).specHash, "\(name)")
    }

    @Test(
        "what a cluster says about itself changes the manifest, and not the hash, so that a question without an answer replaces nothing"
    )
    func facts() throws {
        let known = ClusterFacts(platform: .openshift, owner: .init(name: "puller", uid: "u"))
        let one = try Self.desired(known, Self.restricted)
        let other = try Self.desired(.init(platform: .kubernetes), Self.restricted)
        #expect(one.specHash == other.specHash)
        #expect(one.placementHash == other.placementHash)
        #expect(one.manifest() != other.manifest())
    }

    @Test("the hash of the placement covers node selector, tolerations and affinity, and nothing else")
    func placement() throws {
        let plain = try Self.desired()
        for (name, from, change) in Self.effective {
            let hashes = [try Self.desired(from).placementHash, try Self.desired(from, change).placementHash]
            #expect(Set(hashes).count == (["tolerations", "affinity"].contains(name) ? 2 : 1), "\(name)")
        }
        #expect(
            try Self.desired({ $0.placement.nodeSelector = ["a": "b"] }).placementHash != plain.placementHash
        )
    }

    @Test("an affinity, which all placements share, does not change their names")
    func affinity() throws {
        let other: Change = { $0.images[1].options.nodeSelector = ["a": "b"] }
        func names(_ changes: [Change]) throws -> [String] {
            var settings = try GoldenManifest.settings()
            for change in changes { try change(&settings) }
            return DesiredCache(settings, .init(platform: .kubernetes)).daemonSets.map { $0.name(.primary) }
        }
        let before = try names([other])
        #expect(before.count == 2)
        #expect(try names([other, { $0.pods.affinity = .object(["a": "b"]) }]) == before)
    }
}

@Suite("The pods of a DaemonSet")
struct PodTemplateTests {
    private static func desired(
        _ changes: [String: String] = [:],
        _ change: (inout DaemonSetSettings) throws -> Void
    ) throws -> DesiredDaemonSet {
        var settings = try GoldenManifest.settings(changes)
        try change(&settings)
        return DesiredDaemonSet(settings)
    }

    @Test(
        "the init container has a name that no image has",
        arguments: [
            ("a=b", "copy-sleep"), ("copy-sleep=b", "copy-sleep-2"),
            ("copy-sleep=b;copy-sleep-2=c;copy-sleep-4=d", "copy-sleep-3"),
        ]
    )
    func names(images: String, name: String) throws {
        let desired = try Self.desired(["IMAGES": images]) {
            $0.pods.holding = .copiedSleep(try GoldenManifest.sleepImage())
        }
        let spec = desired.manifest().at("spec", "template", "spec")
        #expect(spec?.at("initContainers", 0, "name")?.text == name)
    }

    @Test("labels and annotations of the configuration are neither missed nor able to replace ours")
    func missingKeys() throws {
        let desired = try Self.desired {
            $0.pods.labels = ["team": "a", MetadataKey.installation: "theirs", MetadataKey.name: "theirs"]
            $0.pods.annotations = ["team": "a", MetadataKey.specHash: "0"]
        }
        #expect(desired.missingKeys(in: Observed.right(desired), .primary) == [])
        let object = desired.manifest()
        let labels = object.at("metadata", "labels")?.members ?? [:]
        #expect(labels["team"] == "a")
        #expect(labels[MetadataKey.installation] == "default")
        #expect(labels[MetadataKey.name] == "kubernetes-image-puller")
        #expect(
            object.at("metadata", "annotations")?.members[MetadataKey.specHash] == .string(desired.specHash)
        )
        let pods = object.at("spec", "template", "metadata", "labels")?.members ?? [:]
        let selector = object.at("spec", "selector", "matchLabels")?.members ?? [:]
        #expect(selector["team"] == nil)
        #expect(selector.allSatisfy { pods[$0.key] == $0.value })
    }

    @Test("image volumes that a server dropped are noticed, and nothing is missed where images run")
    func imageVolumes() throws {
        let mounting = try Self.desired {
            $0.pods.holding = .imageVolumes(try GoldenManifest.sleepImage(), fallsBack: false)
        }
        var stored = Observed.right(mounting)
        #expect(mounting.imageVolumes == 2)
        #expect(!mounting.lacksImageVolumes(stored))
        stored.imageVolumes = 1
        #expect(mounting.lacksImageVolumes(stored))
        let running = try Self.desired { _ in }
        #expect(running.imageVolumes == 0)
        #expect(!running.lacksImageVolumes(Observed.right(running)))
    }

    @Test("there is a fallback from image volumes to a copied sleep only where it is allowed")
    func fallback() throws {
        let sleep = try GoldenManifest.sleepImage(spread: .seconds(5))
        var settings = try GoldenManifest.settings()
        #expect(settings.fallback == nil)
        settings.pods.holding = .imageVolumes(sleep, fallsBack: false)
        #expect(settings.fallback == nil)
        settings.pods.holding = .imageVolumes(sleep, fallsBack: true)
        var expected = settings
        expected.pods.holding = .copiedSleep(sleep)
        #expect(settings.fallback == expected)
        #expect(settings.fallback?.fallback == nil)
    }

    @Test("a refresh changes nothing where no image is pulled again")
    func refreshable() throws {
        #expect(try !Self.desired { $0.pullPolicy = .ifNotPresent }.isRefreshable)
        #expect(
            try Self.desired {
                $0.pullPolicy = .ifNotPresent
                $0.images[0].options.pullPolicy = .always
            }.isRefreshable
        )
    }

    @Test("only a platform that the configuration names is known without asking the cluster")
    func unasked() {
        #expect(ClusterFacts(unasked: .auto).platform == .kubernetes)
        #expect(ClusterFacts(unasked: .kubernetes).platform == .kubernetes)
        #expect(ClusterFacts(unasked: .openshift).platform == .openshift)
    }
}
