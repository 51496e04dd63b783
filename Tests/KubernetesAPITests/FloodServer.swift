import Foundation

/// A server that answers its first request with `start`, and then with `piece` without end, as fast as that is read; without
/// a piece, it then closes the connection.
final class FloodServer: Sendable {
    let port: UInt16
    private let listener: Int32

    /// - Parameter read: The answer begins when as many bytes of the request have come, those of its head included.
    init(start: String, piece: String = "", after read: Int = 1) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, $0, &size) == 0
            }
        }
        guard listener >= 0, isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let bytes = Array(String(repeating: piece, count: 16_000).utf8)
        Thread.detachNewThread {
            let connection = accept(listener, nil, nil)
            var request = [UInt8](repeating: 0, count: 4096)
            var missing = read
            while missing > 0 {
                let count = recv(connection, &request, request.count, 0)
                if count <= 0 { break }
                missing -= count
            }
            var next = Array(start.utf8)
            while send(connection, next, next.count, Int32(MSG_NOSIGNAL)) > 0 { next = bytes }
            close(connection)
        }
    }

    deinit { close(listener) }
}
