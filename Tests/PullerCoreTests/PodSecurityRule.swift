import PullerCore
import Testing

/// One rule of the Pod Security Standards, in this project's words, as a condition on a pod template.
///
/// Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ and, for what it leaves open, the checks
/// of the admission plugin (k8s.io/pod-security-admission, policy/check_*.go). Rules about Windows are left out.
struct PodSecurityRule: Sendable, CustomTestStringConvertible {
    /// The control's name on that page.
    var name: String
    /// The standard that first has it; "restricted" includes "baseline".
    var level: PodSecurity.Level
    /// Whether a pod template is as the rule wants it.
    var isMet: @Sendable (_ template: JSONValue) -> Bool
    /// What breaks it: where, and by which value (none: what is there is removed).
    var broken: (steps: [JSONStep], value: JSONValue?)

    var testDescription: String { "\(level.rawValue): \(name)" }

    private static let container: [JSONStep] = ["spec", "containers", 0]
    private static let context: [JSONStep] = container + ["securityContext"]
    private static let podContext: [JSONStep] = ["spec", "securityContext"]

    /// All containers of the pod, whatever their kind.
    private static func containers(_ template: JSONValue) -> [JSONValue] {
        ["containers", "initContainers", "ephemeralContainers"].flatMap {
            template.at("spec", .member($0))?.elements ?? []
        }
    }

    /// A field of the security contexts of the pod and of all containers, where it is set.
    private static func contexts(_ template: JSONValue, _ field: String) -> [JSONValue] {
        (containers(template) + [template.at("spec") ?? .null]).compactMap {
            $0.at("securityContext", .member(field))
        }
    }

    /// Whether each container has a value that is right, by itself or from the pod.
    private static func each(_ template: JSONValue, _ field: String, is right: (JSONValue?) -> Bool) -> Bool {
        let ofPod = template.at("spec", "securityContext", .member(field))
        return containers(template).allSatisfy { right($0.at("securityContext", .member(field)) ?? ofPod) }
    }

    private static func hasRightSeccomp(_ profile: JSONValue?) -> Bool {
        ["RuntimeDefault", "Localhost"].contains(profile?.at("type")?.text)
    }

    private static func volumes(_ template: JSONValue) -> [JSONValue] {
        template.at("spec", "volumes")?.elements ?? []
    }

