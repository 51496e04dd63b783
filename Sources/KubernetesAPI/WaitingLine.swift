/// Tasks that wait for something, first come, first served. It lives inside its owner's lock.
///
/// A waiting task is resumed exactly once: with `true` by whoever has what it waits for, or with `false` because it
/// was cancelled.
public struct WaitingLine: Sendable {
    /// A place in a line.
    public typealias Place = UInt64

    private var waiting: [Place: CheckedContinuation<Bool, Never>] = [:]
    private var order: [Place] = []
    private var head = 0
    private var nextPlace: Place = 0

    /// An empty line.
    public init() {}

    /// How many wait.
    public var count: Int { waiting.count }

    /// Reserves a place, before there is a continuation to put on it.
    public mutating func reserve() -> Place {
        nextPlace += 1
        return nextPlace
    }

    /// Puts a task on its place, at the end of the line.
    public mutating func add(_ continuation: CheckedContinuation<Bool, Never>, at place: Place) {
        waiting[place] = continuation
        order.append(place)
    }

    /// Takes a task off its place; `nil` when it is not there any more, or not yet.
    public mutating func remove(_ place: Place) -> CheckedContinuation<Bool, Never>? {
        waiting.removeValue(forKey: place)
    }

    /// Takes the first task off the line.
    public mutating func removeFirst() -> CheckedContinuation<Bool, Never>? {
        while head < order.count {
            let place = order[head]
            head += 1
            if head > 64, head * 2 > order.count {
                order.removeFirst(head)
                head = 0
            }
            if let continuation = waiting.removeValue(forKey: place) { return continuation }
        }
        order.removeAll(keepingCapacity: true)
        head = 0
        return nil
    }

    /// Takes all tasks off the line.
    public mutating func removeAll() -> [CheckedContinuation<Bool, Never>] {
        var all: [CheckedContinuation<Bool, Never>] = []
        while let first = removeFirst() { all.append(first) }
        return all
    }
}
