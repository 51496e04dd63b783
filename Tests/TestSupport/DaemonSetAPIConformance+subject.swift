import Foundation
import KubernetesAPI
import PullerCore

extension DaemonSetAPIConformance.Subject {
    /// Another name in the same namespace.
    var otherName: String { desired.baseName + "-other" }

    /// Creates the DaemonSet, or the same one under the other name.
    func create(other: Bool = false) async throws -> ObservedDaemonSet {
        let name = other ? otherName : desired.baseName
        let creation = try await api.create(try body(name: name), name: name)
        guard case .created(let created) = creation else {
            throw DaemonSetAPIConformance.Violation(description: "not created: \(creation)")
        }
        return created
    }

    private func body(name: String) throws -> [UInt8] {
        var object = try JSONSerialization.jsonObject(with: Data(desired.body())) as? [String: Any] ?? [:]
        var metadata = object["metadata"] as? [String: Any] ?? [:]
        metadata["name"] = name
        object["metadata"] = metadata
        return Array(try JSONSerialization.data(withJSONObject: object))
    }

    func observedUID(_ name: String? = nil) async throws -> String? {
        try await api.observe(name ?? desired.baseName).daemonSet?.uid
    }

    func delete(_ uid: String, name: String? = nil, resourceVersion: String? = nil) async throws -> Deletion {
        try await api.delete(name ?? desired.baseName, uid: uid, resourceVersion: resourceVersion)
    }

    /// Watches for up to ``patience``, while `meanwhile` runs.
    func watch(
        from version: String,
        receive: @escaping @Sendable (WatchEvent) async -> Bool,
        meanwhile: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        let seconds = Int(patience.components.seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await meanwhile() }
            try await api.watch(desired.baseName, from: version, seconds: seconds, receive: receive)
            // `meanwhile` may no longer be needed.
            group.cancelAll()
            try? await group.waitForAll()
        }
    }

    func clear() async throws {
        try await makeReady()
        for name in [desired.baseName, otherName] {
            while let uid = try await observedUID(name) {
                if case .going = try await delete(uid, name: name) { try await setFinalizers([]) }
            }
        }
    }
}
