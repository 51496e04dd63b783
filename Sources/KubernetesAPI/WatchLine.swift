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
        let data = Data(line)
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: data) else {
            self = .end
            return
        }
        switch envelope.type {
        case "ADDED", "MODIFIED", "DELETED":
            guard let object = try? JSONDecoder().decode(Carrier.self, from: data).object else {
                self = .end
                return
            }
            if object.name != name {
                self = .irrelevant
            } else {
                self = .event(envelope.type == "DELETED" ? .deleted(uid: object.uid) : .present(object))
            }
        case "ERROR":
            self = .end
        default:
            self = .irrelevant
        }
    }

    private struct Envelope: Decodable {
        var type: String
    }

    private struct Carrier: Decodable {
        var object: ObservedDaemonSet
    }
}
