import Synchronization

/// A list to which several threads can add elements.
public final class Recorded<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])

    /// Creates an empty list.
    public init() {}

    /// Adds an element at the end.
    public func add(_ element: Element) { elements.withLock { $0.append(element) } }

    /// All elements so far.
    public var all: [Element] { elements.withLock { $0 } }

    /// The number of elements so far.
    public var count: Int { all.count }
}

/// A value that several threads can change.
public final class Guarded<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    /// Guards an initial value.
    public init(_ value: Value) { storage = Mutex(value) }

    /// The value.
    public var value: Value {
        get { storage.withLock { $0 } }
        set { storage.withLock { $0 = newValue } }
    }

    /// Accesses the value exclusively.
    public func with<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        storage.withLock { body(&$0) }
    }
}
