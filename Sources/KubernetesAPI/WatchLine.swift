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
    /// Another object, a bookmark, or a type that this program does not know.
    case irrelevant
    /// Nothing that follows can be relied on: an `ERROR` event (such as 410, the resource version is too old), or no
    /// event at all.
    case end

    init(_ line: [UInt8], name: String) {
        guard let event = try? JSONDecoder().decode(Event.self, from: Data(line)), event.type != "ERROR"
        else {
            self = .end
            return
        }
        guard let object = event.object, object.name == name else {
            self = .irrelevant
            return
        }
        self = .event(event.type == "DELETED" ? .deleted(uid: object.uid) : .present(object))
    }

    /// Decoded at once: lines are long, and each decoding reads all of a line.
    private struct Event: Decodable {
        var type: String
        /// The DaemonSet, if the type is one that tells about it.
        var object: ObservedDaemonSet?

        private enum CodingKeys: CodingKey { case type, object }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            type = try container.decode(String.self, forKey: .type)
            if ["ADDED", "MODIFIED", "DELETED"].contains(type) {
                object = try container.decode(ObservedDaemonSet.self, forKey: .object)
            }
        }
    }
}
