/// A value that begins as nothing.
public protocol Blank {
    /// Nothing yet.
    init()
    /// Whether it is nothing.
    var isBlank: Bool { get }
}

extension Blank where Self: Equatable {
    /// Whether it is as it begins.
    public var isBlank: Bool { self == Self() }
}

/// A value that few of many thousand clusters have: the others need eight bytes for it. It lies elsewhere while it is more
/// than nothing.
@propertyWrapper public struct Rare<Value: Blank & Sendable>: Sendable {
    fileprivate indirect enum Storage: Sendable {
        case blank
        case some(Value)
    }

    private var storage = Storage.blank

    /// Takes a value, which mostly is nothing.
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    /// The value.
    public var wrappedValue: Value {
        get { if case .some(let value) = storage { value } else { Value() } }
        set { storage = newValue.isBlank ? .blank : .some(newValue) }
    }
}

extension Rare: Equatable where Value: Equatable {}
extension Rare.Storage: Equatable where Value: Equatable {}

extension Optional: Blank {
    /// No value.
    public init() { self = nil }

    /// Whether there is no value.
    public var isBlank: Bool { if case .none = self { true } else { false } }
}
