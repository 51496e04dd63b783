import Foundation
import TestSupport
import Testing

/// The real executable with the mock fleet.
@Suite("The command plan", .serialized)
struct PlanTests {
    private let puller = "kubernetes-image-puller"
    private let users = (1...4).map { "user-\($0)" }

    private func plan(
        _ environment: [String: String],
        _ arguments: [String] = []
    ) async throws -> (code: Int32, lines: [String]) {
        let process = try RunningProcess(puller, ["plan"] + arguments, environment: environment)
        let code = try await process.exitCode()
        return (code, process.lines)
    }

    @Test(
        "sends nothing but reads, tells each cluster in order, and its exit code says whether there is something to do"
    )
    func fleet() async throws {
        let fleet = try await MockFleetProcess(["--users", "\(users.count)", "--pull-ms", "10"])
        let environment = fleet.environment(users: users, ["MAX_CONCURRENT_REQUESTS": "2"])
        let empty = try await plan(environment)
        #expect(empty.code == 2)
        #expect(Array(empty.lines.prefix(4)) == users.map { "\($0): create \(puller)" })
        #expect(empty.lines.contains("4 clusters: 4 create"))

        try await fleet.putOurs(environment)
        try await poll(within: .seconds(180), "4 ready clusters") { try await fleet.readyClusters() == 4 }
        let right = try await plan(environment)
        #expect(right.code == 0)
        #expect(right.lines.contains("4 clusters: 4 nothing to do"))

        try await fleet.act(
            #"{"action":"putDaemonSet","preset":"go","name":"\#(puller)","replace":true}"#,
            user: "user-2"
        )
        try await fleet.act(
            #"{"action":"putDaemonSet","preset":"foreign","name":"\#(puller)","replace":true}"#,
            user: "user-3"
        )
        try await fleet.addFault(#"{"kind":"status","status":500,"body":"status"}"#, user: "user-4")
        let mixed = try await plan(environment)
        #expect(mixed.code == 1)
        #expect(mixed.lines.contains("4 clusters: 1 nothing to do, 1 take over, 1 conflict, 1 failed"))
        let some = try await plan(environment, ["--user", "user-2", "--user=user-1"])
        #expect(some.code == 2)
        #expect(
            some.lines.first
                == "user-2: take over \(puller), which a Go puller created, by \(puller)-b"
        )
        let counts = try await fleet.counts()
        #expect(counts.get > 0)
        #expect(counts.create + counts.delete + counts.watch == 0)
    }

    @Test("of users that cannot exist here ends with exit code 64")
    func wrongUser() async throws {
        let single = ["MULTICLUSTER": "false", "KUBERNETES_API_URL": "http://127.0.0.1:1", "IMAGES": "a=a:1"]
        let refused = try await plan(single, ["--user", "jane"])
        #expect(refused.code == 64)
        #expect(refused.lines == ["--user: there are no users with MULTICLUSTER=false"])
    }
}

/// One cluster of the mock fleet, without a proxy's header.
@Suite("One cluster that is asked about itself", .serialized)
struct SurveyTests {
    /// Runs `body` with the environment of a puller for one cluster.
    private func with(
        _ settings: String,
        _ changes: [String: String],
        _ body: (MockFleetProcess, [String: String]) async throws -> Void
    ) async throws {
        let fleet = try await MockFleetProcess(["--users", "1", "--pull-ms", "10"])
        try await fleet.configure(settings, user: "user-1")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try await fleet.token().write(to: file, atomically: true, encoding: .utf8)
        let environment = [
            "MULTICLUSTER": "false", "KUBERNETES_API_URL": fleet.pathURL.replacing("{user}", with: "user-1"),
            "BEARER_TOKEN_FILE": file.path, "IMAGES": "a=busybox:1", "BACKOFF_INITIAL_SECONDS": "0.2",
            "BACKOFF_MAX_SECONDS": "2",
        ]
        try await body(fleet, environment.merging(changes) { $1 })
    }

    private func run(_ environment: [String: String]) async throws -> RunningProcess {
        let process = try RunningProcess("kubernetes-image-puller", environment: environment)
        try await process.line(with: "event=ready")
        process.signal(SIGTERM)
        #expect(try await process.exitCode() == 0)
        return process
    }

    @Test("gets the pods of its platform and its owner, and the log says what that was decided from")
    func known() async throws {
        let uid = "0b5f0f2e-0001-4a53-8a5f-000000000007"
        try await with(
            #"{"discovery":"openshift","deploymentsReadable":true,"deployments":{"kip":"\#(uid)"}}"#,
            ["KIP_IMAGE": "quay.io/x/kip:1", "DEPLOYMENT_NAME": "kip"]
        ) { fleet, environment in
            try await fleet.addFault(
                #"{"kind":"status","status":503,"body":"text","content":"starting","verbs":["other"],"count":2}"#,
                user: "user-1"
            )
            let process = try await run(environment)
            let failed = try #require(process.lines.firstIndex { $0.contains("event=failed") })
            let created = try #require(process.lines.firstIndex { $0.contains("event=created") })
            #expect(failed < created)
            #expect(
                process.text.contains(
                    "platform: openshift, because the API group route.openshift.io is there"
                )
            )
            #expect(process.text.contains("event=surveyed"))
            let object = try await fleet.object(of: "user-1")
            #expect(object.contains(uid))
            #expect(object.contains("runAsNonRoot"))
            #expect(!object.contains("runAsUser"))
        }
    }

    @Test("is cached without an owner where the account may not read it, and the log says what that means")
    func unknown() async throws {
        try await with(
            #"{"discovery":"forbidden"}"#,
            ["KIP_IMAGE": "quay.io/x/kip:1", "DEPLOYMENT_NAME": "kip"]
        ) {
            fleet,
            environment in
            let process = try await run(environment)
            #expect(
                process.text.contains("platform: openshift, because the cluster's API groups are not known")
            )
            let lines = process.lines.filter { $0.contains("reason=Owner") }
            #expect(lines.count == 1)
            #expect(lines.first?.contains("the Deployment kip cannot be read") == true)
            #expect(lines.first?.contains("they stay when the Deployment is deleted") == true)
            #expect(try await !fleet.object(of: "user-1").contains("ownerReferences"))
        }
    }
}
