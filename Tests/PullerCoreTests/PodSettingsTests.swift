import Testing

@testable import PullerCore

@Suite("What the pods look like")
struct PodSettingsTests {
    private static func pods(
        _ changes: [String: String],
        in environment: [String: String] = Environments.fleet
    ) throws -> PodSettings {
        try parse(environment, changes).get().daemonSet.pods
    }

    @Test("is as without any settings if nothing is given, or what templates leave where nothing is wanted")
    func nothing() throws {
        #expect(try Self.pods([:]) == PodSettings())
        let names = [
            "AFFINITY", "IMAGE_PULL_SECRETS", "DAEMONSET_ANNOTATIONS", "DAEMONSET_LABELS",
            "PRIORITY_CLASS_NAME",
            "RUNTIME_CLASS_NAME", "KIP_IMAGE", "DEPLOYMENT_NAME",
        ]
        for nothing in ["{}", "[]", "null", " { } ", "[]\n"] {
            let changes = Dictionary(uniqueKeysWithValues: names.map { ($0, nothing) })
            #expect(try Self.pods(changes, in: Environments.single) == PodSettings())
        }
    }

    @Test("has pull secrets with white space around them and a semicolon at the end")
    func pullSecrets() throws {
        #expect(try Self.pods(["IMAGE_PULL_SECRETS": "a; b.c ;\n"]).imagePullSecrets == ["a", "b.c"])
    }

    @Test("has annotations and labels besides our own")
    func metadata() throws {
        let pods = try Self.pods([
            "DAEMONSET_ANNOTATIONS": #"{"Example.com/a":"any text: ä\n","b":"","test":"t"}"#,
            "DAEMONSET_LABELS": #"{"example.com/a":"b_c","c":""}"#,
        ])
        #expect(pods.annotations == ["Example.com/a": "any text: ä\n", "b": "", "test": "t"])
        #expect(pods.labels == ["example.com/a": "b_c", "c": ""])
    }

    @Test("has the two classes")
    func classes() throws {
        let pods = try Self.pods(["PRIORITY_CLASS_NAME": "low.x", "RUNTIME_CLASS_NAME": "gvisor"])
        #expect(pods.priorityClassName == "low.x")
        #expect(pods.runtimeClassName == "gvisor")
    }

    @Test("is restricted with an image that has a sleep, and baseline without, unless the level is given")
    func level() throws {
        let image = ["KIP_IMAGE": "quay.io/eclipse/kubernetes-image-puller:next"]
        #expect(try Self.pods([:]).security.level == .baseline)
        #expect(try Self.pods(image).security.level == .restricted)
        #expect(try Self.pods(image.merging(["POD_SECURITY": "Baseline"]) { $1 }).security.level == .baseline)
        #expect(try Self.pods(["POD_SECURITY": "RESTRICTED"]).security.level == .restricted)
    }

