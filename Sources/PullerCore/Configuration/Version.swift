/// The version of this program.
public enum Version {
    /// Semantic version of what is built.
    public static let current = "0.1.0"
}
