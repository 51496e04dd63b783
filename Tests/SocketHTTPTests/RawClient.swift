import Glibc

/// A blocking TCP client that sends bytes as they are. By default, every read gives up after five seconds, so that a
/// silent server makes a test fail instead of hang.
final class RawClient {
    enum End: Equatable {
        case closed
        case reset
        case silence
    }

    private let descriptor: Int32
    /// How the server ended the connection; `nil` until a read has met the end.
    private(set) var end: End?

    init(port: UInt16, patience: Int = 5) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// Sends text. Returns whether all of it was accepted.
    @discardableResult
    func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.send(descriptor, Array(bytes[sent...]), bytes.count - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Closes the sending side only.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    private func receive(_ limit: Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &buffer, limit, 0)
        if count == 0 { end = .closed }
        if count < 0 { end = errno == ECONNRESET ? .reset : .silence }
        return Array(buffer.prefix(max(count, 0)))
    }

    /// Reads up to and including this text, or up to the end of the connection.
    func read(until marker: String) -> String {
        var text: [UInt8] = []
        let wanted = Array(marker.utf8)
        while end == nil {
            text += receive(1)
            if text.suffix(wanted.count).elementsEqual(wanted) { break }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads until the server ends the connection.
    func readToEnd() -> String {
        var text: [UInt8] = []
        while end == nil { text += receive(64 * 1024) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads at least this many bytes, or fewer if the connection ends first. Returns their number.
    func read(bytes: Int) -> Int {
        var count = 0
        while end == nil, count < bytes { count += receive(64 * 1024).count }
        return count
    }
}
