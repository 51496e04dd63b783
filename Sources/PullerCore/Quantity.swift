/// A Kubernetes quantity such as `10Mi` or `.05`.
public struct Quantity: Sendable, Equatable {
    /// The quantity as it was given.
    public let text: String
}
