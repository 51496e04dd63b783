/// How long nodes took to pull the images of a cluster, by the events of their kubelets: what a cold start would have cost.
///
/// A pull is as short as what the node lacked: layers that it had already cost nothing. Where an image is pulled again
/// while the node has it, such as at a refresh, the time is that of a question to the registry.
public struct PullTimes: Sendable, Equatable {
    /// The pulls of one image.
    public struct Image: Sendable, Equatable {
        /// Its name in the configuration.
        public var name: String
        /// Where it is pulled from.
        public var reference: String
        /// Nodes of which it is known how long they took.
        public var nodes: Int
        /// How long they took together.
        public var total: Duration
        /// How long the slowest of them took.
        public var longest: Duration
        /// The size of the compressed image, where a kubelet says it.
        public var bytes: Int?

        /// Pulls of an image.
        public init(
            name: String,
            reference: String,
            nodes: Int,
            total: Duration,
            longest: Duration,
            bytes: Int? = nil
        ) {
            self.name = name
            self.reference = reference
            self.nodes = nodes
            self.total = total
            self.longest = longest
            self.bytes = bytes
        }

        /// How long a node took on average.
        public var mean: Duration { nodes > 0 ? total / nodes : .zero }
    }

    /// Nodes of which is known how long all their images took, one after the other.
    public struct ColdStart: Sendable, Equatable {
        /// How many.
        public var nodes: Int
        /// How long they took together.
        public var total: Duration
        /// How long the slowest of them took.
        public var longest: Duration

        /// Cold starts.
        public init(nodes: Int, total: Duration, longest: Duration) {
            self.nodes = nodes
            self.total = total
            self.longest = longest
        }

        /// How long a node took on average.
        public var mean: Duration { nodes > 0 ? total / nodes : .zero }
    }

    /// The images of which something is known, in the order in which a kubelet pulls them.
    public var images: [Image]
    /// How many images the nodes hold in all.
    public var wanted: Int
    /// Nodes of which something is known.
    public var nodes: Int
    /// What a cold start of all images would have cost on a node; `nil` where that is known of no node.
    public var coldStart: ColdStart?

    /// Pulls.
    public init(images: [Image], wanted: Int, nodes: Int, coldStart: ColdStart? = nil) {
        self.images = images
        self.wanted = wanted
        self.nodes = nodes
        self.coldStart = coldStart
    }

    /// What is known with what was known before. A pull while nodes have the image says little of a cold start: of two times
    /// of the same image, the longer one counts.
    public func merged(with former: PullTimes) -> PullTimes {
        var all = self
        all.images = images.map { image in
            former.images.first { $0.reference == image.reference && $0.mean > image.mean } ?? image
        }
        let isSame = images.map(\.reference) == former.images.map(\.reference) && wanted == former.wanted
        if isSame, let old = former.coldStart, coldStart.map({ old.mean > $0.mean }) ?? true {
            all.coldStart = old
        }
        return all
    }

    /// The image that took longest on a node.
    public var slowest: Image? {
        // Of several, the first one.
        images.reduce(nil) { known, image in known.map { $0.longest >= image.longest } == true ? known : image
        }
    }

    /// For people: `5 images pulled on 3 nodes: 74 s a node on average, 92 s at most; the slowest is jdk, 41 s`.
    public var text: String {
        let count =
            images.count < wanted
            ? "\(images.count) of \(counted(wanted, "image"))" : counted(wanted, "image")
        var text = "\(count) pulled on \(counted(nodes, "node"))"
        if let coldStart {
            if coldStart.nodes < nodes { text += ", all of them on \(coldStart.nodes)" }
            text += ": \(shown(coldStart.mean)) a node"
            if coldStart.nodes > 1 { text += " on average, \(shown(coldStart.longest)) at most" }
        }
        if let slowest, wanted > 1 { text += "; the slowest is \(slowest.name), \(shown(slowest.longest))" }
        return text
    }

    private func shown(_ time: Duration) -> String {
        let milliseconds = Int((time / .milliseconds(1)).rounded())
        if milliseconds >= 9950 { return "\((milliseconds + 500) / 1000) s" }
        if milliseconds < 100 { return "\(milliseconds) ms" }
        let tenths = (milliseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
