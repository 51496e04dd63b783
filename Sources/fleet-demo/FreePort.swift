import Foundation

/// A port of this machine's loopback interface that no program listens on.
///
/// - Parameter wished: The port that is taken if it is free, so that the address is the one of the documentation.
/// - Returns: `nil` when the system has none.
func freePort(preferring wished: UInt16) -> UInt16? {
    bound(to: wished) ?? bound(to: 0)
}

/// The port that a socket is bound to for a moment; `nil` when it is taken.
private func bound(to port: UInt16) -> UInt16? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
            guard bind(descriptor, generic, size) == 0, getsockname(descriptor, generic, &size) == 0 else {
                return nil
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
    }
}
