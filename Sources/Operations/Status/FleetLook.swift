import Foundation
import PullerCore

/// Looks at all clusters of a puller through its console.
struct FleetLook: Sendable {
    /// Gives the document at a path.
    typealias Get = @Sendable (_ path: String) async throws(StatusProblem) -> [UInt8]

    private let get: Get
    private(set) var mirror = FleetMirror()
    private(set) var faults: [SummaryDocument.Fault] = []
    private(set) var files: [SummaryDocument.File] = []
    /// The puller's time at the last look, in seconds since 1970-01-01T00:00:00Z.
    private(set) var now = 0.0

    private static let pageSize = 1000
    /// More than any pool has.
    private static let mostPages = 1000
    /// A large fleet changes while its pages are read.
    private static let mostRounds = 3

    init(_ get: @escaping Get) {
        self.get = get
    }

    /// Brings everything up to date.
    ///
    /// - Returns: What has changed since the last look.
    mutating func look() async throws(StatusProblem) -> FleetMirror.Changes {
        let summary = try await document("/api/v1/summary", SummaryDocument.self)
        faults = summary.faults ?? []
        files = summary.files ?? []
        now = apiSeconds(summary.time) ?? now
        mirror.meet(started: summary.started)
        var changes = FleetMirror.Changes()
        for _ in 0..<Self.mostRounds {
            let pages = try await pages(since: mirror.revision)
            let step = mirror.take(pages, since: mirror.revision)
            changes.changed += step.changed
            changes.removed += step.removed
            if pages.last?.revision == pages.first?.revision { break }
        }
        return changes
    }

    private func pages(since revision: UInt64?) async throws(StatusProblem) -> [ClustersDocument] {
        var pages: [ClustersDocument] = []
        let path = "/api/v1/clusters?limit=\(Self.pageSize)" + (revision.map { "&since=\($0)" } ?? "")
        repeat {
            let next = pages.last?.next.map { "&continue=" + percentEncoded($0) } ?? ""
            pages.append(try await document(path + next, ClustersDocument.self))
        } while pages.last?.next?.isEmpty == false && pages.count < Self.mostPages
        return pages
    }

    private func document<Document: Decodable>(
        _ path: String,
        _ type: Document.Type
    ) async throws(StatusProblem) -> Document {
        let body = try await get(path)
        do {
            return try JSONDecoder().decode(Document.self, from: Data(body))
        } catch {
            let start = String(decoding: body.prefix(80), as: UTF8.self)
            throw StatusProblem("the answer is not that of a puller's console: \(start)", mayPass: false)
        }
    }
}
