/// The status page: one file, which asks the JSON API of its own server for everything it shows.
///
/// Its only script and its only style sheet are elements without attributes, for a policy that names their hashes.
public enum StatusPage {
    /// The page in UTF-8.
    public static let html = Array(text.utf8)
}
