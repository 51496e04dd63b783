import Foundation
import TestSupport
import Testing

/// The files that a user applies, with a real API server.
@Suite("The deployment", .enabled(if: ControlPlanes.shared != nil, "\(ControlPlanes.reason)"))
struct DeploymentTests {
    /// The objects of a template, expanded as `make ... OC=kubectl` does.
    private func objects(_ file: String, _ parameters: [String: String]) async throws -> [JSONObject] {
        let arguments = parameters.flatMap { ["-p", "\($0.key)=\($0.value)"] }
        let process = try RunningProcess(
            at: "/usr/bin/env",
            ["python3", Repository.url("scripts/process-template").path]
                + [Repository.url(file).path] + arguments,
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        )
        guard try await process.exitCode() == 0 else { throw RunningProcess.Problem(process.text) }
        return JSONObject(Array(process.text.utf8)).array("items")
    }

    private func create(_ objects: [JSONObject], in namespace: TestNamespace) async throws {
        let resources = [
            "ServiceAccount": "/api/v1", "ConfigMap": "/api/v1", "Service": "/api/v1",
            "Deployment": "/apis/apps/v1",
            "Role": "/apis/rbac.authorization.k8s.io/v1", "RoleBinding": "/apis/rbac.authorization.k8s.io/v1",
        ]
        for object in objects {
            let kind = try #require(object.string("kind"))
            let group = try #require(resources[kind])
            // Without a namespace, the object goes to the one that the user's client is set to.
            #expect([namespace.name, nil].contains(object.string("metadata.namespace")))
            try await namespace.admin.must(
                "POST",
                "\(group)/namespaces/\(namespace.name)/\(kind.lowercased())s",
                try object.text()
            )
        }
    }

    @Test(
        "for a single cluster is accepted unchanged, and its account and configuration suffice for the puller"
    )
    func singleCluster() async throws {
        let namespace = try TestNamespace("alpha")
        try await namespace.prepare(verbs: [], nodes: 2)
        let account = "puller-of-\(namespace.name)"
        let common = ["NAMESPACE": namespace.name]
        let named = common.merging(["SERVICEACCOUNT_NAME": account]) { $1 }
        let configuration = try await objects("deploy/configmap.yaml", common)
        try await create(try await objects("deploy/serviceaccount.yaml", named), in: namespace)
        try await create(configuration, in: namespace)
        let app = try await objects(
            "deploy/app.yaml",
            named.merging(["IMAGE": "x/y", "IMAGE_TAG": "1"]) { $1 }
        )
        try await create(app, in: namespace)
        let deployment = try #require(app.first)
        #expect(deployment.string("spec.template.spec.serviceAccountName") == account)
        #expect(deployment.array("spec.template.spec.containers").first?.string("image") == "x/y:1")

        try await run(configuration.first?.strings("data") ?? [:], account: account, in: namespace)
        await namespace.clearUp()
    }

    @Test(
        "is the same by the chart with Helm 3 or 4, by the kustomization and by the templates",
        .enabled("Helm is not available: scripts/helm-binaries says why") { try await Self.hasHelm() }
    )
    func allWaysOfInstalling() async throws {
        let state = try #require(ProcessInfo.processInfo.environment["TEST_CONTROL_PLANE"])
        let process = try Self.script(
            ["test-deployments", "RealServerTests"],
            environment: ["TEST_CONTROL_PLANE": state]
        )
        #expect(try await process.exitCode(within: .seconds(400)) == 0, "\(process.text)")
        #expect(process.lines.last == "OK", "\(process.text.suffix(2000))")
    }

