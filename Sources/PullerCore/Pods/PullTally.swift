/// Whose pulls are asked for: the pods of DaemonSets, and the images that each of them holds.
public struct PullQuery: Sendable, Equatable {
    /// A DaemonSet, under all the names that it may have.
    struct Holder: Sendable, Equatable {
        /// How the names of its pods begin.
        var prefixes: [String]
        /// Its images, as indices of ``PullQuery/images``.
        var images: [Int]
    }

    /// All images, each of them once: what two names stand for is pulled once.
    let images: [PodImages.Image]
    let holders: [Holder]

    /// The DaemonSets of a cluster.
    public init(_ cache: DesiredCache) {
        self.init(
            cache.daemonSets.map { daemonSet in (Slot.allCases.map(daemonSet.name), PodImages(daemonSet)) }
        )
    }

    /// DaemonSets by their names, with the images of each.
    init(_ daemonSets: [(names: [String], images: PodImages)]) {
        var all: [PodImages.Image] = []
        var places: [String: Int] = [:]
        holders = daemonSets.map { daemonSet in
            var own: [Int] = []
            // What holds the images is not what is cached.
            for image in daemonSet.images.cached {
                let place = places[image.reference] ?? all.count
                if place == all.count {
                    all.append(image)
                    places[image.reference] = place
                }
                if !own.contains(place) { own.append(place) }
            }
            return Holder(prefixes: daemonSet.names.map(Self.prefix), images: own)
        }
        images = all
    }

    /// Characters that a server adds to `generateName`, and how long that may be at most
    /// (staging/src/k8s.io/apiserver/pkg/storage/names/generate.go).
    private static let suffixLength = 5
    private static let longestBase = 63 - suffixLength

    /// How the names of a DaemonSet's pods begin: its controller sets `generateName` to its name and a hyphen.
    private static func prefix(of daemonSet: String) -> String {
        String(decoding: (daemonSet + "-").utf8.prefix(longestBase), as: UTF8.self)
    }

    /// The DaemonSet that a pod belongs to, as an index of ``holders``.
    func holder(of pod: String) -> Int? {
        let prefix = pod.utf8.dropLast(Self.suffixLength)
        guard pod.utf8.suffix(Self.suffixLength).allSatisfy(isAlphanumeric) else { return nil }
        return holders.firstIndex { $0.prefixes.contains { prefix.elementsEqual($0.utf8) } }
    }
}

/// What came of asking for pulls.
public enum PullReading: Sendable, Equatable {
    /// How long they took; `nil` where no event says that.
    case times(PullTimes?)
    /// The account may not list events, and what the cluster said.
    case notAllowed(String)
}

/// Adds up how long pulls took, by image and node.
public struct PullTally: Sendable {
    private struct Node {
        /// The DaemonSets of which it has pods, as indices.
        var holders: Set<Int> = []
        /// The longest time for each image.
        var times: [Duration?]
    }

    /// Whose pulls.
    let query: PullQuery
    private var nodes: [String: Node] = [:]
    private var bytes: [Int?]

    /// Nodes that are remembered; Kubernetes supports 5,000.
    static let mostNodes = 6000

    /// Nothing is known yet.
    public init(_ query: PullQuery) {
        self.query = query
        bytes = Array(repeating: nil, count: query.images.count)
    }

    /// Takes in an event, if it is about a pod of ours and says how long a pull took.
    public mutating func add(_ event: PullEvent) {
        guard let holder = query.holder(of: event.pod),
            nodes[event.node] != nil || nodes.count < Self.mostNodes,
            let message = PullMessage(event.message)
        else { return }
        let own = query.holders[holder].images
        // A kubelet may complete the reference, such as by a tag.
        let images = PodImages(cached: own.map { query.images[$0] })
        guard let place = images.named(in: message.image) else { return }
        let image = own[place]
        var node = nodes[event.node] ?? Node(times: Array(repeating: nil, count: query.images.count))
        node.holders.insert(holder)
        // A container that starts again has its image, and asks only whether that is the newest.
        node.times[image] = max(node.times[image] ?? .zero, message.time)
        nodes[event.node] = node
        bytes[image] = message.bytes ?? bytes[image]
    }

    /// What is known; `nil` where that is nothing.
    public var times: PullTimes? {
        guard !nodes.isEmpty else { return nil }
        let images = query.images.indices.compactMap { image -> PullTimes.Image? in
            let times = nodes.values.compactMap { $0.times[image] }
            guard let longest = times.max() else { return nil }
            return PullTimes.Image(
                name: query.images[image].name,
                reference: query.images[image].reference,
                nodes: times.count,
                total: times.reduce(.zero, +),
                longest: longest,
                bytes: bytes[image]
            )
        }
        let starts = nodes.values.compactMap(coldStart)
        return PullTimes(
            images: images,
            wanted: query.images.count,
            nodes: nodes.count,
            coldStart: starts.max().map {
                PullTimes.ColdStart(nodes: starts.count, total: starts.reduce(.zero, +), longest: $0)
            }
        )
    }

    /// How long all images of a node took; `nil` where that is not known of one.
    private func coldStart(_ node: Node) -> Duration? {
        let wanted = Set(node.holders.flatMap { query.holders[$0].images })
        let times = wanted.compactMap { node.times[$0] }
        return times.count == wanted.count ? times.reduce(.zero, +) : nil
    }
}
