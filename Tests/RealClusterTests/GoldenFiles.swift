import Foundation
import TestSupport

/// The manifests that the tests of the core keep as files, for a namespace of these tests.
struct GoldenFiles {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "PullerCoreTests/Manifests")

    /// All their names, sorted.
    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
            String($0.prefix { $0 != "." })
        }.sorted()
    }

    /// The DaemonSets of a file, in this namespace and on its nodes only; otherwise as they are.
    ///
    /// - Parameter change: What to change besides, by the path of a member such as `spec.template.spec.hostNetwork`.
    static func daemonSets(
        _ name: String,
        in namespace: TestNamespace,
        changing change: [String: Any] = [:]
    ) throws -> [String] {
        let data = try Data(contentsOf: folder.appending(path: name + ".json"))
        guard let root = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw RunningProcess.Problem("\(name).json is not an object")
        }
        let objects = root["items"] as? [[String: Any]] ?? [root]
        return try objects.map { object in
            var object: Any = object
            var changes = change
            changes["metadata.namespace"] = namespace.name
            changes["spec.template.spec.nodeSelector.test"] = namespace.name
            for (path, value) in changes { object = set(object, path.split(separator: ".")[...], value) }
            return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
        }
    }

    /// Sets a member, or the member of an element whose index is the step.
    private static func set(_ root: Any, _ path: ArraySlice<Substring>, _ value: Any) -> Any {
        guard let step = path.first else { return value }
        if let index = Int(step), var list = root as? [Any] {
            if index < list.count {
                list[index] = set(list[index], path.dropFirst(), value)
            } else {
                list.append(set([String: Any](), path.dropFirst(), value))
            }
            return list
        }
        var members = root as? [String: Any] ?? [:]
        members[String(step)] = set(members[String(step)] ?? [String: Any](), path.dropFirst(), value)
        return members
    }

    /// A DaemonSet without what a server writes in another way: quantities.
    static func comparable(_ daemonSet: String) throws -> JSONObject {
        var root = try JSONSerialization.jsonObject(with: Data(daemonSet.utf8))
        for list in ["initContainers", "containers"] {
            let containers = JSONObject(Array(daemonSet.utf8)).array("spec.template.spec.\(list)")
            for index in containers.indices {
                let path = "spec.template.spec.\(list).\(index).resources"
                root = set(root, path.split(separator: ".")[...], [String: Any]())
            }
        }
        return JSONObject(Array(try JSONSerialization.data(withJSONObject: root)))
    }
}
