/// A file whose content is not UTF-8: an error for all who want a text, but for those to whom the bytes are enough.
public struct NotText: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the file holds.
    public let bytes: [UInt8]
    /// For the reader of a log.
    public var description: String { "not UTF-8" }

    /// The error for a file with this content.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}
