import Glibc

/// Why a server could not be started.
public struct HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The system call or operation that failed, with its arguments.
    public var operation: String
    /// Its `errno`.
    public var code: Int32

    init(_ operation: String, code: Int32 = errno) {
        self.operation = operation
        self.code = code
    }

    /// Whether this machine does not have the address, or not even its family.
    public var isAddressMissing: Bool { [EADDRNOTAVAIL, EAFNOSUPPORT, EPROTONOSUPPORT].contains(code) }

    /// The reason, as the system tells it.
    public var reason: String { String(cString: strerror(code)) }

    /// The operation and the reason, in one line.
    public var description: String { "\(operation): \(reason)" }
}
