/// What makes a body unreadable as a DaemonSet: 400, before anything is validated.
enum DaemonSetDecoding {
    static func object(_ body: [UInt8], namespace: String) throws(Refusal) -> JSON {
        guard var object = try? JSON(parsing: body), object.members != nil else {
            throw unreadable("couldn't get version/kind; json parse error")
        }
        guard let version = object["apiVersion"]?.string, let kind = object["kind"]?.string else {
            throw unreadable("Object 'Kind' is missing")
        }
        guard version == "apps/v1" else {
            let message =
                "the API version in the data (\(version)) does not match the expected API version (apps/v1)"
            throw Refusal(.badRequest(message))
        }
        guard kind == "DaemonSet" else {
            throw unreadable("no kind \"\(kind)\" is registered for version \"apps/v1\"")
        }
        try metadata(object["metadata"], namespace: namespace)
        object["metadata"]?["namespace"] = .string(namespace)
        try spec(object["spec"])
        return object
    }

    private static func unreadable(_ detail: String) -> Refusal {
        Refusal(.badRequest("DaemonSet in version \"v1\" cannot be handled as a DaemonSet: \(detail)"))
    }

    private static func metadata(_ metadata: JSON?, namespace: String) throws(Refusal) {
        if let named = metadata?["namespace"]?.string, !named.isEmpty, named != namespace {
            throw Refusal(
                .badRequest(
                    "the namespace of the provided object does not match the namespace sent on the request"
                )
            )
        }
        try strings(metadata?["labels"], "labels")
        try strings(metadata?["annotations"], "annotations")
    }

    private static func spec(_ spec: JSON?) throws(Refusal) {
        try strings(spec?["selector"]?["matchLabels"], "matchLabels")
        let template = spec?["template"]
        try strings(template?["metadata"]?["labels"], "labels")
        let pod = template?["spec"]
        try strings(pod?["nodeSelector"], "nodeSelector")
        try strings(template?["metadata"]?["annotations"], "annotations")
        for field in ["volumes", "tolerations", "imagePullSecrets"] {
            guard let value = pod?[field], value != .null else { continue }
            guard let elements = value.elements, elements.allSatisfy({ $0.members != nil }) else {
                throw unreadable("\(field) must be an array of objects")
            }
        }
        for field in ["priorityClassName", "runtimeClassName"] {
            guard let value = pod?[field], value != .null else { continue }
            guard value.string != nil else { throw unreadable("\(field) must be a string") }
        }
        for field in ["affinity", "securityContext"] {
            guard let value = pod?[field], value != .null else { continue }
            guard value.members != nil else { throw unreadable("\(field) must be an object") }
        }
        for list in ["initContainers", "containers"] {
            guard let value = pod?[list], value != .null else { continue }
            guard let containers = value.elements else { throw unreadable("\(list) must be an array") }
            for container in containers {
                for field in ["command", "args"] {
                    let elements = container[field]?.elements ?? []
                    guard elements.allSatisfy({ $0.string != nil }) else {
                        throw unreadable("\(field) must be strings")
                    }
                }
                for kind in ["requests", "limits"] {
                    for value in (container["resources"]?[kind]?.members ?? [:]).values
                    where KubernetesQuantity.value(value) == nil {
                        throw unreadable(
                            "quantities must match the regular expression "
                                + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                        )
                    }
                }
            }
        }
    }

    private static func strings(_ json: JSON?, _ field: String) throws(Refusal) {
        guard let json, json != .null else { return }
        guard json.strings != nil else { throw unreadable("\(field) must be an object of strings") }
    }
}

/// What a deletion says about itself.
struct DeleteOptions: Sendable, Equatable {
    var isForeground = false
    var isDryRun = false
    var uid: String?
    var resourceVersion: String?

    init(isForeground: Bool) {
        self.isForeground = isForeground
    }

    /// From the body (`DeleteOptions`, may be missing) or else the query.
    init(_ body: [UInt8], query: [String: String]) throws(Refusal) {
        var options: JSON = [:]
        if !body.isEmpty {
            guard let json = try? JSON(parsing: body), json.members != nil else {
                throw Refusal(.badRequest("couldn't get version/kind; json parse error"))
            }
            let kind = json["kind"]?.string ?? "DeleteOptions"
            guard kind == "DeleteOptions" else {
                throw Refusal(.badRequest("decoded object cannot be converted to DeleteOptions: \(kind)"))
            }
            options = json
        }
        let policy = options["propagationPolicy"]?.string ?? query["propagationPolicy"] ?? "Background"
        guard ["Background", "Foreground", "Orphan"].contains(policy) else {
            let cause = KubernetesStatus.Cause(
                reason: "FieldValueNotSupported",
                message: "Unsupported value: \"\(policy)\": supported values: \"Orphan\", \"Background\", "
                    + "\"Foreground\"",
                field: "propagationPolicy"
            )
            throw Refusal(.invalid("", causes: [cause]))
        }
        isForeground = policy == "Foreground"
        isDryRun = query["dryRun"] == "All" || options["dryRun"]?[0]?.string == "All"
        uid = options["preconditions"]?["uid"]?.string
        resourceVersion = options["preconditions"]?["resourceVersion"]?.string
    }
}
