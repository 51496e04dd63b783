import Foundation

/// The protocols by which requests arrived at nginx, which logs one line for each request.
enum TLSProtocol {
    static let expected = "HTTP/2.0"

    /// The number of lines for each protocol.
    static func count(_ log: String) -> [String: Int] {
        log.split(separator: "\n").reduce(into: [:]) { $0[String($1), default: 0] += 1 }
    }

    /// What is wrong with the protocols of measurements over TLS; `nil` if nothing is.
    static func problem(_ counts: [String: Int]) -> String? {
        guard !counts.isEmpty else { return "nginx has logged no request" }
        let others = counts.filter { $0.key != expected }.sorted { $0.key < $1.key }
        return others.isEmpty
            ? nil
            : "requests over TLS came by " + others.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }
}
