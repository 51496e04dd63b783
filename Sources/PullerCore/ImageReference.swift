/// A valid image reference.
public struct ImageReference: Sendable, Equatable {
    /// The reference as it was given.
    public let text: String
    /// Whether a digest pins it; without one, what it names can change.
    public let isPinned: Bool
}
