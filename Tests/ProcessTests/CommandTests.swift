import Foundation
import TestSupport
import Testing

@Suite("The command")
struct CommandTests {
    private func run(
        _ arguments: [String],
        _ environment: [String: String] = [:]
    ) async throws -> (code: Int32, text: String) {
        let process = try RunningProcess("kubernetes-image-puller", arguments, environment: environment)
        let code = try await process.exitCode()
        return (code, process.text)
    }

    private enum Stream: String {
        case output = "2>/dev/null"
        case errors = ">/dev/null"
    }

    /// Runs the command, and gives what it prints to one of its two streams.
    private func run(
        _ arguments: [String],
        _ environment: [String: String],
        only stream: Stream
    ) async throws -> (code: Int32, text: String) {
        let script = #"exec "$0" "$@" \#(stream.rawValue)"#
        let path = RunningProcess.path(of: "kubernetes-image-puller")
        let process = try RunningProcess(
            at: "/bin/sh",
            ["-c", script, path] + arguments,
            environment: environment
        )
        let code = try await process.exitCode()
        return (code, process.text)
    }

    /// What the Go puller's `openshift/configmap.yaml` and its secret give to the process.
    private let shippedFleet = [
        "IMAGES": "java11-maven=quay.io/eclipse/che-java11-maven:nightly; che-theia=eclipse/che-theia:7.0.0; "
            + "java-plugin-runner=eclipse/che-remote-plugin-runner-java8:7.0.0;\n",
        "CACHING_INTERVAL_HOURS": "1",
        "OPENSHIFT_PROXY_URL": "https://osoproxy.prod-preview.openshift.io",
        "OIDC_PROVIDER": "https://auth.prod-preview.openshift.io/api",
        "NAMESPACE": "k8s-image-puller",
        "IMPERSONATE_USERS": "osio-ci-ee3-preview",
        "CACHING_MEMORY_REQUEST": "1Mi",
        "CACHING_MEMORY_LIMIT": "5Mi",
        "NODE_SELECTOR": "{}",
        "DAEMONSET_NAME": "kubernetes-image-puller",
        "SERVICE_ACCOUNT_ID": "the-known-id",
        "SERVICE_ACCOUNT_SECRET": "the-known-secret",
    ]

    @Test(
        "`validate` accepts the environment of the Go puller's configurations unchanged, and prints no secret"
    )
    func acceptsShippedConfigurations() async throws {
        let fleet = try await run(["validate"], shippedFleet)
        #expect(fleet.code == 0)
        #expect(fleet.text.contains("IMPERSONATE_USERS=osio-ci-ee3-preview"))
        #expect(!fleet.text.contains("the-known"))

        let ignored = ["OPENSHIFT_PROXY_URL", "OIDC_PROVIDER", "IMPERSONATE_USERS", "SERVICE_ACCOUNT_ID"]
        var single = shippedFleet
        for variable in ignored + ["SERVICE_ACCOUNT_SECRET"] { single[variable] = "ignored" }
        single["MULTICLUSTER"] = "false"
        single["KUBERNETES_API_URL"] = "http://127.0.0.1:8001"
        let one = try await run(["validate"], single)
        #expect(one.code == 0)
        #expect(!one.text.contains("ignored"))
    }

    @Test("Ten wrong variables give ten lines and exit code 78, before anything is touched")
    func reportsAllProblemsAtOnce() async throws {
        let broken = shippedFleet.merging([
            "CACHING_INTERVAL_HOURS": "0", "IMAGES": "a=b=c", "DAEMONSET_NAME": "Not_A_Name",
            "NAMESPACE": "a.b",
            "IMPERSONATE_USERS": "jane,,joe", "OPENSHIFT_PROXY_URL": "proxy", "CACHING_MEMORY_LIMIT": "lots",
            "NODE_SELECTOR": "[]", "MIN_READY_PERCENT": "101", "LOG_FORMAT": "xml",
        ]) { $1 }
        for command in [["validate"], []] {
            let result = try await run(command, broken)
            #expect(result.code == 78)
            let lines = result.text.split(separator: "\n")
            #expect(lines.count == 10)
            for name in ["DAEMONSET_NAME", "LOG_FORMAT", "NAMESPACE"] {
                #expect(lines.contains { $0.hasPrefix("\(name)=\"\(broken[name] ?? "")\": must be ") })
            }
            #expect(!result.text.contains("the-known"))
        }
    }

    private struct Line: Decodable, Equatable {
        var level: String
        var event: String
        var reason: String
        var variable: String?
        var value: String?
    }

