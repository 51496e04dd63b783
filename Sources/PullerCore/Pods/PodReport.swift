/// What the pods of one DaemonSet say: which image is on how many nodes, and what keeps it from the others.
public struct PodReport: Sendable, Equatable {
    /// Nodes that have a pod, or for which one is meant.
    public var nodes = 0
    /// Those whose pod is ready.
    public var ready = 0
    /// Those whose pod has a problem.
    public var troubled = 0
    /// Those of them whose pod would have the same problem in a new DaemonSet: an image is at fault, or a lack of room.
    public var lasting = 0
    /// The images, the one of `KIP_IMAGE` first.
    public var images: [Image] = []
    /// What is wrong, on most nodes first; at most ``mostProblems``.
    public var problems: [Problem] = []
    /// How often further problems were seen than those in ``problems``.
    public var unlisted = 0
    /// Whether all pods were read; otherwise there are more than those that were counted.
    public var isComplete = true

    /// The maximum number of problems that are told apart.
    public static let mostProblems = 64
    /// The maximum number of nodes that a problem names.
    public static let mostNamedNodes = 3
    /// The maximum number of problems that are passed on.
    static let mostKeptProblems = 8

    /// A report on no pods.
    public init() {}

    /// On how many nodes an image is. A node may count twice: where the image is but cannot start.
    public struct Image: Sendable, Equatable {
        /// Its name in the configuration.
        public var name: String
        /// Where it is pulled from.
        public var reference: String
        /// Nodes that have it, even where its container cannot start.
        public var present = 0
        /// Nodes that are pulling it.
        public var pulling = 0
        /// Nodes that have not begun: an earlier container comes first, or the pod has no node yet.
        public var waiting = 0
        /// Nodes where pulling it or starting its container fails.
        public var failing = 0
        /// Nodes where the pod does not tell.
        public var unknown = 0

        /// An image that is on no node.
        public init(name: String, reference: String) {
            self.name = name
            self.reference = reference
        }
    }

    /// One thing that is wrong, and on how many nodes.
    public struct Problem: Sendable, Equatable {
        /// The image whose pull or container fails; `nil` when the whole pod is concerned.
        public var image: PodImages.Image?
        /// Kubernetes' name for it, such as `ErrImagePull` or `Unschedulable`.
        public var reason: String
        /// The cause, on one line; it may be that of one node where the others' differ.
        public var cause: String
        /// What is at fault.
        public var fault: Fault
        /// The number of nodes.
        public var nodes: Int
        /// Some of them, sorted.
        public var namedNodes: [String]

        /// A problem.
        public init(
            image: PodImages.Image?,
            reason: String,
            cause: String,
            fault: Fault,
            nodes: Int,
            namedNodes: [String] = []
        ) {
            self.image = image
            self.reason = reason
            self.cause = cause
            self.fault = fault
            self.nodes = nodes
            self.namedNodes = namedNodes
        }
    }

    /// What is at fault.
    public enum Fault: String, Sendable, CaseIterable {
        /// The image, its registry, or what its container may use.
        case image
        /// The node has no room for the pod.
        case room
        /// Something else about the node or the pod.
        case other

        /// The stable name of the reason why a cluster is not ready; `nil` where its figures say more.
        public var reason: String? {
            switch self {
            case .image: "ImageFault"
            case .room: "NoRoom"
            case .other: nil
            }
        }
    }

    /// What is at fault on most nodes; `nil` when there is no problem.
    public var mainFault: Fault? { problems.first?.fault }

    /// The image that fails, or the first one in the order of the configuration if there are several.
    public var firstFailingImage: Image? { images.first { $0.failing > 0 } }

    /// Whether an image or a lack of room keeps pods from being ready.
    public var isImagesFault: Bool { problems.contains { $0.fault != .other } }

    /// The number of images whose pull or container fails somewhere.
    public var failingImages: Int { images.count { $0.failing > 0 } }

    /// The number of images that are being pulled somewhere.
    public var pullingImages: Int { images.count { $0.pulling > 0 } }

    /// Nodes of all `desired` ones that would have the same problem in a new DaemonSet. What was not read counts as what
    /// was.
    func lasting(of desired: Int) -> Int {
        isComplete || nodes == 0 ? lasting : desired * lasting / nodes
    }
}

extension PodReport {
    /// The problems on one line, such as `image bad (quay.io/x/bad:1): not found, on 3 of 3 nodes`; empty when there are
    /// none.
    ///
    /// - Parameter limit: The number of problems that are shown.
    public func text(limit: Int = 3) -> String {
        var texts = problems.prefix(limit).map { problem in
            let all = isComplete ? "\(nodes)" : "the first \(nodes)"
            return
                "\(problem.text), on \(problem.nodes) of \(all) \(nodes == 1 && isComplete ? "node" : "nodes")"
        }
        let others = problems.count - texts.count
        if others > 0 {
            texts.append("\(counted(others, "more problem"))")
        } else if unlisted > 0 {
            texts.append("further problems")
        }
        return texts.joined(separator: "; ")
    }

    /// The report with the causes that an earlier one knew: a kubelet before 1.32 tells the cause of a failed pull only
    /// between two attempts, and otherwise nothing but `ImagePullBackOff`.
    public func withCauses(of earlier: PodReport) -> PodReport { withCauses(of: earlier.problems) }

    func withCauses(of earlier: [Problem]) -> PodReport {
        var report = self
        for index in report.problems.indices where report.problems[index].isBareBackOff {
            let known = earlier.first {
                $0.image == report.problems[index].image && $0.isFailedPull && !$0.isBareBackOff
            }
            if let known {
                report.problems[index].reason = known.reason
                report.problems[index].cause = known.cause
            }
        }
        return report
    }

    /// What later reports need to know of this one.
    var knownCauses: [Problem] {
        Array(
            problems.filter { $0.image != nil && $0.isFailedPull && !$0.isBareBackOff }
                .prefix(Self.mostKeptProblems)
        )
    }

    /// The report with those problems only that most nodes have.
    var bounded: PodReport {
        var report = self
        report.problems = Array(problems.prefix(Self.mostKeptProblems))
        report.unlisted += problems.count - report.problems.count
        return report
    }
}

extension PodReport.Problem {
    /// What is wrong with what, such as `image bad (quay.io/x/bad:1): not found`.
    public var text: String {
        guard let image else { return cause }
        let what = "image \(displayText(image.name)) (\(displayText(image.reference, limit: 300)))"
        return "\(what): \(cause)"
    }

    /// Whether it is about a pull, and not about a start.
    var isFailedPull: Bool { ContainerTrouble.pullReasons.contains(reason) }

    /// Whether its cause is not known, because the kubelet waits before the next attempt.
    var isBareBackOff: Bool { isFailedPull && cause == ContainerTrouble.bareBackOff }
}
