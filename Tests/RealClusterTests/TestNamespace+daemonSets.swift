import TestSupport

// The contents of the namespace, and what other users do in it.
extension TestNamespace {
    /// The name of the first DaemonSet.
    static let daemonSet = "kubernetes-image-puller"
    /// The name of its replacement; the two names alternate.
    static let alternate = "kubernetes-image-puller-b"

    struct Seen: Equatable {
        var name: String
        var uid: String
        var ready: Int
        var desired: Int
        var generation: Int
        var image: String
        var isTerminating: Bool

        init?(_ json: JSONObject) {
            guard let name = json.string("metadata.name"), let uid = json.string("metadata.uid") else {
                return nil
            }
            self.name = name
            self.uid = uid
            ready = json.int("status.numberReady") ?? 0
            desired = json.int("status.desiredNumberScheduled") ?? 0
            generation = json.int("metadata.generation") ?? 0
            image = json.array("spec.template.spec.containers").first?.string("image") ?? ""
            isTerminating = json.string("metadata.deletionTimestamp") != nil
        }
    }

    private func path(_ daemonSet: String) -> String { "\(daemonSets)/\(daemonSet)" }

    /// All DaemonSets of the namespace as the API server reports them, sorted by name.
    func all() async throws -> [Seen] {
        try await admin.must("GET", daemonSets).array("items").compactMap(Seen.init).sorted {
            $0.name < $1.name
        }
    }

    /// The DaemonSet of this name.
    func seen(_ daemonSet: String = daemonSet) async throws -> Seen? {
        let (status, json) = try await admin.send("GET", path(daemonSet))
        return status == 200 ? Seen(json) : nil
    }

    /// Waits until any DaemonSet of the namespace meets the condition.
    @discardableResult
    func wait(
        _ what: String,
        within limit: Duration = .seconds(240),
        until condition: (Seen) -> Bool
    ) async throws -> Seen {
        var last: [Seen] = []
        try await poll(within: limit, "DaemonSet that \(what) in \(user); last seen: \(last)") {
            last = try await all()
            return last.contains(where: condition)
        }
        guard let found = last.first(where: condition) else { throw RunningProcess.Problem("nothing there") }
        return found
    }

    /// Waits until there is exactly one DaemonSet, and it meets the condition.
    @discardableResult
    func waitAlone(
        _ what: String,
        within limit: Duration = .seconds(240),
        until condition: (Seen) -> Bool
    ) async throws -> Seen {
        var last: [Seen] = []
        try await poll(within: limit, "only DaemonSet that \(what) in \(user); last seen: \(last)") {
            last = try await all()
            return last.count == 1 && last.allSatisfy(condition)
        }
        guard let found = last.first else { throw RunningProcess.Problem("nothing there") }
        return found
    }

    /// Waits until there is exactly one DaemonSet, and it is ready.
    @discardableResult
    func waitReady(
        nodes: Int = 3,
        image: String? = nil,
        within limit: Duration = .seconds(240)
    ) async throws -> Seen {
        try await waitAlone("is ready on \(nodes) nodes", within: limit) {
            $0.desired == nodes && $0.ready == nodes && !$0.isTerminating && image ?? $0.image == $0.image
        }
    }

    func create(_ daemonSet: String) async throws { try await admin.must("POST", daemonSets, daemonSet) }

    func editImage(_ image: String, of daemonSet: String = daemonSet) async throws {
        try await patch(
            daemonSet,
            #"[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"\#(image)"}]"#
        )
    }

    func setFinalizers(_ finalizers: [String], of daemonSet: String) async throws {
        let list = finalizers.map { "\"\($0)\"" }.joined(separator: ",")
        try await patch(daemonSet, #"[{"op":"add","path":"/metadata/finalizers","value":[\#(list)]}]"#)
    }

    private func patch(_ daemonSet: String, _ patch: String) async throws {
        try await admin.must(
            "PATCH",
            path(daemonSet),
            patch,
            contentType: "application/json-patch+json"
        )
    }

    func delete(_ daemonSet: String = daemonSet, propagation: String = "Background") async throws {
        try await admin.must(
            "DELETE",
            path(daemonSet),
            #"{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"\#(propagation)"}"#
        )
    }

    func podCount() async throws -> Int { try await admin.must("GET", "\(core)/pods").array("items").count }

    /// The nodes with a pod that is ready and is not being deleted.
    ///
    /// - Parameter images: Counts only pods whose first image starts with this.
    func readyNodes(of images: String = "") async throws -> Set<String> {
        let pods = try await admin.must("GET", "\(core)/pods").array("items")
        return Set(
            pods.filter { pod in
                let image = pod.array("spec.containers").first?.string("image") ?? ""
                return pod.string("metadata.deletionTimestamp") == nil
                    && image.hasPrefix(images)
                    && pod.array("status.conditions").contains {
                        $0.string("type") == "Ready" && $0.string("status") == "True"
                    }
            }.compactMap { $0.string("spec.nodeName") }
        )
    }
}
