// What the containers may do, see docs/security.md.
extension DesiredDaemonSet.Content {
    private var security: PodSecurity { settings.pods.security }

    /// What holds for all containers of a pod; `nil` for nothing.
    var podSecurityContext: JSONValue? {
        var members: [String: JSONValue] = [:]
        if security.level == .restricted {
            members["runAsNonRoot"] = .bool(true)
            // An SCC chooses user and groups from the namespace's range, and refuses pods that name others.
            if facts.platform == .kubernetes {
                for name in ["runAsUser", "runAsGroup", "fsGroup"] { members[name] = .int(security.user) }
            }
        }
        if security.filtersSystemCalls {
            members["seccompProfile"] = .object(["type": "RuntimeDefault"])
        }
        return members.isEmpty ? nil : .object(members)
    }

    /// What can only be said for each container.
    var containerSecurityContext: JSONValue {
        .object([
            "allowPrivilegeEscalation": .bool(false),
            "capabilities": .object(["drop": .array(["ALL"])]),
            "readOnlyRootFilesystem": .bool(security.isRootReadOnly),
        ])
    }
}

extension PodSecurity {
    /// Whether pods name a seccomp profile. With ``Level/baseline`` they do not unless asked to: OpenShift before 4.11
    /// refuses pods that do.
    var filtersSystemCalls: Bool { usesSeccomp ?? (level == .restricted) }
}
