/// What is the matter with an image: its pull fails, or its container does not run.
enum ImageFault: String, Sendable, CaseIterable {
    case notFound
    case unauthorized
    case refused
    case unknownHost
    case rateLimited
    case untrusted
    case noSpace
    /// The kubelet only says that it waits before the next pull, as those before 1.32 do.
    case backOff
    /// There is no `sleep` in it.
    case noSleep
    /// It names no user, and the pod may not run as root.
    case runsAsRoot
    /// Its process ends at once.
    case crash
    /// Its process takes more memory than it may.
    case oom

    /// Whether nodes get it, although it does not run.
    var isPullable: Bool {
        switch self {
        case .noSleep, .runsAsRoot, .crash, .oom: true
        default: false
        }
    }

    /// The status of a container of this image, as the kubelet of a node writes it.
    ///
    /// - Parameter isBetweenPulls: Whether the kubelet waits before the next pull.
    func status(_ image: String, isBetweenPulls: Bool) -> (state: JSON, last: JSON) {
        func waiting(_ reason: String, _ message: String) -> JSON {
            ["waiting": ["reason": .string(reason), "message": .string(message)]]
        }
        func ended(_ reason: String, _ code: Int, _ message: String = "") -> JSON {
            var end: JSON = [
                "reason": .string(reason), "exitCode": .int(code), "containerID": "containerd://0123",
            ]
            if !message.isEmpty { end["message"] = .string(message) }
            return ["terminated": end]
        }
        let backOff = "back-off 40s restarting failed container=c pod=p"
        switch self {
        case .noSleep:
            let message =
                "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create "
                + "failed: unable to start container process: error during container init: exec: \"sleep\": "
                + "executable file not found in $PATH: unknown"
            return (waiting("CrashLoopBackOff", backOff), ended("StartError", 128, message))
        case .runsAsRoot:
            return (
                waiting(
                    "CreateContainerConfigError",
                    "container has runAsNonRoot and image will run as root (pod: \"p\", container: c)"
                ), [:]
            )
        case .crash: return (waiting("CrashLoopBackOff", backOff), ended("Error", 1))
        case .oom: return (waiting("CrashLoopBackOff", backOff), ended("OOMKilled", 137))
        case .backOff: return (waiting("ImagePullBackOff", "Back-off pulling image \"\(image)\""), [:])
        default:
            let message = pullMessage(image)
            return isBetweenPulls
                ? (
                    waiting(
                        "ImagePullBackOff",
                        "Back-off pulling image \"\(image)\": ErrImagePull: \(message)"
                    ),
                    [:]
                )
                : (waiting("ErrImagePull", message), [:])
        }
    }

    /// The words of containerd 1.6 and 2.1.
    private func pullMessage(_ image: String) -> String {
        let registry = image.split(separator: "/").first.map(String.init) ?? ""
        let failed = "failed to pull and unpack image \"\(image)\": "
        let unresolved = failed + "failed to resolve reference \"\(image)\": "
        let request = unresolved + "failed to do request: Head \"https://\(registry)/v2/x/manifests/1\": "
        return switch self {
        case .unauthorized:
            "rpc error: code = Unknown desc = \(unresolved)unexpected status from HEAD request to "
                + "https://\(registry)/v2/x/manifests/1: 401 Unauthorized"
        case .refused:
            "rpc error: code = Unavailable desc = \(request)dial tcp 10.0.0.7:443: connect: connection refused"
        case .unknownHost:
            "rpc error: code = Unknown desc = \(request)dial tcp: lookup \(registry) on 10.0.0.10:53: no such host"
        case .rateLimited:
            "rpc error: code = Unknown desc = \(failed)failed to copy: httpReadSeeker: failed open: unexpected status "
                + "code https://\(registry)/v2/x/manifests/sha256:0123: 429 Too Many Requests - Server message: "
                + "toomanyrequests: You have reached your pull rate limit."
        case .untrusted:
            "rpc error: code = Unknown desc = \(request)tls: failed to verify certificate: x509: certificate signed by "
                + "unknown authority"
        case .noSpace:
            "rpc error: code = Unknown desc = \(failed)failed to extract layer sha256:0123: write "
                + "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/105/fs/lib/libc.so: no space "
                + "left on device: unknown"
        default: "rpc error: code = NotFound desc = \(unresolved)\(image): not found"
        }
    }
}