    /// The chart's own defaults, apart from the images.
    @Test(
        "by the chart or the kustomization is accepted unchanged, suffices for the puller, and causes no warning",
        .enabled("Helm is not available: scripts/helm-binaries says why") { try await Self.hasHelm() },
        arguments: ["chart", "kustomization", "chart-options"]
    )
    func rendered(source: String) async throws {
        let namespace = try TestNamespace("beta")
        try await namespace.prepare(verbs: [], nodes: 2)
        let rendering = try Self.script(["test-deployments", "render", source, namespace.name])
        #expect(try await rendering.exitCode() == 0, "\(rendering.text)")
        let objects = JSONObject(Array(rendering.text.utf8)).array("items")
            .filter { $0.string("kind") != "Namespace" }
        #expect(objects.count == 6)
        try await create(objects, in: namespace)
        let configuration = try #require(objects.first { $0.string("kind") == "ConfigMap" })
        try await run(configuration.strings("data"), account: "kubernetes-image-puller", in: namespace)
        await namespace.clearUp()
    }

    private static func script(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> RunningProcess {
        let own = ProcessInfo.processInfo.environment
        let inherited = own.filter { ["PATH", "HOME", "XDG_CACHE_HOME"].contains($0.key) }
        return try RunningProcess(
            at: "/usr/bin/env",
            [Repository.url("scripts/\(arguments[0])").path] + arguments.dropFirst(),
            environment: inherited.merging(environment) { $1 }
        )
    }

    private static func hasHelm() async throws -> Bool {
        try await script(["helm-binaries"]).exitCode(within: .seconds(300)) == 0
    }

    /// Runs the puller as in its pod: with the ConfigMap's variables, and files with the account's token and the
    /// cluster's CA.
    private func run(
        _ variables: [String: String],
        account: String,
        in namespace: TestNamespace
    ) async throws {
        let token = FileManager.default.temporaryDirectory.appendingPathComponent(
            "token-\(UUID().uuidString)"
        )
        defer { try? FileManager.default.removeItem(at: token) }
        try await namespace.serviceAccountToken(account).write(to: token, atomically: true, encoding: .utf8)
        var environment = variables
        #expect(environment["MULTICLUSTER"] == "false")
        environment["KUBERNETES_API_URL"] = try namespace.planes.plane(namespace.plane).url
        environment["BEARER_TOKEN_FILE"] = token.path
        environment["CA_BUNDLE_FILE"] = namespace.planes.ca
        environment["NODE_SELECTOR"] = #"{"test":"\#(namespace.name)"}"#
        environment["ON_EXIT"] = "delete"
        let validation = try RunningProcess("kubernetes-image-puller", ["validate"], environment: environment)
        #expect(try await validation.exitCode() == 0, "\(validation.text)")
        #expect(!validation.text.contains("warning"), "\(validation.text)")
        #expect([environment["STATUS_PORT"], environment["CONSOLE_PORT"]] == ["8080", "8081"])
        // A pod has these ports to itself; here, another program may have them.
        environment["STATUS_PORT"] = "0"
        environment["CONSOLE_PORT"] = "0"
        let process = try RunningProcess("kubernetes-image-puller", environment: environment)
        defer { process.end() }
        try await process.line(with: "event=ready", "2/2")
        #expect(try await process.stop() == 0)
        #expect(try await namespace.all().isEmpty)
    }

    @Test(
        "by make passes kubectl objects that the API server accepts, with the given images and the Roles of the options",
        arguments: [[], ["POD_STATUS=true", "PULL_TIMES=true", "DEPLOYMENT_NAME=kubernetes-image-puller"]]
    )
    func make(options: [String]) async throws {
        let planes = try ControlPlanes.required()
        let namespace = try TestNamespace("alpha")
        try await namespace.prepare(verbs: [], nodes: 1)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "make-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // A stand-in for kubectl, which stores what it is told to apply. It is read by a shell and not executed: a process
        // that another test starts at this moment may still have it open for writing ("Text file busy").
        let kubectl = folder.appendingPathComponent("kubectl")
        try "#!/bin/sh\ncat > \"$(mktemp \"$0.XXXXXX\")\"\n".write(
            to: kubectl,
            atomically: true,
            encoding: .utf8
        )
        let process = try RunningProcess(
            at: "/usr/bin/env",
            ["make", "-C", Repository.folder.path, "local-setup", "local-deploy", "OC=sh \(kubectl.path)"]
                + ["NAMESPACE=\(namespace.name)", "DOCKERIMAGE_NAME=x/y"]
                + ["IMAGES=jdk=eclipse-temurin:21;node=node:22"] + options,
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        )
        #expect(try await process.exitCode() == 0, "\(process.text)")
        let applied = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0 != "kubectl" }
            .flatMap { name in
                JSONObject(try Data(contentsOf: folder.appendingPathComponent(name)).map { $0 }).array(
                    "items"
                )
            }
        func first(_ kind: String) throws -> JSONObject {
            try #require(applied.first { $0.string("kind") == kind })
        }
        // Each option needs a Role and its binding.
        #expect(applied.count == 6 + 2 * options.count)
        try await create(applied, in: namespace)
        let container = try first("Deployment").array("spec.template.spec.containers").first
        #expect(container?.string("image") == "x/y:latest")
        var environment = try first("ConfigMap").strings("data")
        #expect(environment["IMAGES"] == "jdk=eclipse-temurin:21;node=node:22")
        for option in options {
            #expect(environment.contains { "\($0.key)=\($0.value)" == option })
        }
        environment["KUBERNETES_API_URL"] = try planes.plane("alpha").url
        let validation = try RunningProcess(
            "kubernetes-image-puller",
            ["validate"],
            environment: environment
        )
        #expect(try await validation.exitCode() == 0, "\(validation.text)")
        await namespace.clearUp()
    }

