/// A value that begins as nothing.
public protocol Blank: Equatable {
    /// Nothing yet.
    init()
}

/// A value that few of many thousand clusters have: the others need eight bytes for it. It lies elsewhere while it is more
/// than nothing.
@propertyWrapper public struct Rare<Value: Blank & Sendable>: Sendable, Equatable {
    private indirect enum Storage: Sendable, Equatable {
        case blank
        case some(Value)
    }

    private var storage = Storage.blank

    /// Takes a value, which mostly is nothing.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    /// The value.
    public var wrappedValue: Value {
        get { if case .some(let value) = storage { value } else { Value() } }
        set { storage = newValue == Value() ? .blank : .some(newValue) }
    }
}

extension Optional: Blank where Wrapped: Equatable {
    /// No value.
    public init() { self = nil }
}
