import Glibc

/// Where a server listens.
public struct HTTPAddress: Sendable, Equatable {
    /// A numeric address or a name, such as `127.0.0.1` or `localhost`; `::` for all addresses of both families.
    public var host: String
    /// The port; 0 for any free one.
    public var port: UInt16

    /// Creates an address; by default, a free port that only this machine can reach.
    public init(host: String = "127.0.0.1", port: UInt16 = 0) {
        self.host = host
        self.port = port
    }
}

/// A listening TCP socket, non-blocking.
struct ListenerSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    init(_ address: HTTPAddress) throws(HTTPServerError) {
        let what = "listen on \(address.host):\(address.port)"
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let info = found else {
            throw HTTPServerError(what, code: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(info.pointee.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw HTTPServerError(what) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        if address.host == "::" {
            // The default is a setting of the system.
            var zero: Int32 = 0
            let size = socklen_t(MemoryLayout<Int32>.size)
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &zero, size)
        }
        guard bind(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0,
            listen(descriptor, 4096) == 0, makeNonBlocking(descriptor)
        else {
            let error = HTTPServerError(what)
            _ = Glibc.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        port = Self.port(of: descriptor)
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            // The port has the same offset in sockaddr_in and sockaddr_in6.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(descriptor, $0, &length)
            }
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }
}

/// Makes a descriptor non-blocking, and closes it on exec. Returns whether that succeeded.
func makeNonBlocking(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
}
