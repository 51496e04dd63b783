import Foundation
import SocketHTTP

/// The files of this repository.
public enum Repository {
    /// Its folder.
    public static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file or folder of it.
    public static func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

    /// The text of a file.
    public static func text(_ path: String) throws -> String {
        try String(contentsOf: url(path), encoding: .utf8)
    }
}

/// The path of a program of this machine; `nil` when it is not on the `PATH`.
///
/// - Parameter isRight: Whether this one of several with the name is meant; the first one by default.
public func installedProgram(_ name: String, where isRight: (_ path: String) -> Bool = { _ in true })
    -> String?
{
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").lazy.map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) && isRight($0) }
}

/// Two ports of this machine that are free, and that the system gives to no other program that asks for any.
public func freePorts() -> (UInt16, UInt16) {
    while true {
        let port = UInt16.random(in: 20_000..<32_000)
        let addresses = [HTTPAddress(port: port), HTTPAddress(port: port + 1)]
        guard let server = try? HTTPServer(addresses: addresses, handler: { _, _ in }) else { continue }
        server.stop()
        return (port, port + 1)
    }
}
