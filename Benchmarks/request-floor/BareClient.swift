import Foundation
import FoundationNetworking
import KubernetesAPI
import PullerCore
import Synchronization

/// Uses URLSession alone, without limits on answers, and decodes nothing. A watch ends when its bytes report that all
/// nodes are ready.
final class BareClient: FloorClient {
    private let fleet: SimulatedFleet
    private let session: URLSession
    private let watches = WatchDelegate()
    private let createBodies: [Slot: Data]

    init(_ fleet: SimulatedFleet) throws {
        self.fleet = fleet
        createBodies = Dictionary(
            uniqueKeysWithValues: Slot.allCases.map { ($0, Data(fleet.desired.body($0))) }
        )
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = fleet.connections
        configuration.timeoutIntervalForRequest = HTTPTransport.never
        session = URLSession(configuration: configuration, delegate: watches, delegateQueue: nil)
    }

    func get(_ user: String, _ slot: Slot) async throws -> Void? {
        try await send("GET", fleet.objectURL(slot), user, nil, expected: [200, 404])
    }

    func create(_ user: String, _ slot: Slot) async throws {
        try await send("POST", fleet.collectionURL, user, createBodies[slot], expected: [201])
    }

    func delete(_ user: String, _ slot: Slot, _ known: Void?) async throws {
        try await send("DELETE", fleet.objectURL(slot), user, Data(fleet.deleteBody), expected: [200])
    }

    func watch(_ user: String, _ slot: Slot, from known: Void) async throws {
        let request = try request("GET", fleet.watchURL(slot, from: "0"), user, nil)
        try await withCheckedThrowingContinuation { continuation in
            watches.begin(session.dataTask(with: request), continuation)
        }
    }

    private func send(_ method: String, _ url: String, _ user: String, _ body: Data?, expected: Set<Int>)
        async throws
    {
        let request = try request(method, url, user, body)
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int, any Error>) in
            session.dataTask(with: request) { _, response, error in
                if let response = response as? HTTPURLResponse {
                    continuation.resume(returning: response.statusCode)
                } else {
                    continuation.resume(throwing: error ?? Unexpected(description: "no answer"))
                }
            }.resume()
        }
        guard expected.contains(status) else { throw Unexpected(description: "\(method): \(status)") }
    }

    private func request(_ method: String, _ url: String, _ user: String, _ body: Data?) throws -> URLRequest
    {
        guard let url = URL(string: url) else { throw Unexpected(description: "\(url) is no URL") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.allHTTPHeaderFields = Dictionary(
            uniqueKeysWithValues: fleet.headers(user: user, hasBody: body != nil).map { ($0.name, $0.value) }
        )
        request.httpBody = body
        return request
    }
}

/// Waits in each watch for the bytes that report three ready nodes.
private final class WatchDelegate: NSObject, URLSessionDataDelegate, Sendable {
    private struct Watch {
        var received = Data()
        var continuation: CheckedContinuation<Void, any Error>
    }

    private static let readyMark = Data(#""numberReady":3"#.utf8)
    private let watches = Mutex<[Int: Watch]>([:])

    func begin(_ task: URLSessionDataTask, _ continuation: CheckedContinuation<Void, any Error>) {
        watches.withLock { $0[task.taskIdentifier] = Watch(continuation: continuation) }
        task.resume()
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let ready = watches.withLock { watches -> Watch? in
            watches[dataTask.taskIdentifier]?.received.append(data)
            guard watches[dataTask.taskIdentifier]?.received.range(of: Self.readyMark) != nil else {
                return nil
            }
            return watches.removeValue(forKey: dataTask.taskIdentifier)
        }
        guard let ready else { return }
        dataTask.cancel()
        ready.continuation.resume()
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let unfinished = watches.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        unfinished?.continuation.resume(throwing: error ?? Unexpected(description: "the watch ended"))
    }
}
