/// The images that the pods of a DaemonSet hold, as far as a report on its pods has to know them.
public struct PodImages: Sendable, Equatable {
    /// One image.
    public struct Image: Sendable, Equatable {
        /// Its name in the configuration, which is that of its container.
        public var name: String
        /// Where it is pulled from.
        public var reference: String

        /// An image.
        public init(name: String, reference: String) {
            self.name = name
            self.reference = reference
        }
    }

    /// The cached images, in the order in which a kubelet pulls them.
    public var cached: [Image]
    /// The image that holds them: of the init container that copies `sleep`, or of the only container where the others are
    /// volumes; `nil` where each image holds itself.
    public var holder: Image?
    /// Whether the images may be volumes of one container.
    public var areVolumes: Bool

    /// What the holder is called.
    static let holderName = "KIP_IMAGE"
    /// How the name of the init container begins that copies `sleep`. An admission webhook may add others.
    static let copierName = "copy-sleep"
    /// The container that mounts the other images.
    static let mounterName = "hold-images"

    /// Images.
    public init(cached: [Image], holder: Image? = nil, areVolumes: Bool = false) {
        self.cached = cached
        self.holder = holder
        self.areVolumes = areVolumes
    }

    /// The images of a desired DaemonSet.
    public init(_ desired: DesiredDaemonSet) {
        let content = desired.content
        cached = content.images.map { Image(name: $0.name, reference: $0.image.text) }
        switch content.settings.pods.holding {
        case .ownSleep:
            holder = nil
            areVolumes = false
        case .copiedSleep(let sleep):
            holder = Image(name: Self.holderName, reference: sleep.image.text)
            areVolumes = false
        case .imageVolumes(let sleep, _):
            holder = Image(name: Self.holderName, reference: sleep.image.text)
            areVolumes = true
        }
    }

    /// All images; the holder comes first, as it is pulled first.
    var all: [Image] { (holder.map { [$0] } ?? []) + cached }

    /// Index in ``all`` of the first cached image.
    var firstCached: Int { holder == nil ? 0 : 1 }

    /// The image that a message names, as an index in ``all``: the longest reference counts.
    func named(in message: String) -> Int? {
        all.indices.filter { Self.names(message, all[$0].reference) }
            .max { all[$0].reference.utf8.count < all[$1].reference.utf8.count }
    }

    /// Whether a text has a reference in it, and not only as a part of a longer one. A runtime may put `docker.io/library/`
    /// before it, and a kubelet `:latest` behind it.
    private static func names(_ text: String, _ reference: String) -> Bool {
        func isPart(_ byte: UInt8?) -> Bool {
            byte.map { isAlphanumeric($0) || "._-".utf8.contains($0) } ?? false
        }
        let bytes = Array(text.utf8)
        let wanted = Array(reference.utf8)
        guard !wanted.isEmpty else { return false }
        return bytes.ranges(of: wanted).contains { range in
            let before = range.lowerBound > 0 ? bytes[range.lowerBound - 1] : nil
            let rest = bytes[range.upperBound...]
            if isPart(before) { return false }
            if rest.starts(with: ":latest".utf8) { return !isPart(rest.dropFirst(7).first) }
            guard let next = rest.first else { return true }
            // A tag or a digest would make it another image; a colon and a space end a clause.
            if next == UInt8(ascii: ":") { return rest.dropFirst().first.map { $0 == 0x20 } ?? true }
            return !isPart(next) && next != UInt8(ascii: "@") && next != UInt8(ascii: "/")
        }
    }
}