    private static func handlers(_ container: JSONValue) -> [JSONValue] {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].compactMap {
            container.at(.member($0))
        }
        return probes
            + ["postStart", "preStop"].compactMap { container.at("lifecycle", .member($0)) }
    }

    private static let capabilities: Set = [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ]
    private static let sysctls: Set = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ]
    private static let volumeTypes: Set = [
        // `image`: since Kubernetes 1.33; before that, "restricted" refuses them.
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
        "projected",
        "secret",
    ]

    private static func added(_ template: JSONValue) -> Set<String> {
        Set(
            containers(template).flatMap { $0.at("securityContext", "capabilities", "add")?.elements ?? [] }
                .compactMap(\.text)
        )
    }

    static let all: [PodSecurityRule] = [
        .init(
            name: "no pod shares the node's network",
            level: .baseline,
            isMet: { [nil, .bool(false)].contains($0.at("spec", "hostNetwork")) },
            broken: (["spec", "hostNetwork"], .bool(true))
        ),
        .init(
            name: "no pod shares the node's processes",
            level: .baseline,
            isMet: { [nil, .bool(false)].contains($0.at("spec", "hostPID")) },
            broken: (["spec", "hostPID"], .bool(true))
        ),
        .init(
            name: "no pod shares the node's memory segments and queues",
            level: .baseline,
            isMet: { [nil, .bool(false)].contains($0.at("spec", "hostIPC")) },
            broken: (["spec", "hostIPC"], .bool(true))
        ),
        .init(
            name: "no container is privileged",
            level: .baseline,
            isMet: { contexts($0, "privileged").allSatisfy { $0 == .bool(false) } },
            broken: (context + ["privileged"], .bool(true))
        ),
        .init(
            name: "no container gets capabilities beyond those that runtimes give by default",
            level: .baseline,
            isMet: { added($0).isSubset(of: capabilities) },
            broken: (context + ["capabilities", "add"], .array(["NET_ADMIN"]))
        ),
        .init(
            name: "no volume is a path of the node",
            level: .baseline,
            isMet: { volumes($0).allSatisfy { $0.at("hostPath") == nil } },
            broken: (["spec", "volumes", 0], .object(["name": "h", "hostPath": .object(["path": "/"])]))
        ),
        .init(
            name: "no container takes a port of the node",
            level: .baseline,
            isMet: {
                containers($0).flatMap { $0.at("ports")?.elements ?? [] }.allSatisfy {
                    [nil, .int(0)].contains($0.at("hostPort"))
                }
            },
            broken: (container + ["ports", 0, "hostPort"], .int(80))
        ),
        .init(
            name: "no probe or hook asks another host",
            level: .baseline,
            isMet: {
                containers($0).flatMap(handlers).allSatisfy { handler in
                    ["httpGet", "tcpSocket"].allSatisfy {
                        [nil, ""].contains(handler.at(.member($0), "host"))
                    }
                }
            },
            broken: (container + ["livenessProbe", "httpGet", "host"], "example.com")
        ),
        .init(
            name: "AppArmor is not switched off by a field",
            level: .baseline,
            isMet: {
                contexts($0, "appArmorProfile").allSatisfy {
                    ["RuntimeDefault", "Localhost"].contains($0.at("type")?.text)
                }
            },
            broken: (podContext + ["appArmorProfile", "type"], "Unconfined")
        ),
        .init(
            name: "AppArmor is not switched off by an annotation",
            level: .baseline,
            isMet: {
                ($0.at("metadata", "annotations")?.members ?? [:])
                    .filter { $0.key.hasPrefix("container.apparmor.security.beta.kubernetes.io/") }
                    .allSatisfy {
                        $0.value == "runtime/default" || $0.value.text?.hasPrefix("localhost/") == true
                    }
            },
            broken: (
                ["metadata", "annotations", "container.apparmor.security.beta.kubernetes.io/go"], "unconfined"
            )
        ),
        .init(
            name: "SELinux: only types for containers, neither user nor role",
            level: .baseline,
            isMet: {
                contexts($0, "seLinuxOptions").allSatisfy { options in
                    [nil, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]
                        .contains(options.at("type"))
                        && ["user", "role"].allSatisfy { [nil, ""].contains(options.at(.member($0))) }
                }
            },
            broken: (podContext + ["seLinuxOptions", "type"], "spc_t")
        ),
        .init(
            name: "/proc is masked as usual",
            level: .baseline,
            isMet: { contexts($0, "procMount").allSatisfy { $0 == "Default" } },
            broken: (context + ["procMount"], "Unmasked")
        ),
        .init(
            name: "seccomp is not switched off",
            level: .baseline,
            isMet: { contexts($0, "seccompProfile").allSatisfy(hasRightSeccomp) },
            broken: (context + ["seccompProfile", "type"], "Unconfined")
        ),
        .init(
            name: "only safe sysctls",
            level: .baseline,
            isMet: {
                ($0.at("spec", "securityContext", "sysctls")?.elements ?? []).allSatisfy {
                    sysctls.contains($0.at("name")?.text ?? "")
                }
            },
            broken: (podContext + ["sysctls", 0, "name"], "kernel.msgmax")
        ),
        .init(
            name: "only volumes that come from the API, an image or a claim",
            level: .restricted,
            isMet: {
                volumes($0).allSatisfy { volume in
                    volume.members.keys.allSatisfy { $0 == "name" || volumeTypes.contains($0) }
                }
            },
            broken: (["spec", "volumes", 0], .object(["name": "n", "nfs": .object(["server": "s"])]))
        ),
        .init(
            name: "no container lets a process gain privileges",
            level: .restricted,
            isMet: {
                containers($0).allSatisfy {
                    $0.at("securityContext", "allowPrivilegeEscalation") == .bool(false)
                }
            },
            broken: (context + ["allowPrivilegeEscalation"], nil)
        ),
        .init(
            name: "each container has to run as another user than root",
            level: .restricted,
            isMet: { each($0, "runAsNonRoot") { $0 == .bool(true) } },
            broken: (podContext + ["runAsNonRoot"], nil)
        ),
        .init(
            name: "no container runs as user 0",
            level: .restricted,
            isMet: { contexts($0, "runAsUser").allSatisfy { $0 != .int(0) } },
            broken: (podContext + ["runAsUser"], .int(0))
        ),
        .init(
            name: "each container has a seccomp profile",
            level: .restricted,
            isMet: { each($0, "seccompProfile", is: hasRightSeccomp) },
            broken: (podContext + ["seccompProfile"], nil)
        ),
        .init(
            name: "each container drops all capabilities",
            level: .restricted,
            isMet: {
                containers($0).allSatisfy {
                    $0.at("securityContext", "capabilities", "drop")?.elements.contains("ALL") == true
                }
            },
            broken: (context + ["capabilities", "drop"], .array(["CHOWN"]))
        ),
        .init(
            name: "no container gets a capability but that of binding low ports",
            level: .restricted,
            isMet: { added($0).isSubset(of: ["NET_BIND_SERVICE"]) },
            broken: (context + ["capabilities", "add"], .array(["CHOWN"]))
        ),
    ]
}