    @Test("keeps images by their own sleep, a copied one, or as volumes")
    func holding() throws {
        let image = try #require(ImageReference.parse("x:1"))
        #expect(try Self.pods(["KIP_IMAGE": "x:1"]).holding == .copiedSleep(SleepImage(image: image)))
        #expect(
            try Self.pods(["KIP_IMAGE": "x:1", "PULL_SPREAD_SECONDS": "5m"]).holding
                == .copiedSleep(SleepImage(image: image, pullSpread: .seconds(300)))
        )
        let volumes = ["KIP_IMAGE": "x:1", "CACHE_MODE": "Image-Volumes"]
        #expect(try Self.pods(volumes).holding == .imageVolumes(SleepImage(image: image), fallsBack: false))
        #expect(
            try Self.pods(volumes.merging(["CACHE_MODE_FALLBACK": "containers"]) { $1 }).holding
                == .imageVolumes(SleepImage(image: image), fallsBack: true)
        )
    }

    @Test("has its security in every detail")
    func security() throws {
        let security = try Self.pods([
            "POD_SECURITY": "restricted", "RUN_AS_USER": "1", "SECCOMP_PROFILE": "None",
            "READ_ONLY_ROOT_FILESYSTEM": "False", "PLATFORM": "OpenShift",
        ])
        #expect(security.security.user == 1)
        #expect(security.security.usesSeccomp == false)
        #expect(!security.security.isRootReadOnly)
        #expect(security.platform == .openshift)
        // What the level says anyway is no other configuration.
        #expect(try Self.pods(["SECCOMP_PROFILE": "none"]) == PodSettings())
        #expect(try Self.pods(["SECCOMP_PROFILE": "runtimedefault"]).security.usesSeccomp == true)
        #expect(try Self.pods(["RUN_AS_USER": "2147483647"]).security.user == 65532)
    }

    @Test("has an owner only in the one cluster that it is in")
    func owner() throws {
        let changes = ["DEPLOYMENT_NAME": "puller"]
        #expect(try Self.pods(changes, in: Environments.single).deploymentName == "puller")
        #expect(try Self.pods(changes, in: Environments.fleet).deploymentName == nil)
        #expect(
            try Self.pods(["DEPLOYMENT_NAME": "Not a name"], in: Environments.fleet).deploymentName == nil
        )
    }

    @Test(
        "goes with a pull policy, and with the reading of pods",
        arguments: ["IfNotPresent", "ifnotpresent"]
    )
    func others(policy: String) throws {
        let configuration = try parse(
            Environments.fleet,
            ["IMAGE_PULL_POLICY": policy, "POD_STATUS": "1"]
        ).get()
        #expect(configuration.daemonSet.pullPolicy == .ifNotPresent)
        #expect(configuration.readsPods)
        #expect(try !parse(Environments.fleet).get().readsPods)
        // How long pulls took is read only where pods are.
        let both = ["POD_STATUS": "1", "PULL_TIMES": "true"]
        #expect(try parse(Environments.fleet, both).get().readsPulls)
        #expect(try !parse(Environments.fleet, ["PULL_TIMES": "true"]).get().readsPulls)
    }

    @Test(
        "is refused with the variable, the value and what would be right",
        arguments: [
            (
                "IMAGE_PULL_SECRETS", "a,b",
                #"item 1 "a,b" must be separated from the next item by ; and not by a comma"#
            ),
            ("IMAGE_PULL_SECRETS", "a b", "must be separated from the next item by ; and not by white space"),
            ("IMAGE_PULL_SECRETS", "a;b;a", #"item 3 "a" must be there only once; it is item 1, too"#),
            ("IMAGE_PULL_SECRETS", "a;;b", "item 2 must be the name of a secret"),
            ("IMAGE_PULL_SECRETS", "A", #"item 1 "A" must be the name of a secret"#),
            ("IMAGE_PULL_SECRETS", ";", "item 1 must be the name of a secret"),
            (
                "IMAGE_PULL_SECRETS", #"[{"name":"a"}]"#,
                "must be names of secrets, separated by ;, and not JSON"
            ),
            ("DAEMONSET_LABELS", #"{"test":"x"}"#, #"the label "test" must not be set"#),
            (
                "DAEMONSET_LABELS", #"{"app.kubernetes.io/name":"x"}"#,
                "must not be set, because the puller uses it"
            ),
            ("DAEMONSET_LABELS", #"{"app.kubernetes.io/managed-by":"x"}"#, "must not be set"),
            ("DAEMONSET_LABELS", #"{"kubernetes-image-puller/slot":"a"}"#, "must not be set"),
            ("DAEMONSET_LABELS", #"{"a":"b c"}"#, #"the value "b c" of "a" must be letters"#),
            ("DAEMONSET_LABELS", #"["a"]"#, "must be a JSON map of label to value"),
            ("DAEMONSET_LABELS", #"{"a"}"#, ": column 5 must be a colon"),
            ("DAEMONSET_ANNOTATIONS", #"{"kubernetes-image-puller/x":""}"#, "must not be set"),
            ("DAEMONSET_ANNOTATIONS", #"{"a b":"c"}"#, #"the annotation "a b" must be [<DNS name>/]<name>"#),
            ("DAEMONSET_ANNOTATIONS", #"{"a":true}"#, #"must have a string in quotes as the value of "a""#),
            ("DAEMONSET_ANNOTATIONS", #"{"a":"","a":""}"#, #"the annotation "a" must be there only once"#),
            (
                "DAEMONSET_ANNOTATIONS", #"{"a":"\#(String(repeating: "x", count: 250 << 10))"}"#,
                "all keys and values together must have at most 250 KiB"
            ),
            ("DAEMONSET_ANNOTATIONS", #"{"kubernetes.io/config.mirror":""}"#, "because it has another use"),
            (
                "DAEMONSET_ANNOTATIONS",
                #"{"container.apparmor.security.beta.kubernetes.io/a":"runtime/default"}"#,
                "because it has another use"
            ),
            (
                "DAEMONSET_ANNOTATIONS", #"{"seccomp.security.alpha.kubernetes.io/pod":"x"}"#,
                "must not be set; SECCOMP_PROFILE chooses the profile"
            ),
            (
                "DAEMONSET_ANNOTATIONS", #"{"container.seccomp.security.alpha.kubernetes.io/a":"x"}"#,
                "must not be set; SECCOMP_PROFILE chooses the profile"
            ),
            ("PRIORITY_CLASS_NAME", "High Priority", "must be the name of a PriorityClass"),
            ("RUNTIME_CLASS_NAME", "a_b", "must be the name of a RuntimeClass"),
            ("KIP_IMAGE", "kip=quay.io/x", "must be one image with a shell and a static /bin/sleep"),
            ("KIP_IMAGE", "quay.io/X", "must have its path in lower case: x"),
            ("PULL_SPREAD_SECONDS", "60", "must be 0 without KIP_IMAGE"),
            ("PULL_SPREAD_SECONDS", "soon", "must be a number of seconds"),
            ("CACHE_MODE", "image-volumes", "must be containers without KIP_IMAGE"),
            ("CACHE_MODE", "volumes", "must be containers or image-volumes"),
            ("CACHE_MODE_FALLBACK", "yes", "must be none or containers"),
            ("POD_SECURITY", "privileged", "must be restricted or baseline"),
            ("RUN_AS_USER", "root", "must be the number of a user"),
            ("RUN_AS_USER", "2147483648", "must be the number of a user, at most 2147483647"),
            ("SECCOMP_PROFILE", "Unconfined", "must be RuntimeDefault or none"),
            ("READ_ONLY_ROOT_FILESYSTEM", "yes", "must be true or false"),
            ("PLATFORM", "okd", "must be auto, kubernetes or openshift"),
            ("DEPLOYMENT_NAME", "a_b", "must be the name of a Deployment"),
            ("POD_STATUS", "yes", "must be true or false"),
            ("PULL_TIMES", "yes", "must be true or false"),
            ("IMAGE_PULL_POLICY", "Never", "must be Always or IfNotPresent"),
        ]
    )
    func refused(name: String, value: String, expected: String) {
        let lines = problems(Environments.single, [name: value])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("\(name)=\"") == true, "\(lines)")
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }

    @Test("cannot be restricted for the user root")
    func root() {
        let lines = problems(Environments.fleet, ["POD_SECURITY": "restricted", "RUN_AS_USER": "0"])
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasPrefix(#"RUN_AS_USER="0": must be the number of a user who is not root"#) == true
        )
        #expect(problems(Environments.fleet, ["RUN_AS_USER": "0"]) == [])
    }

    @Test("says all that is wrong at once, and nothing about what depends on it")
    func severalProblems() {
        let changes = [
            "KIP_IMAGE": "X", "PULL_SPREAD_SECONDS": "60", "CACHE_MODE": "image-volumes", "AFFINITY": "x",
            "TOLERATIONS": "x", "DAEMONSET_LABELS": "x", "POD_SECURITY": "x", "PLATFORM": "x",
        ]
        let lines = problems(Environments.fleet, changes)
        #expect(
            lines.map { String($0.prefix { $0 != "=" }) } == [
                "TOLERATIONS", "AFFINITY", "DAEMONSET_LABELS", "KIP_IMAGE", "POD_SECURITY", "PLATFORM",
            ]
        )
    }

    @Test("the Go puller's settings for pods are accepted unchanged")
    func goPuller() throws {
        let settings = try parse(
            Environments.pod,
            [
                "DAEMONSET_ANNOTATIONS": "{}", "IMAGE_PULL_SECRETS": "", "AFFINITY": "{}",
                "TOLERATIONS": "[]",
                "KIP_IMAGE": "quay.io/eclipse/kubernetes-image-puller:next", "PRIORITY_CLASS_NAME": "{}",
                "DEPLOYMENT_NAME": "kubernetes-image-puller",
            ],
            files: Environments.podFiles
        ).get().daemonSet
        #expect(settings.placement == Placement(nodeSelector: [:]))
        #expect(settings.pods.deploymentName == "kubernetes-image-puller")
        #expect(settings.pods.affinity == nil)
    }
}
