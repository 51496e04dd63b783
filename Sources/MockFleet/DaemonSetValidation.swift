/// The checks of an API server that a puller can fail: reasons, fields and texts as in
/// pkg/apis/apps/validation and pkg/apis/core/validation. Not all of them: a real server decides in the end.
struct DaemonSetValidation {
    var causes: [KubernetesStatus.Cause] = []

    /// All that is wrong with a DaemonSet, in the order of its fields.
    static func causes(of object: JSON) -> [KubernetesStatus.Cause] {
        var validation = Self()
        validation.metadata(object["metadata"] ?? [:])
        validation.spec(object["spec"] ?? [:])
        return validation.causes
    }

    mutating func required(_ field: String, _ detail: String = "") {
        let message = detail.isEmpty ? "Required value" : "Required value: \(detail)"
        causes.append(.init(reason: "FieldValueRequired", message: message, field: field))
    }

    mutating func invalid(_ field: String, _ value: String, _ detail: String) {
        causes.append(
            .init(reason: "FieldValueInvalid", message: "Invalid value: \(value): \(detail)", field: field)
        )
    }

    mutating func unsupported(_ field: String, _ value: String, _ supported: [String]) {
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        let message = "Unsupported value: \"\(value)\": supported values: \(list)"
        causes.append(.init(reason: "FieldValueNotSupported", message: message, field: field))
    }

    private mutating func metadata(_ metadata: JSON) {
        let name = metadata["name"]?.string ?? ""
        if name.isEmpty {
            required("metadata.name", "name or generateName is required")
        } else if !KubernetesName.isSubdomain(name) {
            invalid("metadata.name", "\"\(name)\"", KubernetesName.subdomainRule)
        }
        labels(metadata["labels"], "metadata.labels")
        owners(metadata["ownerReferences"]?.elements ?? [])
        for key in (metadata["annotations"]?.members ?? [:]).keys.sorted()
        where !KubernetesName.isQualified(key.lowercased()) {
            invalid("metadata.annotations", "\"\(key)\"", KubernetesName.qualifiedRule)
        }
    }

    private mutating func labels(_ labels: JSON?, _ field: String) {
        for (key, value) in (labels?.strings ?? [:]).sorted(by: { $0.key < $1.key }) {
            if !KubernetesName.isQualified(key) { invalid(field, "\"\(key)\"", KubernetesName.qualifiedRule) }
            if !KubernetesName.isLabelValue(value) {
                invalid(field, "\"\(value)\"", KubernetesName.valueRule)
            }
        }
    }

    private mutating func spec(_ spec: JSON) {
        let selector = spec["selector"]?["matchLabels"]?.strings ?? [:]
        let expressions = spec["selector"]?["matchExpressions"]?.elements ?? []
        let template = spec["template"] ?? [:]
        let podLabels = template["metadata"]?["labels"]?.strings ?? [:]
        if spec["selector"] == nil {
            required("spec.selector")
        } else if selector.isEmpty, expressions.isEmpty {
            invalid("spec.selector", "{}", "empty selector is invalid for daemonset")
        }
        if !selector.allSatisfy({ podLabels[$0.key] == $0.value }) || (spec["selector"] == nil) {
            invalid(
                "spec.template.metadata.labels",
                String(decoding: JSON(podLabels).text, as: UTF8.self),
                "`selector` does not match template `labels`"
            )
        }
        labels(template["metadata"]?["labels"], "spec.template.metadata.labels")
        pod(template["spec"] ?? [:], "spec.template.spec")
    }

    private mutating func pod(_ pod: JSON, _ field: String) {
        let volumes = volumes(pod["volumes"]?.elements ?? [], "\(field).volumes")
        var names: Set<String> = []
        for list in ["initContainers", "containers"] {
            for (index, element) in (pod[list]?.elements ?? []).enumerated() {
                container(element, "\(field).\(list)[\(index)]", names: &names, volumes: volumes)
            }
        }
        if (pod["containers"]?.elements ?? []).isEmpty { required("\(field).containers") }
        if let policy = pod["restartPolicy"]?.string, policy != "Always" {
            unsupported("\(field).restartPolicy", policy, ["Always"])
        }
        if let grace = pod["terminationGracePeriodSeconds"]?.int, grace < 0 {
            invalid(
                "\(field).terminationGracePeriodSeconds",
                "\(grace)",
                "must be greater than or equal to 0"
            )
        }
        labels(pod["nodeSelector"], "\(field).nodeSelector")
        placement(of: pod, field)
    }

    mutating func duplicate(_ field: String, _ value: String) {
        causes.append(
            .init(reason: "FieldValueDuplicate", message: "Duplicate value: \"\(value)\"", field: field)
        )
    }

    private mutating func container(
        _ container: JSON,
        _ field: String,
        names: inout Set<String>,
        volumes: Set<String>
    ) {
        let name = container["name"]?.string ?? ""
        if name.isEmpty {
            required("\(field).name")
        } else if !KubernetesName.isLabel(name) {
            invalid("\(field).name", "\"\(name)\"", KubernetesName.labelRule)
        } else if !names.insert(name).inserted {
            duplicate("\(field).name", name)
        }
        let image = container["image"]?.string ?? ""
        if image.isEmpty {
            required("\(field).image")
        } else if image.first == " " || image.last == " " {
            invalid("\(field).image", "\"\(image)\"", "must not have leading or trailing whitespace")
        }
        let policies = ["Always", "IfNotPresent", "Never"]
        if let policy = container["imagePullPolicy"]?.string, !policies.contains(policy) {
            unsupported("\(field).imagePullPolicy", policy, policies)
        }
        resources(container["resources"] ?? [:], "\(field).resources")
        mounts(container["volumeMounts"]?.elements ?? [], of: volumes, "\(field).volumeMounts")
        securityContext(container["securityContext"], "\(field).securityContext")
    }

    private mutating func resources(_ resources: JSON, _ field: String) {
        let limits = resources["limits"]?.members ?? [:]
        for (resource, request) in (resources["requests"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let wanted = KubernetesQuantity.value(request), let limit = limits[resource],
                let most = KubernetesQuantity.value(limit), wanted > most
            else { continue }
            let text = request.string.map { "\"\($0)\"" } ?? String(decoding: request.text, as: UTF8.self)
            invalid("\(field).requests", text, "must be less than or equal to \(resource) limit")
        }
    }
}