    @Test(
        "Configuration problems go to standard error only, in the format of the log",
        arguments: [[], ["validate"], ["manifest"], ["cleanup"]]
    )
    func problemsAsJSON(command: [String]) async throws {
        let broken = shippedFleet.merging(["NAMESPACE": "a.b", "LOG_FORMAT": "JSON"]) { $1 }
        #expect(try await run(command, broken, only: .output).text == "")
        let errors = try await run(command, broken, only: .errors)
        #expect(errors.code == 78)
        let lines = try errors.text.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        #expect(
            lines == [
                Line(
                    level: "error",
                    event: "configuration",
                    reason: "Invalid",
                    variable: "NAMESPACE",
                    value: "a.b"
                )
            ]
        )
        let text = try await run(command, broken.merging(["LOG_FORMAT": "text"]) { $1 }, only: .errors).text
        #expect(text.hasPrefix("NAMESPACE=\"a.b\": must be "))
        #expect(text.split(separator: "\n").count == 1)
    }

    @Test("Configuration problems are printed as text when LOG_FORMAT itself is wrong")
    func wrongFormat() async throws {
        let errors = try await run(
            ["validate"],
            shippedFleet.merging(["LOG_FORMAT": "jsonl"]) { $1 },
            only: .errors
        )
        #expect(errors.text.hasPrefix("LOG_FORMAT=\"jsonl\": must be "))
    }

    @Test(
        "A clean-up of users that cannot exist here ends with exit code 64, and says why in the format of the log"
    )
    func wrongUserOfCleanup() async throws {
        let single = [
            "MULTICLUSTER": "false", "KUBERNETES_API_URL": "http://127.0.0.1:1", "LOG_FORMAT": "json",
        ]
        let alone = try await run(["cleanup", "--user", "jane"], single, only: .errors)
        #expect(alone.code == 64)
        let line = try JSONDecoder().decode(Line.self, from: Data(alone.text.utf8))
        #expect(line == Line(level: "error", event: "cleanup", reason: "WrongUse"))

        let hosts = shippedFleet.merging(["OPENSHIFT_PROXY_URL": "https://{user}.example.com"]) { $1 }
        let impossible = try await run(["cleanup", "--user=jane_doe!"], hosts, only: .errors)
        #expect(impossible.code == 64)
        #expect(impossible.text.contains(#"--user: the user "jane_doe!" cannot be part of the host name"#))
    }

    @Test("A clean-up works without IMAGES, also on DaemonSets that have hundreds of images")
    func cleanupWithoutImages() async throws {
        let fleet = try await MockFleetProcess(["--users", "2", "--nodes", "1"])
        let users = ["user-1", "user-2"]
        let images = (1...500).map { "image-\($0)=registry.example.com/a/rather/long/name/of/an/image:\($0)" }
        let many = fleet.environment(users: users, ["IMAGES": images.joined(separator: ";")])
        try await fleet.putOurs(many)
        #expect(try await fleet.presentClusters() == 2)
        let none = fleet.environment(users: users, ["IMAGES": ""])
        let rehearsal = try await run(["cleanup", "--dry-run"], none, only: .output)
        #expect(rehearsal.text.split(separator: "\n").sorted() == users.map { "\($0): would be deleted" })
        let result = try await run(["cleanup"], none, only: .output)
        #expect(result.code == 0, "\(result.text)")
        #expect(result.text.split(separator: "\n").sorted() == users.map { "\($0): deleted" })
        #expect(try await fleet.presentClusters() == 0)
    }

    @Test("Arguments that are not understood give one line on standard error and exit code 64")
    func usage() async throws {
        let result = try await run(["cleanp"], [:], only: .errors)
        #expect(result.code == 64)
        #expect(
            result.text
                == "kubernetes-image-puller: unknown command \"cleanp\"; did you mean cleanup? (see kubernetes-image-puller --help)\n"
        )
        #expect(try await run(["cleanp"], [:], only: .output).text == "")
        let json = try await run(["cleanp"], ["LOG_FORMAT": "json"], only: .errors)
        #expect(json.code == 64)
        #expect(
            json.text.contains(
                #""event":"arguments","reason":"WrongUse","message":"kubernetes-image-puller: "#
            )
        )
        let help = try await run(["cleanup", "--help"], [:], only: .output)
        #expect(help.code == 0)
        #expect(help.text.contains("Usage: kubernetes-image-puller cleanup"))
        let version = try await run(["--version"])
        #expect(version.code == 0)
        #expect(version.text.hasPrefix("kubernetes-image-puller "))
    }

    @Test("`manifest` prints the same each time, as JSON and as YAML, without knowing any cluster")
    func manifest() async throws {
        let images = ["IMAGES": "b=busybox:1;a=alpine:3"]
        let first = try await run(["manifest"], images)
        #expect(first.code == 0)
        #expect(try await run(["manifest"], images).text == first.text)
        let object = try JSONSerialization.jsonObject(with: Data(first.text.utf8)) as? [String: Any]
        #expect(object?["kind"] as? String == "DaemonSet")
        let yaml = try await run(["manifest", "--format", "yaml"], images)
        #expect(yaml.text.hasPrefix("apiVersion: apps/v1\nkind: DaemonSet\n"))
        #expect(try await run(["manifest"], ["IMAGES": "A=b"]).code == 78)
    }
}
