/// A queue of waiters, first come, first served. Its owner keeps it inside a lock.
///
/// A waiter that is removed from the line is resumed exactly once: by the code that removed it, outside the lock.
public struct WaitingLine<Waiter: Sendable>: Sendable {
    /// A place in a line.
    public typealias Place = UInt64

    private static var shortLine: Int { 1000 }

    private var waiting: [Place: Waiter] = [:]
    private var order: [Place] = []
    private var head = 0
    private var nextPlace: Place = 0

    /// Creates an empty line.
    public init() {}

    /// The number of waiters.
    public var count: Int { waiting.count }

    /// Reserves a place, before its waiter exists.
    public mutating func reserve() -> Place {
        nextPlace += 1
        return nextPlace
    }

    /// Adds a waiter for this place, at the end of the line.
    public mutating func add(_ waiter: Waiter, at place: Place) {
        waiting[place] = waiter
        order.append(place)
    }

    /// Removes and returns the waiter at a place; `nil` if it was removed before, or has not been added yet.
    public mutating func remove(_ place: Place) -> Waiter? {
        waiting.removeValue(forKey: place)
    }

    /// Removes and returns the first waiter.
    public mutating func removeFirst() -> Waiter? {
        while head < order.count {
            let place = order[head]
            head += 1
            if head > 64, head * 2 > order.count {
                order.removeFirst(head)
                head = 0
            }
            if let waiter = waiting.removeValue(forKey: place) { return waiter }
        }
        clear()
        return nil
    }

    /// Once a crowd has gone, its memory is free again. A short line keeps it.
    private mutating func clear() {
        if waiting.capacity > Self.shortLine {
            waiting = [:]
            order = []
        } else {
            order.removeAll(keepingCapacity: true)
        }
        head = 0
    }

    /// Removes the waiters for which the closure returns false.
    public mutating func filter(_ isKept: (Waiter) -> Bool) {
        waiting = waiting.filter { isKept($0.value) }
    }

    /// Removes and returns all waiters, in order.
    public mutating func removeAll() -> [Waiter] {
        var all: [Waiter] = []
        while let first = removeFirst() { all.append(first) }
        return all
    }
}
