import Foundation
import KubernetesAPI
import PullerCore
import Synchronization

/// Uses the puller's own transport with its limits, and decodes the fields that a decision needs.
struct TransportClient: FloorClient {
    private let fleet: SimulatedFleet
    private let createBodies: [Slot: [UInt8]]

    init(_ fleet: SimulatedFleet) {
        self.fleet = fleet
        createBodies = Dictionary(uniqueKeysWithValues: Slot.allCases.map { ($0, fleet.desired.body($0)) })
    }

    func get(_ user: String, _ slot: Slot) async throws -> ObservedDaemonSet? {
        let answer = try await send("GET", fleet.objectURL(slot), user)
        return answer.head.status == 404 ? nil : try decoded(answer, expected: 200)
    }

    func create(_ user: String, _ slot: Slot) async throws -> ObservedDaemonSet {
        try decoded(await send("POST", fleet.collectionURL, user, createBodies[slot]), expected: 201)
    }

    func delete(_ user: String, _ slot: Slot, _ known: ObservedDaemonSet?) async throws {
        let body =
            known.map { deleteOptionsBody(uid: $0.uid, resourceVersion: $0.resourceVersion) }
            ?? fleet.deleteBody
        let answer = try await send("DELETE", fleet.objectURL(slot), user, body)
        guard answer.head.status == 200 else {
            throw Unexpected(description: "DELETE: \(answer.head.status)")
        }
    }

    func watch(_ user: String, _ slot: Slot, from known: ObservedDaemonSet) async throws {
        let rest = Mutex<[UInt8]>([])
        let isReady = Mutex(false)
        let answer = try await fleet.transport.stream(
            request("GET", fleet.watchURL(slot, from: known.resourceVersion), user),
            limit: .seconds(28)
        ) { (piece) async throws(Failure) in
            for line in rest.withLock({ Self.lines(adding: piece, to: &$0) }) {
                guard let object = Self.object(of: Array(line)) else { return false }
                guard Health(of: object).isReady else { continue }
                isReady.withLock { $0 = true }
                return false
            }
            return true
        }
        guard isReady.withLock({ $0 }) else {
            throw Unexpected(description: "the watch ended (\(answer.head.status)) before all was ready")
        }
    }

    private struct Event: Decodable {
        var type: String
        var object: ObservedDaemonSet
    }

    /// The DaemonSet of an event, read as the puller reads it.
    private static func object(of line: [UInt8]) -> ObservedDaemonSet? {
        if let event = ObservedDaemonSet.plainEvent(line) { return event.object }
        return try? JSONDecoder().decode(Event.self, from: Data(line)).object
    }

    private static func lines(adding piece: [UInt8], to rest: inout [UInt8]) -> [ArraySlice<UInt8>] {
        rest += piece
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
        defer { rest.removeSubrange(...end) }
        return rest[..<end].split(separator: UInt8(ascii: "\n"))
    }

    private func decoded(_ answer: HTTPResponse, expected: Int) throws -> ObservedDaemonSet {
        guard answer.head.status == expected else {
            throw Unexpected(description: "\(answer.head.status) instead of \(expected)")
        }
        if let observed = ObservedDaemonSet.plain(answer.body) { return observed }
        return try JSONDecoder().decode(ObservedDaemonSet.self, from: Data(answer.body))
    }

    private func request(_ method: String, _ url: String, _ user: String, _ body: [UInt8]? = nil)
        -> HTTPRequest
    {
        HTTPRequest(method, url, headers: fleet.headers(user: user, hasBody: body != nil), body: body)
    }

    private func send(_ method: String, _ url: String, _ user: String, _ body: [UInt8]? = nil) async throws
        -> HTTPResponse
    {
        try await fleet.transport.send(request(method, url, user, body))
    }
}
