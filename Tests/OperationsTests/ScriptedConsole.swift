import Foundation
import Synchronization

@testable import Operations

/// A console that answers by the contract of the JSON API, in memory.
final class ScriptedConsole: Sendable {
    struct State {
        var started = "2026-11-22T20:00:00.000Z"
        var revision: UInt64 = 0
        /// Each with the revision of its last change.
        var clusters: [String: (cluster: ClusterDocument, revision: UInt64)] = [:]
        var removed: [String: UInt64] = [:]
        /// A JSON list.
        var faults = "[]"
        /// A JSON list.
        var files = "[]"
        var problem: StatusProblem?
        var pageSize = 1000
        /// Paths that were asked for.
        var asked: [String] = []
        /// Called once, between two pages.
        var betweenPages: (@Sendable (inout State) -> Void)?

        mutating func set(_ name: String, _ state: String, reason: String? = nil, ready: Int = 3) {
            var cluster = ClusterDocument(name: name, state: state)
            cluster.reason = reason
            cluster.message = reason.map { "\($0) it is" }
            cluster.since = "2026-11-22T21:24:00.000Z"
            cluster.ready = ready
            cluster.desired = 3
            set(cluster)
        }

        mutating func set(_ cluster: ClusterDocument) {
            revision += 1
            clusters[cluster.name] = (cluster, revision)
            removed[cluster.name] = nil
        }

        mutating func remove(_ name: String) {
            revision += 1
            clusters[name] = nil
            removed[name] = revision
        }
    }

    private let state = Mutex(State())

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    var asked: [String] { state.withLock { $0.asked } }

    func get(_ path: String) async throws(StatusProblem) -> [UInt8] {
        let answer: Result<[UInt8], StatusProblem> = state.withLock { state in
            state.asked.append(path)
            if let problem = state.problem { return .failure(problem) }
            let document = path == "/api/v1/summary" ? Self.summary(state) : Self.clusters(&state, path)
            return .success((try? JSONSerialization.data(withJSONObject: document)).map { Array($0) } ?? [])
        }
        return try answer.get()
    }

    private static func summary(_ state: State) -> [String: Any] {
        [
            "time": "2026-11-22T21:29:00.000Z", "started": state.started, "revision": state.revision,
            "faults": (try? JSONSerialization.jsonObject(with: Data(state.faults.utf8))) ?? [],
            "files": (try? JSONSerialization.jsonObject(with: Data(state.files.utf8))) ?? [],
        ]
    }

    private static func clusters(_ state: inout State, _ path: String) -> [String: Any] {
        let items = URLComponents(string: path)?.queryItems ?? []
        func number(_ name: String) -> UInt64? {
            items.first { $0.name == name }?.value.flatMap { UInt64($0) }
        }
        let since = number("since").flatMap { $0 <= state.revision ? $0 : nil }
        let start = Int(number("continue") ?? 0)
        if start > 0, let change = state.betweenPages {
            state.betweenPages = nil
            change(&state)
        }
        let all = state.clusters.values.filter { $0.revision > since ?? 0 }.map(\.cluster).sorted {
            $0.name < $1.name
        }
        let page = all.dropFirst(start).prefix(state.pageSize)
        let shown = page.compactMap { try? JSONSerialization.jsonObject(with: JSONEncoder().encode($0)) }
        var document: [String: Any] = [
            "revision": state.revision, "total": state.clusters.count, "matching": all.count,
            "clusters": shown,
            "reset": number("since") != nil && since == nil,
            "removed": since.map { since in state.removed.filter { $0.value > since }.keys.sorted() } ?? [],
        ]
        if start + page.count < all.count { document["continue"] = "\(start + page.count)" }
        return document
    }
}
