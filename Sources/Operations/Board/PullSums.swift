import PullerCore

/// How long the nodes of a cluster took to pull. An object, since most boards have none.
final class PullRecord: Sendable {
    let times: PullTimes

    init(_ times: PullTimes) { self.times = times }
}

/// Adds up how long the nodes of several clusters took to pull each image.
public struct PullSums: Sendable, Equatable {
    /// An image.
    struct Key: Hashable, Comparable {
        var name: String
        var reference: String

        static func < (left: Self, right: Self) -> Bool {
            (left.name, left.reference) < (right.name, right.reference)
        }
    }

    /// Images that are remembered: those of a configuration may change for ever.
    static let limit = 1024

    private var sums: [Key: PullTimes.Image] = [:]

    /// Nothing is known.
    public init() {}

    /// Takes in the pulls of a cluster.
    mutating func add(_ times: PullTimes) {
        for image in times.images {
            let key = Key(name: image.name, reference: image.reference)
            guard var sum = sums[key] else {
                if sums.count < Self.limit { sums[key] = image }
                continue
            }
            sum.nodes += image.nodes
            sum.total += image.total
            sum.longest = max(sum.longest, image.longest)
            sum.bytes = image.bytes ?? sum.bytes
            sums[key] = sum
        }
    }

    /// In the order of their names, which is that of the configuration.
    public var sorted: [PullTimes.Image] { sums.sorted { $0.key < $1.key }.map(\.value) }
}
