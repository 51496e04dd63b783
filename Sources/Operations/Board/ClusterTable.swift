import PullerCore

/// All clusters. A copy costs next to nothing, and a change after it copies only one block: a question is answered from a
/// copy, so that sorting thousands of clusters holds up no event.
struct ClusterTable: Sendable {
    private static let blockSize = 64

    private var blocks: [[ClusterEntry]] = []
    /// 32 bits suffice, and the dictionary may have room for twice as many clusters as there are.
    private var places: [ClusterID: Int32] = [:]

    /// How many clusters there are.
    var count: Int { places.count }

    subscript(_ id: ClusterID) -> ClusterEntry? { places[id].map { self[Int($0)] } }

    /// Looks at all of them where they lie, in no particular order: to copy ten thousand takes longer than to look.
    @inline(__always)
    func forEach(_ look: (_ place: Int, _ entry: borrowing ClusterEntry) -> Void) {
        for number in blocks.indices {
            blocks[number].withUnsafeBufferPointer { block in
                for index in block.indices { look(number * Self.blockSize + index, block[index]) }
            }
        }
    }

    /// Adds a cluster that is not there yet.
    mutating func add(_ entry: ClusterEntry) {
        places[entry.status.id] = Int32(count)
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
        guard let place = places[id].map(Int.init) else { return nil }
        return body(&blocks[place / Self.blockSize][place % Self.blockSize])
    }

    /// Removes a cluster; the last one takes its place.
    ///
    /// - Returns: What was there; `nil` when there was no such cluster.
    mutating func remove(_ id: ClusterID) -> ClusterEntry? {
        guard let place = places.removeValue(forKey: id),
            let last = blocks[blocks.count - 1].popLast()
        else { return nil }
        if blocks[blocks.count - 1].isEmpty { blocks.removeLast() }
        guard last.status.id != id else { return last }
        places[last.status.id] = place
        let removed = self[Int(place)]
        blocks[Int(place) / Self.blockSize][Int(place) % Self.blockSize] = last
        return removed
    }

    /// The cluster at a place that ``forEach(_:)`` named.
    subscript(_ place: Int) -> ClusterEntry {
        blocks[place / Self.blockSize][place % Self.blockSize]
    }
}
