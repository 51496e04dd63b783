// What pods may say beyond their containers: reasons, fields and texts as in pkg/apis/core/validation.
extension DaemonSetValidation {
    /// Names of classes, secrets, tolerations, affinity and security of a pod.
    mutating func placement(of pod: JSON, _ field: String) {
        for name in ["priorityClassName", "runtimeClassName"] {
            guard let value = pod[name]?.string, !(name == "priorityClassName" && value.isEmpty),
                !KubernetesName.isSubdomain(value)
            else { continue }
            invalid("\(field).\(name)", "\"\(value)\"", KubernetesName.subdomainRule)
        }
        for (index, secret) in (pod["imagePullSecrets"]?.elements ?? []).enumerated()
        where (secret["name"]?.string ?? "").isEmpty {
            required("\(field).imagePullSecrets[\(index)].name")
        }
        for (index, toleration) in (pod["tolerations"]?.elements ?? []).enumerated() {
            self.toleration(toleration, "\(field).tolerations[\(index)]")
        }
        if let affinity = pod["affinity"] { self.affinity(affinity, "\(field).affinity") }
        securityContext(pod["securityContext"], "\(field).securityContext")
    }

    private mutating func toleration(_ toleration: JSON, _ field: String) {
        let key = toleration["key"]?.string ?? ""
        let comparison = toleration["operator"]?.string ?? ""
        let value = toleration["value"]?.string ?? ""
        let effect = toleration["effect"]?.string ?? ""
        if !key.isEmpty, !KubernetesName.isQualified(key) {
            invalid("\(field).key", "\"\(key)\"", KubernetesName.qualifiedRule)
        }
        if key.isEmpty, comparison != "Exists" {
            invalid(
                "\(field).operator",
                "\"\(comparison)\"",
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\""
            )
        }
        if toleration["tolerationSeconds"]?.int != nil, effect != "NoExecute" {
            invalid(
                "\(field).effect",
                "\"\(effect)\"",
                "effect must be 'NoExecute' when `tolerationSeconds` is set"
            )
        }
        switch comparison {
        case "", "Equal":
            if !KubernetesName.isLabelValue(value) {
                invalid("\(field).operator", "\"\(value)\"", KubernetesName.valueRule)
            }
        case "Exists":
            if !value.isEmpty {
                invalid(
                    "\(field).operator",
                    "\"\(value)\"",
                    "value must be empty when `operator` is 'Exists'"
                )
            }
        default: unsupported("\(field).operator", comparison, ["Equal", "Exists"])
        }
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
        if !effect.isEmpty, !effects.contains(effect) { unsupported("\(field).effect", effect, effects) }
    }

    private mutating func affinity(_ affinity: JSON, _ field: String) {
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
        if let nodes = affinity["nodeAffinity"] {
            let field = "\(field).nodeAffinity"
            if let selector = nodes[required] {
                let terms = selector["nodeSelectorTerms"]?.elements ?? []
                if terms.isEmpty {
                    self.required(
                        "\(field).\(required).nodeSelectorTerms",
                        "must have at least one node selector term"
                    )
                }
                for (index, term) in terms.enumerated() {
                    nodeTerm(term, "\(field).\(required).nodeSelectorTerms[\(index)]")
                }
            }
            for (index, term) in (nodes[preferred]?.elements ?? []).enumerated() {
                weight(term, "\(field).\(preferred)[\(index)]")
                nodeTerm(term["preference"] ?? [:], "\(field).\(preferred)[\(index)].preference")
            }
        }
        for kind in ["podAffinity", "podAntiAffinity"] {
            for (index, term) in (affinity[kind]?[required]?.elements ?? []).enumerated() {
                podTerm(term, "\(field).\(kind).\(required)[\(index)]")
            }
            for (index, term) in (affinity[kind]?[preferred]?.elements ?? []).enumerated() {
                weight(term, "\(field).\(kind).\(preferred)[\(index)]")
                podTerm(
                    term["podAffinityTerm"] ?? [:],
                    "\(field).\(kind).\(preferred)[\(index)].podAffinityTerm"
                )
            }
        }
    }

    private mutating func weight(_ term: JSON, _ field: String) {
        let weight = term["weight"]?.int ?? 0
        if !(1...100).contains(weight) {
            invalid("\(field).weight", "\(weight)", "must be in the range 1-100")
        }
    }

    private mutating func podTerm(_ term: JSON, _ field: String) {
        if (term["topologyKey"]?.string ?? "").isEmpty {
            required("\(field).topologyKey", "can not be empty")
        }
    }

