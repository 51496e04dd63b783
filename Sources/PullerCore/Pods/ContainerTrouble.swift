/// Why a container does not run, shortened to its cause.
struct ContainerTrouble: Equatable {
    /// Kubernetes' name for it.
    var reason: String
    /// The cause, on one line.
    var cause: String
    /// Whether the cause is one of a few that are known, so that nodes with the same one have the same problem.
    var isKnown: Bool
    /// Whether the image is on the node although the container does not run.
    var hasImage: Bool

    /// The reasons of failed pulls (kubelet, `pkg/kubelet/images/types.go`).
    static let pullReasons: Set = [
        "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable",
        "ImageInspectError", "SignatureValidationFailed",
    ]

    /// The reasons of containers that cannot be made or started, which is tried only when their image is there
    /// (kubelet, `pkg/kubelet/kuberuntime/kuberuntime_container.go` and `pkg/kubelet/container/sync_result.go`).
    static let startReasons: Set = [
        "CreateContainerConfigError", "CreateContainerError", "PreCreateHookError", "PreStartHookError",
        "RunContainerError", "PostStartHookError", "CrashLoopBackOff",
    ]

    /// The cause of a back-off whose message does not tell it.
    static let bareBackOff = "cannot be pulled (ImagePullBackOff)"

    /// The trouble of a container; `nil` for one that runs, or whose time has not come.
    init?(_ container: ObservedPod.Container) {
        switch container.state {
        case .running: return nil
        case .terminated(let end): self.init(end)
        case .waiting(let reason, let message):
            switch reason {
            case "", "ContainerCreating", "PodInitializing": return nil
            case "CrashLoopBackOff":
                if let last = container.last {
                    self.init(last)
                } else {
                    self.init(start: reason, message)
                }
            case _ where Self.startReasons.contains(reason): self.init(start: reason, message)
            default: self.init(pull: reason, message)
            }
        }
    }

    private init(reason: String, cause: String, isKnown: Bool, hasImage: Bool) {
        self.reason = displayText(reason, limit: 64)
        self.cause = cause
        self.isKnown = isKnown
        self.hasImage = hasImage
    }

    /// A pull that failed, or something that is not known to come later.
    private init(pull reason: String, _ message: String) {
        if reason == "ImagePullBackOff", PullCause.isBareBackOff(message) {
            self.init(reason: reason, cause: Self.bareBackOff, isKnown: true, hasImage: false)
        } else if let cause = PullCause.known(in: message) {
            self.init(reason: reason, cause: cause, isKnown: true, hasImage: false)
        } else {
            self.init(
                reason: reason,
                cause: Self.text(reason, PullCause.rest(of: message)),
                isKnown: false,
                hasImage: false
            )
        }
    }

    /// A container that could not be started.
    private init(start reason: String, _ message: String) {
        if let cause = Self.startCause(in: message) {
            self.init(reason: reason, cause: cause, isKnown: true, hasImage: true)
        } else {
            let cause = Self.text(reason, PullCause.rest(of: message))
            self.init(reason: reason, cause: cause, isKnown: false, hasImage: true)
        }
    }

    /// A process that ended, or could not begin.
    private init(_ end: ObservedPod.Termination) {
        let reason = end.reason.isEmpty ? "Error" : end.reason
        if reason == "OOMKilled" {
            self.init(reason: reason, cause: "OOMKilled", isKnown: true, hasImage: true)
        } else if !end.message.isEmpty {
            self.init(start: reason, end.message)
        } else {
            self.init(
                reason: reason,
                cause: "ends with exit code \(end.exitCode)",
                isKnown: true,
                hasImage: true
            )
        }
    }

    /// What kept a process from starting, in the words of the OCI runtimes and of the kubelet.
    private static func startCause(in message: String) -> String? {
        let text = message.lowercased()
        if text.contains("executable file not found") || text.contains("exec: \"sleep\": stat") {
            return "executable file not found"
        }
        if text.contains("no such file or directory"), text.contains("exec") {
            return "executable file not found"
        }
        if text.contains("exec format error") { return "not for the node's platform" }
        if text.contains("container has runasnonroot and image") { return "the image runs as root" }
        if text.contains("no space left on device") { return "no space left on device" }
        return nil
    }

    /// A cause with its reason where the text alone would not say what failed.
    private static func text(_ reason: String, _ message: String) -> String {
        let reason = displayText(reason, limit: 64)
        return message.isEmpty || message == reason ? reason : PullCause.shown("\(reason): \(message)")
    }
}
