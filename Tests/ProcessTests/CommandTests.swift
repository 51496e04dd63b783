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

    @Test("accepts the environment of the Go puller's configurations unchanged, and prints no secret")
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

    @Test("prints a line for each of ten broken variables and ends with 78, before anything is touched")
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

    @Test("prints its usage and ends with 64 when it does not know an argument")
    func usage() async throws {
        let result = try await run(["--frobnicate"])
        #expect(result.code == 64)
        #expect(result.text.contains("--frobnicate") && result.text.contains("Usage:"))
        #expect(try await run(["--help"]).code == 0)
        let version = try await run(["--version"])
        #expect(version.code == 0)
        #expect(version.text.hasPrefix("kubernetes-image-puller "))
    }

    @Test("prints the same manifest each time, as JSON and as YAML, without knowing any cluster")
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
