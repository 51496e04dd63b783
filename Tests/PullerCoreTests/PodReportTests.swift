import Testing

@testable import PullerCore

@Suite("A report on pods")
struct PodReportTests {
    private static let images = PodImages(cached: [
        .init(name: "bad", reference: "quay.io/x/bad:1"), .init(name: "good", reference: "quay.io/x/good:1"),
    ])
    private static let notFound =
        #"rpc error: code = NotFound desc = failed to pull and unpack image "quay.io/x/bad:1": quay.io/x/bad:1: not found"#
    private static let creating = ObservedPod.State.waiting(reason: "ContainerCreating", message: "")
    private static let initializing = ObservedPod.State.waiting(reason: "PodInitializing", message: "")

    private static func pod(
        _ node: Int,
        _ containers: [ObservedPod.Container] = [],
        initial: [ObservedPod.Container] = [],
        _ change: (inout ObservedPod) -> Void = { _ in }
    ) -> ObservedPod {
        var pod = ObservedPod(node: "node-\(node)", ownerUID: "uid-1")
        pod.containers = containers
        pod.initContainers = initial
        change(&pod)
        return pod
    }

    private static func report(
        _ pods: [ObservedPod],
        _ images: PodImages = images,
        isComplete: Bool = true
    ) -> PodReport {
        var tally = PodTally(images, ownerUID: "uid-1")
        for pod in pods { tally.add(pod) }
        return tally.report(isComplete: isComplete)
    }

    /// An image's figures: present, pulling, waiting, failing, unknown.
    private static func figures(_ image: PodReport.Image) -> [Int] {
        [image.present, image.pulling, image.waiting, image.failing, image.unknown]
    }

    @Test("names the image that is missing, why, and on how many nodes")
    func missing() {
        let pods = (0..<3).map { node in
            Self.pod(
                node,
                [
                    .init("bad", .waiting(reason: "ErrImagePull", message: Self.notFound)),
                    .init("good", .running, hasImage: true),
                ]
            )
        }
        let report = Self.report(pods)
        #expect(report.text() == "image bad (quay.io/x/bad:1): not found, on 3 of 3 nodes")
        #expect(report.images.map(Self.figures) == [[0, 0, 0, 3, 0], [3, 0, 0, 0, 0]])
        #expect(report.problems.map(\.reason) == ["ErrImagePull"])
        #expect(report.problems.map(\.namedNodes) == [["node-0", "node-1", "node-2"]])
        #expect(report.isImagesFault)
        #expect([report.nodes, report.ready, report.troubled] == [3, 0, 3])
    }

    @Test("counts pods that are ready as having all images, even without statuses, and knows no problem then")
    func ready() {
        let report = Self.report((0..<2).map { Self.pod($0) { $0.isReady = true } })
        #expect(report.images.map(Self.figures) == [[2, 0, 0, 0, 0], [2, 0, 0, 0, 0]])
        #expect([report.nodes, report.ready, report.troubled] == [2, 2, 0])
        #expect(report.text().isEmpty)
        #expect(!report.isImagesFault)
        #expect(Self.report([]).nodes == 0)
    }

    @Test("tells the image that is being pulled from those that wait for it")
    func pulling() {
        let pods = [
            Self.pod(0, [.init("good", Self.creating), .init("bad", Self.creating)]),
            Self.pod(1, [.init("good", Self.creating), .init("bad", .running, hasImage: true)]),
            Self.pod(2),
        ]
        let report = Self.report(pods)
        #expect(report.images.map(Self.figures) == [[1, 1, 1, 0, 0], [0, 1, 2, 0, 0]])
        #expect(report.problems.isEmpty)
    }

    @Test("counts an image as there when its container cannot start, by imageID or by the reason")
    func present() {
        let pods = [
            Self.pod(
                0,
                [
                    .init("bad", .waiting(reason: "RunContainerError", message: "odd"), hasImage: true)
                ]
            ),
            Self.pod(1, [.init("bad", .waiting(reason: "CreateContainerConfigError", message: "odd"))]),
            Self.pod(2, [.init("bad", Self.creating, hasImage: true)]),
        ]
        #expect(Self.figures(Self.report(pods).images[0]) == [3, 0, 0, 2, 0])
    }

