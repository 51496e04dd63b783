import Foundation
import PullerCore

/// The lines of one watch as they come in; used by one task at a time.
actor WatchLines {
    private var splitter: LineSplitter

    init(limit: Int) {
        splitter = LineSplitter(limit: limit)
    }

    func add(_ piece: [UInt8]) throws(Failure) -> [[UInt8]] {
        try splitter.lines(adding: piece)
    }
}

/// What one line of a watch says.
enum WatchLine: Equatable {
    /// Something happened to the DaemonSet.
    case event(WatchEvent)
    /// Another object, or a type that this program does not know.
    case irrelevant
    /// The resource version is too old (410), and nothing follows.
    case expired
    /// Nothing that follows can be relied on: another `ERROR` event, or no event at all.
    case end

    init(_ line: [UInt8], name: String) {
        if let event = ObservedDaemonSet.plainEvent(line), Event.objectTypes.contains(event.type) {
            self.init(event.object, isDeleted: event.type == Event.deleted, name: name)
            return
        }
        guard let event = try? JSONDecoder().decode(Event.self, from: Data(line)) else {
            self = .end
            return
        }
        switch event {
        case .error(let code):
            self = code == 410 ? .expired : .end
        case .bookmark(let version):
            self = version.map { .event(.caughtUp(resourceVersion: $0)) } ?? .irrelevant
        case .object(let object, let isDeleted): self.init(object, isDeleted: isDeleted, name: name)
        case .other:
            self = .irrelevant
        }
    }

    private init(_ object: ObservedDaemonSet, isDeleted: Bool, name: String) {
        guard object.name == name else {
            self = .irrelevant
            return
        }
        self = .event(isDeleted ? .deleted(uid: object.uid) : .present(object))
    }

    /// Decoded at once: lines are long, and each decoding reads all of a line.
    private enum Event: Decodable {
        case object(ObservedDaemonSet, isDeleted: Bool)
        case bookmark(String?)
        case error(code: Int?)
        case other

        static let deleted = "DELETED"
        /// The types of events that are about an object.
        static let objectTypes = ["ADDED", "MODIFIED", deleted]

        private enum CodingKeys: CodingKey { case type, object }

        private struct Status: Decodable {
            var code: Int?
        }

        private struct Bookmark: Decodable {
            var metadata: Metadata

            struct Metadata: Decodable {
                var resourceVersion: String
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let type = try container.decode(String.self, forKey: .type)
            switch type {
            case _ where Self.objectTypes.contains(type):
                let object = try container.decode(ObservedDaemonSet.self, forKey: .object)
                self = .object(object, isDeleted: type == Self.deleted)
            case "BOOKMARK":
                let version = try? container.decode(Bookmark.self, forKey: .object).metadata.resourceVersion
                self = .bookmark(
                    version.flatMap { $0.utf8.count <= ObservedDaemonSet.longestText ? $0 : nil }
                )
            case "ERROR":
                self = .error(code: (try? container.decode(Status.self, forKey: .object))?.code)
            default:
                self = .other
            }
        }
    }
}
