import Dispatch
import Foundation
import FoundationNetworking
import Synchronization

/// Asks a puller what a Prometheus and an open status page ask, on threads of this process, whose own cost is not
/// measured.
final class Observer: Sendable {
    /// The ports on which a puller is asked.
    struct Ports: Sendable {
        var status: UInt16
        var console: UInt16

        /// Two ports that are free now.
        init() throws {
            (status, console) = (try Self.free(), try Self.free())
        }

        var environment: [String: String] { ["STATUS_PORT": "\(status)", "CONSOLE_PORT": "\(console)"] }

        private static func free() throws -> UInt16 {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isKnown = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, size) == 0 && getsockname(socket, $0, &size) == 0
                }
            }
            guard isKnown else { throw MeasuredProcess.Problem(description: "there is no free port") }
            return UInt16(bigEndian: address.sin_port)
        }
    }

    private struct Page: Decodable {
        var revision: Int
        var `continue`: String?
    }

    private let ports: Ports
    private let ended = DispatchSemaphore(value: 0)
    private let loops = DispatchGroup()
    private let session = URLSession(configuration: .ephemeral)
    private let problem = Mutex<String?>(nil)

    /// Begins to ask: the metrics each second, and what the page asks, which loads all clusters first.
    init(_ ports: Ports) {
        self.ports = ports
        begin(each: 1) { _ = try self.get(ports.status, "/metrics") }
        let revision = Box<Int>()
        begin(each: 3) {
            let next = try self.look(since: revision.value)
            revision.value = next
        }
    }

    /// Asks no more.
    ///
    /// - Throws: The first question that was not answered as it must be.
    func end() throws {
        ended.signal()
        ended.signal()
        loops.wait()
        session.invalidateAndCancel()
        if let problem = problem.withLock({ $0 }) {
            throw MeasuredProcess.Problem(description: "the puller did not answer: \(problem)")
        }
    }

    private func begin(each seconds: Double, _ ask: @escaping @Sendable () throws -> Void) {
        DispatchQueue.global().async(group: loops) {
            repeat {
                do {
                    try ask()
                } catch {
                    self.problem.withLock { $0 = $0 ?? "\(error)" }
                }
            } while self.ended.wait(timeout: .now() + seconds) == .timedOut
        }
    }

    /// What the page asks each time: the summary, and the clusters that have changed.
    ///
    /// - Parameter since: What the last look returned; `nil` for the first one.
    private func look(since: Int?) throws -> Int {
        _ = try get(ports.console, "/api/v1/summary")
        let path = "/api/v1/clusters?limit="
        let news = since.map { "2000&since=\($0)" }
        let first = try page(path + (news ?? "500"))
        var next = first.continue
        while let place = next { next = try page("\(path)\(news ?? "2000")&continue=\(place)").continue }
        return first.revision
    }

    private func page(_ path: String) throws -> Page {
        try JSONDecoder().decode(Page.self, from: get(ports.console, path))
    }

    private func get(_ port: UInt16, _ path: String) throws -> Data {
        guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else {
            throw MeasuredProcess.Problem(description: "\(path) is no path")
        }
        let answer = Box<Data>()
        let done = DispatchSemaphore(value: 0)
        session.dataTask(with: url) { data, response, _ in
            if (response as? HTTPURLResponse)?.statusCode == 200 { answer.value = data }
            done.signal()
        }.resume()
        done.wait()
        guard let data = answer.value else {
            throw MeasuredProcess.Problem(description: path)
        }
        return data
    }
}

/// Passes a value from one thread to another.
private final class Box<Value: Sendable>: Sendable {
    private let content = Mutex<Value?>(nil)

    var value: Value? {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}