    @Test(
        "knows why a container does not run",
        arguments: [
            (
                "RunContainerError", #"exec: "sleep": executable file not found in $PATH"#,
                "executable file not found"
            ),
            (
                "CreateContainerConfigError",
                "container has runAsNonRoot and image will run as root (pod: \"p\", container: c)",
                "the image runs as root"
            ),
            (
                "CreateContainerConfigError", #"secret "x" not found"#,
                #"CreateContainerConfigError: secret "x" not found"#
            ),
            (
                "CreateContainerError", "context deadline exceeded",
                "CreateContainerError: context deadline exceeded"
            ),
            (
                "InvalidImageName", "Failed to apply default image tag",
                "InvalidImageName: Failed to apply default image tag"
            ),
            ("ErrImageNeverPull", "", "ErrImageNeverPull"),
            (
                "RegistryUnavailable", "dial tcp 10.0.0.1:443: connect: connection refused",
                "connection refused"
            ),
            ("SomethingNew\u{1b}", "", "SomethingNew\\u{1b}"),
            ("CrashLoopBackOff", "back-off 10s", "CrashLoopBackOff: back-off 10s"),
        ] as [(String, String, String)]
    )
    func reasons(reason: String, message: String, cause: String) {
        let pod = Self.pod(0, [.init("bad", .waiting(reason: reason, message: message))])
        let report = Self.report([pod])
        #expect(report.problems.map(\.cause) == [cause])
        #expect(report.isImagesFault)
    }

    @Test("tells how a container ended that is started again and again")
    func crashes() {
        let waiting = ObservedPod.State.waiting(reason: "CrashLoopBackOff", message: "back-off 10s")
        let ends: [(ObservedPod.Termination, String)] = [
            (.init(reason: "OOMKilled", exitCode: 137), "OOMKilled"),
            (.init(reason: "Error", exitCode: 1), "ends with exit code 1"),
            (
                .init(
                    reason: "StartError",
                    message: #"exec: "sleep": executable file not found in $PATH"#,
                    exitCode: 128
                ),
                "executable file not found"
            ),
            (.init(reason: "Completed", exitCode: 0), "ends with exit code 0"),
        ]
        for (end, cause) in ends {
            let crashed = Self.report([Self.pod(0, [.init("bad", waiting, hasImage: true, last: end)])])
            #expect(crashed.problems.map(\.cause) == [cause])
            #expect(crashed.images[0].present == 1)
            // Between the end and the back-off.
            let ended = Self.report([Self.pod(0, [.init("bad", .terminated(end))])])
            #expect(ended.problems.map(\.cause) == [cause])
        }
    }

