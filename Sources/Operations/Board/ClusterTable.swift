import PullerCore

/// All clusters. A copy costs next to nothing, and a change after it copies only one block: a question is answered from a
/// copy, so that sorting thousands of clusters holds up no event.
struct ClusterTable: Sendable {
    private static let blockSize = 64

    private var blocks: [[ClusterEntry]] = []
    private var places: [ClusterID: Int] = [:]

    /// How many clusters there are.
    var count: Int { places.count }

    /// All of them, in no particular order.
    var all: some Sequence<ClusterEntry> { blocks.lazy.joined() }

    subscript(_ id: ClusterID) -> ClusterEntry? { places[id].map { self[$0] } }

    /// Adds a cluster that is not there yet.
    mutating func add(_ entry: ClusterEntry) {
        places[entry.status.id] = count
        if blocks.last.map({ $0.count == Self.blockSize }) ?? true {
            blocks.append([])
            blocks[blocks.count - 1].reserveCapacity(Self.blockSize)
        }
        blocks[blocks.count - 1].append(entry)
    }

    /// Changes a cluster in its place.
    ///
    /// - Returns: `nil` when there is no such cluster.
    mutating func change<Value>(_ id: ClusterID, _ body: (inout ClusterEntry) -> Value) -> Value? {
        guard let place = places[id] else { return nil }
        return body(&blocks[place / Self.blockSize][place % Self.blockSize])
    }

    /// Removes a cluster; the last one takes its place.
    ///
    /// - Returns: Whether there was one.
    mutating func remove(_ id: ClusterID) -> Bool {
        guard let place = places.removeValue(forKey: id),
            let last = blocks[blocks.count - 1].popLast()
        else { return false }
        if blocks[blocks.count - 1].isEmpty { blocks.removeLast() }
        if last.status.id != id {
            places[last.status.id] = place
            blocks[place / Self.blockSize][place % Self.blockSize] = last
        }
        return true
    }

    private subscript(_ place: Int) -> ClusterEntry {
        blocks[place / Self.blockSize][place % Self.blockSize]
    }
}
