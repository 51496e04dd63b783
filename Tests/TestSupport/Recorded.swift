import Synchronization

/// A list that is filled from other threads.
public final class Recorded<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    /// An empty list.
    public init() {}

    /// Adds an element at the end.
    public func add(_ element: Element) { elements.withLock { $0.append(element) } }

    /// What is there now.
    public var all: [Element] { elements.withLock { $0 } }

    /// How many there are now.
    public var count: Int { all.count }
}

/// A value that several threads change.
public final class Guarded<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    /// A value to begin with.
    public init(_ value: Value) { self.value = Mutex(value) }

    /// Accesses the value exclusively.
    public func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        value.withLock { body(&$0) }
    }
}