    @Test("names the room that a node lacks, and the pods that a node turned away")
    func room() {
        let pods = [
            Self.pod(0) {
                $0.unschedulable =
                    "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity/selector."
            },
            Self.pod(1) {
                $0.isFailed = true
                $0.reason = "Evicted"
                $0.message = "The node was low on resource: ephemeral-storage. "
            },
            Self.pod(2) {
                $0.isFailed = true
                $0.reason = "NodeAffinity"
                $0.message = "Predicate NodeAffinity failed"
            },
        ]
        let report = Self.report(pods)
        #expect(
            report.problems.map(\.cause) == [
                "no room on the node: Evicted: The node was low on resource: ephemeral-storage.",
                "NodeAffinity: Predicate NodeAffinity failed", "no room on the node: Insufficient cpu",
            ]
        )
        #expect(report.problems.map(\.fault) == [.room, .other, .room])
        #expect(report.images.map(Self.figures) == [[0, 0, 1, 0, 2], [0, 0, 1, 0, 2]])
        #expect(report.text(limit: 1).hasSuffix(", on 1 of 3 nodes; 2 more problems"))
        #expect(!Self.report([pods[2]]).isImagesFault)
        #expect(Self.report([pods[1]]).isImagesFault)
    }

    @Test("counts a node once: what ended there does not count beside a pod that has not")
    func onePerNode() {
        let evicted = Self.pod(0) {
            $0.isFailed = true
            $0.reason = "Evicted"
        }
        let running = Self.pod(0) { $0.isReady = true }
        for pods in [[evicted, running], [running, evicted], [running, running]] {
            let report = Self.report(pods)
            #expect([report.nodes, report.ready] == [1, 1])
            #expect(report.problems.isEmpty)
        }
    }

    @Test("does not count the pods of others, or those that are being deleted")
    func others() {
        let other = Self.pod(0) { $0.ownerUID = "uid-2" }
        let terminating = Self.pod(1) { $0.isTerminating = true }
        #expect(Self.report([other, terminating]).nodes == 0)
    }

    @Test("joins nodes that wait before the next pull with those that tell the cause, if that is one")
    func backOff() {
        let bare = ObservedPod.State.waiting(
            reason: "ImagePullBackOff",
            message: "Back-off pulling image \"quay.io/x/bad:1\""
        )
        let told = ObservedPod.State.waiting(reason: "ErrImagePull", message: Self.notFound)
        let refused = ObservedPod.State.waiting(
            reason: "ErrImagePull",
            message: "connect: connection refused"
        )
        func report(_ states: [ObservedPod.State]) -> PodReport {
            Self.report(states.enumerated().map { Self.pod($0.offset, [.init("bad", $0.element)]) })
        }
        #expect(
            report([bare, told, bare]).text() == "image bad (quay.io/x/bad:1): not found, on 3 of 3 nodes"
        )
        #expect(report([bare, told, refused]).problems.map(\.nodes) == [1, 1, 1])
        let silent = report([bare, bare])
        #expect(
            silent.text()
                == "image bad (quay.io/x/bad:1): cannot be pulled (ImagePullBackOff), on 2 of 2 nodes"
        )
        #expect(silent.withCauses(of: report([told])).problems.map(\.cause) == ["not found"])
        #expect(silent.withCauses(of: silent) == silent)
        #expect(silent.withCauses(of: Self.report([])) == silent)
    }

    @Test(
        "counts texts that are not recognised as one problem for each image and reason, and shows one of them"
    )
    func unrecognised() {
        let pods = (0..<9).map {
            Self.pod($0, [.init("bad", .waiting(reason: "ErrImagePull", message: "odd thing \($0)"))])
        }
        #expect(
            Self.report(pods).text()
                == "image bad (quay.io/x/bad:1): ErrImagePull: odd thing 0, on 9 of 9 nodes"
        )
    }

    @Test("keeps a bounded number of problems, of bounded length")
    func bounded() {
        let long = String(repeating: "y", count: 5000)
        let pods = (0..<200).map {
            Self.pod($0, [.init("bad", .waiting(reason: "R\($0)", message: long))])
        }
        let report = Self.report(pods)
        #expect(report.problems.count == PodReport.mostProblems)
        #expect(report.unlisted == 200 - PodReport.mostProblems)
        #expect(report.problems.allSatisfy { $0.cause.count <= 201 && $0.namedNodes.count <= 3 })
        #expect(Self.figures(report.images[0]) == [0, 0, 0, 200, 0])
        let shown = report.text(limit: 100)
        #expect(shown.hasSuffix("further problems"))
        #expect(
            Self.report(Array(pods.prefix(2)), isComplete: false).text().contains("on 1 of the first 2 nodes")
        )
    }

    // MARK: KIP_IMAGE

    private static let held = PodImages(
        cached: images.cached,
        holder: .init(name: "KIP_IMAGE", reference: "quay.io/x/kip:1")
    )

    @Test("of pods with an init container says how far that is, and that the images wait for it")
    func initContainer() {
        let pods = [
            Self.pod(
                0,
                [.init("bad", Self.initializing), .init("good", Self.initializing)],
                initial: [.init("sleep", Self.initializing)]
            ),
            // It waits, so as to spread the pulls.
            Self.pod(
                1,
                [.init("bad", Self.initializing), .init("good", Self.initializing)],
                initial: [.init("sleep", .running, hasImage: true)]
            ),
            Self.pod(
                2,
                [.init("bad", Self.initializing), .init("good", Self.initializing)],
                initial: [
                    .init("sleep", .terminated(.init(reason: "Completed", exitCode: 0)), hasImage: true)
                ]
            ),
            Self.pod(
                3,
                [.init("bad", Self.initializing), .init("good", Self.initializing)],
                initial: [.init("sleep", .waiting(reason: "ErrImagePull", message: Self.notFound))]
            ),
            Self.pod(4),
        ]
        let report = Self.report(pods, Self.held)
        #expect(report.images.map(\.name) == ["KIP_IMAGE", "bad", "good"])
        #expect(report.images.map(Self.figures) == [[2, 1, 1, 1, 0], [0, 1, 4, 0, 0], [0, 0, 5, 0, 0]])
        #expect(report.text() == "image KIP_IMAGE (quay.io/x/kip:1): not found, on 1 of 5 nodes")
    }

    @Test("tells the puller's own containers from those that a webhook adds")
    func injected() {
        let ended = ObservedPod.State.terminated(.init(reason: "Completed", exitCode: 0))
        let failed = ObservedPod.State.waiting(reason: "ErrImagePull", message: Self.notFound)
        let pod = Self.pod(
            0,
            [
                .init("bad", Self.initializing), .init("good", Self.initializing),
                .init("proxy", Self.initializing),
            ],
            initial: [.init("a-proxy-init", ended, hasImage: true), .init("copy-sleep", failed)]
        )
        let report = Self.report([pod], Self.held)
        #expect(report.images.map(Self.figures) == [[0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]])
        let mounted = Self.pod(1, [.init("a-proxy", .running), .init("hold-images", failed)])
        #expect(Self.report([mounted], Self.volumes).problems.map(\.image?.name) == ["bad"])
    }

    private static var volumes: PodImages {
        PodImages(cached: images.cached, holder: held.holder, areVolumes: true)
    }

    @Test("of pods with image volumes finds the image in the message of their only container")
    func imageVolumes() {
        func waiting(_ reason: String, _ message: String) -> ObservedPod {
            Self.pod(0, [.init("holder", .waiting(reason: reason, message: message))])
        }
        let failed = Self.report([waiting("ErrImagePull", Self.notFound)], Self.volumes)
        #expect(failed.text() == "image bad (quay.io/x/bad:1): not found, on 1 of 1 node")
        #expect(failed.images.map(Self.figures) == [[0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]])
        let holder = Self.report(
            [waiting("ImagePullBackOff", "Back-off pulling image \"quay.io/x/kip:1\"")],
            Self.volumes
        )
        #expect(holder.problems.map(\.image?.name) == ["KIP_IMAGE"])
        let unnamed = Self.report([waiting("ErrImagePull", "connect: connection refused")], Self.volumes)
        #expect(unnamed.text() == "connection refused, on 1 of 1 node")
        #expect(unnamed.isImagesFault)
        let started = Self.report([waiting("CreateContainerError", "cannot mount")], Self.volumes)
        #expect(started.images.map(\.present) == [1, 1, 1])
        #expect(started.problems.map(\.image?.name) == ["KIP_IMAGE"])
        let pulling = Self.report([Self.pod(0, [.init("holder", Self.creating)])], Self.volumes)
        #expect(pulling.images.map(\.pulling) == [1, 1, 1])
        let running = Self.report([Self.pod(0, [.init("holder", .running)])], Self.volumes)
        #expect(running.images.map(\.present) == [1, 1, 1])
    }

    @Test("of pods that fell back from image volumes is one on their containers")
    func fallback() {
        let pod = Self.pod(
            0,
            [
                .init("bad", .waiting(reason: "ErrImagePull", message: Self.notFound)),
                .init("good", .running, hasImage: true),
            ],
            initial: [.init("sleep", .terminated(.init(reason: "Completed", exitCode: 0)), hasImage: true)]
        )
        let report = Self.report([pod], Self.volumes)
        #expect(report.images.map(Self.figures) == [[1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 0]])
    }

    @Test("matches an image by its whole reference, with what runtimes add to it")
    func names() {
        let images = PodImages(cached: [
            .init(name: "a", reference: "busybox"), .init(name: "b", reference: "quay.io/x/busybox"),
            .init(name: "c", reference: "busybox:1"), .init(name: "d", reference: "x/busybox:1.36"),
        ])
        func named(_ text: String) -> String? { images.named(in: text).map { images.all[$0].name } }
        #expect(named("pulling image \"busybox\"") == "a")
        #expect(named("image \"docker.io/library/busybox:latest\": not found") == "a")
        #expect(named("image quay.io/x/busybox: not found") == "b")
        #expect(named("image \"busybox:1\"") == "c")
        #expect(named("docker.io/x/busybox:1.36: not found") == "d")
        #expect(named("image \"busybox:1.37\"") == nil)
        #expect(named("image \"busybox@sha256:01\"") == nil)
        #expect(named("image \"mybusybox\"") == nil)
        #expect(named("busybox/other:1") == nil)
    }

    @Test("knows the images of a desired DaemonSet in the order of their containers, and what holds them")
    func desired() throws {
        var settings = try Configuration.sample().daemonSet
        let own = PodImages(DesiredDaemonSet(settings))
        #expect(own.cached.map(\.name) == ["java", "theia"])
        #expect(own.cached.first?.reference == "quay.io/eclipse/che-java11-maven:nightly")
        #expect(own.holder == nil)
        let sleep = SleepImage(image: try #require(.parse("quay.io/x/kip:1")))
        settings.pods.holding = .copiedSleep(sleep)
        let copied = PodImages(DesiredDaemonSet(settings))
        #expect(copied.holder == .init(name: "KIP_IMAGE", reference: "quay.io/x/kip:1"))
        #expect(!copied.areVolumes)
        settings.pods.holding = .imageVolumes(sleep, fallsBack: false)
        #expect(PodImages(DesiredDaemonSet(settings)).areVolumes)
    }
}
