/// Deadlines in order, first come first among equals: a binary heap.
struct DeadlineQueue {
    private var heap: [(deadline: Duration, number: Int)] = []

    var first: (deadline: Duration, number: Int)? { heap.first }

    mutating func add(_ deadline: Duration, _ number: Int) {
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
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { heap[$0] < heap[$1] }), heap[least] < heap[parent] else {
                return
            }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
