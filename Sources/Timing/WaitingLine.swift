/// A queue of waiters, first come, first served. It lives inside its owner's lock.
///
/// A waiter that is taken off the line is told exactly once: by the code that took it off, outside the lock.
public struct WaitingLine<Waiter: Sendable>: Sendable {
    /// A place in a line.
    public typealias Place = UInt64

    private var waiting: [Place: Waiter] = [:]
    private var order: [Place] = []
    private var head = 0
    private var nextPlace: Place = 0

    /// An empty line.
    public init() {}

    /// How many wait.
    public var count: Int { waiting.count }

    /// Reserves a place, before there is a waiter to put on it.
    public mutating func reserve() -> Place {
        nextPlace += 1
        return nextPlace
    }

    /// Puts a waiter on its place, at the end of the line.
    public mutating func add(_ waiter: Waiter, at place: Place) {
        waiting[place] = waiter
        order.append(place)
    }

    /// Takes a waiter off its place; `nil` if it is no longer there, or not yet.
    public mutating func remove(_ place: Place) -> Waiter? {
        waiting.removeValue(forKey: place)
    }

    /// Takes the first one off the line.
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
        order.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }

    /// Forgets those who are not to be kept.
    public mutating func filter(_ isKept: (Waiter) -> Bool) {
        waiting = waiting.filter { isKept($0.value) }
    }

    /// Takes all off the line, in their order.
    public mutating func removeAll() -> [Waiter] {
        var all: [Waiter] = []
        while let first = removeFirst() { all.append(first) }
        return all
    }
}
