/// The part of a pod that says what keeps its images from being on its node.
public struct ObservedPod: Sendable, Equatable {
    /// The node that it runs on or is meant for; empty when the pod does not say.
    public var node: String
    /// `metadata.uid` of the object that controls it; empty for none.
    public var ownerUID: String
    /// Whether its deletion was requested, although it still exists.
    public var isTerminating = false
    /// Whether it is ready, and with it each of its containers.
    public var isReady = false
    /// Whether it has ended without success and does not start again, such as after an eviction.
    public var isFailed = false
    /// `status.reason`, such as `Evicted`; empty for none.
    public var reason = ""
    /// `status.message`; empty for none.
    public var message = ""
    /// Why no node takes it, in the scheduler's words; `nil` when one does, or when nothing was tried yet.
    public var unschedulable: String?
    /// Containers that run before the others.
    public var initContainers: [Container] = []
    /// The others.
    public var containers: [Container] = []

    /// The maximum number of bytes kept of a name or a reason.
    public static let longestName = 256
    /// The maximum number of bytes kept of a message: the cause stands at its end, after several repetitions of the
    /// image's name.
    public static let longestMessage = 4096

    /// A pod that nothing is known of yet.
    public init(node: String, ownerUID: String) {
        self.node = node
        self.ownerUID = ownerUID
    }

    /// The status of a container.
    public struct Container: Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Whether `imageID` is set: the image is on the node, even when the container cannot start.
        public var hasImage = false
        /// What it does now.
        public var state: State
        /// How it ended the last time; `nil` when it has not.
        public var last: Termination?

        /// A container in a state.
        public init(
            _ name: String,
            _ state: State,
            hasImage: Bool = false,
            last: Termination? = nil
        ) {
            self.name = name
            self.state = state
            self.hasImage = hasImage
            self.last = last
        }
    }

    /// What a container does.
    public enum State: Sendable, Equatable {
        /// It has not started, or not again.
        case waiting(reason: String, message: String)
        /// It runs.
        case running
        /// It has ended.
        case terminated(Termination)
    }

    /// How a container ended.
    public struct Termination: Sendable, Equatable {
        /// Such as `OOMKilled`, `Error` or `Completed`; empty for none.
        public var reason: String
        /// In the runtime's words; empty for none.
        public var message: String
        /// The process's; 0 for success.
        public var exitCode: Int

        /// An end.
        public init(reason: String, message: String = "", exitCode: Int) {
            self.reason = reason
            self.message = message
            self.exitCode = exitCode
        }
    }

    /// The pod with each of its texts changed.
    ///
    /// - Parameter change: Gets a text and the number of bytes at which it was cut.
    public func mapTexts(_ change: (_ text: String, _ limit: Int) -> String) -> ObservedPod {
        func name(_ text: String) -> String { text.isEmpty ? text : change(text, Self.longestName) }
        func message(_ text: String) -> String { text.isEmpty ? text : change(text, Self.longestMessage) }
        func termination(_ end: Termination) -> Termination {
            Termination(reason: name(end.reason), message: message(end.message), exitCode: end.exitCode)
        }
        func container(_ container: Container) -> Container {
            var container = container
            container.name = name(container.name)
            container.last = container.last.map(termination)
            switch container.state {
            case .waiting(let reason, let text):
                container.state = .waiting(reason: name(reason), message: message(text))
            case .terminated(let end): container.state = .terminated(termination(end))
            case .running: break
            }
            return container
        }
        var pod = self
        pod.node = name(node)
        pod.reason = name(reason)
        pod.message = message(self.message)
        pod.unschedulable = unschedulable.map(message)
        pod.initContainers = initContainers.map(container)
        pod.containers = containers.map(container)
        return pod
    }
}

/// One page of a list of pods.
public struct PodPage: Sendable, Equatable {
    /// The pods.
    public var pods: [ObservedPod]
    /// What asks for the next page; empty on the last one.
    public var continuation: String

    /// The maximum number of bytes of ``continuation``: several times what an API server sends.
    public static let longestContinuation = 4096
}