    private mutating func nodeTerm(_ term: JSON, _ field: String) {
        for (index, expression) in (term["matchExpressions"]?.elements ?? []).enumerated() {
            let field = "\(field).matchExpressions[\(index)]"
            let values = expression["values"]?.elements ?? []
            let key = expression["key"]?.string ?? ""
            if !KubernetesName.isQualified(key) {
                invalid("\(field).key", "\"\(key)\"", KubernetesName.qualifiedRule)
            }
            switch expression["operator"]?.string ?? "" {
            case "In", "NotIn":
                if values.isEmpty {
                    required("\(field).values", "must be specified when `operator` is 'In' or 'NotIn'")
                }
            case "Exists", "DoesNotExist":
                if !values.isEmpty {
                    forbidden(
                        "\(field).values",
                        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                    )
                }
            case "Gt", "Lt":
                if values.count != 1 {
                    required(
                        "\(field).values",
                        "must be specified single value when `operator` is 'Lt' or 'Gt'"
                    )
                }
            case let other: invalid("\(field).operator", "\"\(other)\"", "not a valid selector operator")
            }
        }
    }

    /// Checks a pod's or a container's.
    mutating func securityContext(_ context: JSON?, _ field: String) {
        for name in ["runAsUser", "runAsGroup", "fsGroup"] {
            guard let id = context?[name]?.int, !(0...2_147_483_647).contains(id) else { continue }
            invalid("\(field).\(name)", "\(id)", "must be between 0 and 2147483647, inclusive")
        }
        guard let profile = context?["seccompProfile"] else { return }
        let types = ["Localhost", "RuntimeDefault", "Unconfined"]
        if let type = profile["type"]?.string {
            if !types.contains(type) { unsupported("\(field).seccompProfile.type", type, types) }
        } else {
            required("\(field).seccompProfile.type", "type is required when seccompProfile is set")
        }
    }

    /// Checks the volumes.
    ///
    /// - Returns: Their names.
    mutating func volumes(_ volumes: [JSON], _ field: String) -> Set<String> {
        var names: Set<String> = []
        for (index, volume) in volumes.enumerated() {
            let field = "\(field)[\(index)]"
            let name = volume["name"]?.string ?? ""
            if name.isEmpty {
                required("\(field).name")
            } else if !KubernetesName.isLabel(name) {
                invalid("\(field).name", "\"\(name)\"", KubernetesName.labelRule)
            }
            if !names.insert(name).inserted { duplicate("\(field).name", name) }
            // A volume without a source is an empty directory by default.
            for source in (volume.members ?? [:]).keys.filter({ $0 != "name" }).sorted().dropFirst() {
                forbidden("\(field).\(source)", "may not specify more than 1 volume type")
            }
            let policies = ["Always", "IfNotPresent", "Never"]
            if let policy = volume["image"]?["pullPolicy"]?.string, !policies.contains(policy) {
                unsupported("\(field).image.pullPolicy", policy, policies)
            }
        }
        return names
    }

    /// Checks what a container mounts.
    mutating func mounts(_ mounts: [JSON], of volumes: Set<String>, _ field: String) {
        var paths: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let name = mount["name"]?.string ?? ""
            let path = mount["mountPath"]?.string ?? ""
            if name.isEmpty { required("\(field)[\(index)].name") }
            if !volumes.contains(name) {
                causes.append(
                    .init(
                        reason: "FieldValueNotFound",
                        message: "Not found: \"\(name)\"",
                        field: "\(field)[\(index)].name"
                    )
                )
            }
            if path.isEmpty {
                required("\(field)[\(index)].mountPath")
            } else if !paths.insert(path).inserted {
                invalid("\(field)[\(index)].mountPath", "\"\(path)\"", "must be unique")
            }
        }
    }

    /// Checks `metadata.ownerReferences`.
    mutating func owners(_ owners: [JSON]) {
        let field = "metadata.ownerReferences"
        for owner in owners {
            for (name, text) in [
                ("apiVersion", "version must not be empty"), ("kind", "kind must not be empty"),
                ("name", "name must not be empty"), ("uid", "uid must not be empty"),
            ] where (owner[name]?.string ?? "").isEmpty {
                invalid("\(field).\(name)", "\"\"", text)
            }
        }
    }

    private mutating func forbidden(_ field: String, _ detail: String) {
        causes.append(.init(reason: "FieldValueForbidden", message: "Forbidden: \(detail)", field: field))
    }
}