    @Test(
        "for many clusters is accepted unchanged, and its Role suffices for the account in a target cluster"
    )
    func multiCluster() async throws {
        let namespace = try TestNamespace("beta")
        try await namespace.prepare(verbs: [], nodes: 1)
        let common = ["NAMESPACE": namespace.name]
        try await create(try await objects("openshift/serviceaccount.yaml", [:]), in: namespace)
        try await create(try await objects("openshift/configmap.yaml", [:]), in: namespace)
        let app = try await objects(
            "openshift/app.yaml",
            [
                "SERVICEACCOUNT_NAME": "a", "SERVICE_ACCT_CREDENTIALS_SECRET": "b", "IMAGE": "c",
                "IMAGE_TAG": "d",
            ]
        )
        try await create(app, in: namespace)
        let container = try #require(app.first?.array("spec.template.spec.containers").first)
        #expect(
            container.array("env").compactMap { $0.string("valueFrom.secretKeyRef.key") }.sorted()
                == ["service.account.id", "service.account.secret"]
        )
        #expect(
            Set(container.array("env").compactMap { $0.string("valueFrom.secretKeyRef.name") }) == ["b"]
        )

        // The account in the target cluster has no other rights than this Role.
        try await create(try await objects("openshift/target-role.yaml", common), in: namespace)
        let process = try namespace.startPuller(["ON_EXIT": "delete"])
        defer { process.end() }
        try await process.line(with: "event=ready", "1/1")
        #expect(try await process.stop() == 0)
        #expect(try await namespace.all().isEmpty)
        await namespace.clearUp()
    }

    @Test("of the DaemonSet that `manifest` prints succeeds, and the API server only adds defaults to it")
    func manifest() async throws {
        let namespace = try TestNamespace("alpha")
        try await namespace.prepare(nodes: 0)
        let process = try RunningProcess(
            "kubernetes-image-puller",
            ["manifest"],
            // Already in the API server's notation, which writes .05 as 50m.
            environment: namespace.environment(
                users: nil,
                ["CACHING_CPU_REQUEST": "50m", "CACHING_CPU_LIMIT": "200m"]
            )
        )
        #expect(try await process.exitCode() == 0)
        let sent = JSONObject(Array(process.text.utf8))
        let path = "/apis/apps/v1/namespaces/\(namespace.name)/daemonsets"
        let made = try await namespace.admin.must("POST", path, process.text)
        #expect(made.containsAll(of: sent))
        #expect(made.int("metadata.generation") == 1)
    }
}
