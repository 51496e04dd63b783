/// What is to happen later, soonest first; what falls on one moment happens in the order it was added.
struct Timeline<Event: Sendable>: Sendable {
    private struct Entry {
        var time: Duration
        var order: Int
        var event: Event

        func precedes(_ other: Entry) -> Bool { (time, order) < (other.time, other.order) }
    }

    /// A binary heap: the children of `n` are `2n+1` and `2n+2`.
    private var heap: [Entry] = []
    private var added = 0

    /// When the next event is due.
    var next: Duration? { heap.first?.time }

    mutating func add(_ event: Event, at time: Duration) {
        added += 1
        heap.append(Entry(time: time, order: added, event: event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first event if it is due.
    mutating func popDue(at now: Duration) -> (time: Duration, event: Event)? {
        guard let first = heap.first, first.time <= now, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].precedes(heap[smallest]) { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
