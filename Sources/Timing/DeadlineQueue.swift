/// A binary heap of deadlines. Equal deadlines come out in the order in which they were added.
struct DeadlineQueue {
    private var heap: [(deadline: Duration, number: UInt64)] = []

    var first: (deadline: Duration, number: UInt64)? { heap.first }

    var count: Int { heap.count }

    mutating func add(_ deadline: Duration, _ number: UInt64) {
        heap.append((deadline, number))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(0)
    }

    /// Lets an entry go down to its place, between heaps below it.
    private mutating func sink(_ index: Int) {
        var parent = index
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    /// Removes the deadlines for whose number the closure returns false.
    mutating func filter(_ isKept: (UInt64) -> Bool) {
        heap.removeAll { !isKept($0.number) }
        for index in (0..<heap.count / 2).reversed() { sink(index) }
    }
}
