import Glibc

/// Why a server could not be started.
public struct HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system call that failed, and what it was asked for.
    public var operation: String
    /// `errno` after it.
    public var code: Int32

    init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    /// Call and reason in one line.
    public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
