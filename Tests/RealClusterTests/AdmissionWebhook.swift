import Foundation
import TestSupport

/// A webhook to which the API server sends the creations in one namespace; see scripts/admission-webhook.
final class AdmissionWebhook: Sendable {
    enum Kind: String {
        case deny
        case dropAnnotations = "drop-annotations"
        case replaceLabels = "replace-labels"

        var isMutating: Bool { self != .deny }
    }

    /// Runs `body` while the webhook receives the creations of a resource (`daemonsets` or `pods`).
    ///
    /// - Parameter isDown: Whether nothing listens on the webhook's port.
    static func with<Result>(
        _ kind: Kind,
        on resource: String,
        in namespace: TestNamespace,
        isDown: Bool = false,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let webhook = try await AdmissionWebhook(kind, on: resource, in: namespace, isDown: isDown)
        let result: Result
        do {
            try await webhook.wait(untilAsked: true)
            result = try await body()
        } catch {
            try? await webhook.remove()
            throw error
        }
        try await webhook.remove()
        try await webhook.wait(untilAsked: false)
        return result
    }

    private let kind: Kind
    private let resource: String
    private let namespace: TestNamespace
    private let process: RunningProcess

    private var configurationKind: String {
        kind.isMutating ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration"
    }
    private var configurations: String {
        "/apis/admissionregistration.k8s.io/v1/\(configurationKind.lowercased())s"
    }

    private init(_ kind: Kind, on resource: String, in namespace: TestNamespace, isDown: Bool) async throws {
        self.kind = kind
        self.resource = resource
        self.namespace = namespace
        let script = Repository.url("scripts/admission-webhook")
        process = try RunningProcess(
            at: "/usr/bin/env",
            ["python3", script.path, namespace.planes.serving.certificate, namespace.planes.serving.key],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        )
        let port = try await process.line(with: "port: ").dropFirst("port: ".count)
        if isDown { process.end() }
        let ca = try Data(contentsOf: URL(fileURLWithPath: namespace.planes.ca)).base64EncodedString()
        let group = resource == "pods" ? "" : "apps"
        let configuration = """
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"\(configurationKind)",
            "metadata":{"name":"\(namespace.name)"},"webhooks":[{
            "name":"policy.example.com","sideEffects":"None","admissionReviewVersions":["v1"],
            "failurePolicy":"Fail","timeoutSeconds":20,
            "clientConfig":{"url":"https://127.0.0.1:\(port)/\(kind.rawValue)","caBundle":"\(ca)"},
            "namespaceSelector":{"matchLabels":{"test":"\(namespace.name)"}},
            "rules":[{"apiGroups":["\(group)"],"apiVersions":["v1"],"operations":["CREATE"],
            "resources":["\(resource)"]}]}]}
            """
        do {
            try await namespace.admin.must("POST", configurations, configuration)
        } catch {
            process.end()
            throw error
        }
    }

    private func remove() async throws {
        process.end()
        try await namespace.admin.must("DELETE", "\(configurations)/\(namespace.name)")
    }

    /// Waits until the webhook's configuration has taken effect, about a second after it was changed.
    private func wait(untilAsked isAsked: Bool) async throws {
        try await poll(within: .seconds(120), "change of the webhook to \(isAsked ? "active" : "inactive")") {
            let (status, json) = try await namespace.admin.send("POST", probePath, probe)
            let wasAsked =
                kind.isMutating
                ? json.strings("metadata.annotations")["kubernetes-image-puller/probe"] == nil
                    || json.strings("metadata.labels")["probe"] == nil
                : !(200..<300).contains(status)
            return wasAsked == isAsked
        }
    }

    private var probePath: String {
        (resource == "pods" ? "\(namespace.core)/pods" : namespace.daemonSets) + "?dryRun=All"
    }

    private var probe: String {
        let metadata = """
            "metadata":{"name":"probe","annotations":{"kubernetes-image-puller/probe":"1"},"labels":{"probe":"1"}}
            """
        let spec = #"{"containers":[{"name":"a","image":"b"}]}"#
        return resource == "pods"
            ? #"{"apiVersion":"v1","kind":"Pod",\#(metadata),"spec":\#(spec)}"#
            : """
            {"apiVersion":"apps/v1","kind":"DaemonSet",\(metadata),"spec":{"selector":{"matchLabels":{"probe":"1"}},
            "template":{"metadata":{"labels":{"probe":"1"}},"spec":\(spec)}}}
            """
    }
}
