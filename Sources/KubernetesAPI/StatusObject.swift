import Foundation
import PullerCore

/// A Kubernetes `Status`: how an API server says what went wrong.
struct StatusObject: Decodable, Equatable {
    var kind: String
    var status: String?
    var message: String?
    var reason: String?
    var details: Details?

    struct Details: Decodable, Equatable {
        var name: String?
        var kind: String?
        var causes: [Cause]?
    }

    struct Cause: Decodable, Equatable {
        var field: String?
        var message: String?
    }

    /// Whether this says that the resource of this kind and name does not exist.
    func saysAbsent(kind: String, name: String) -> Bool {
        reason == "NotFound" && details?.kind == kind && details?.name == name
    }
}

extension StatusObject {
    /// The `Status` in a body; `nil` when it is anything else.
    init?(_ body: [UInt8]) {
        guard
            let status = Self.plain(body)
                ?? (try? JSONDecoder().decode(StatusObject.self, from: Data(body))),
            status.kind == "Status"
        else { return nil }
        self = status
    }

    /// Reads any object as a decoder does, at a fraction of its cost: at a first start, half of all answers are a 404.
    ///
    /// - Returns: `nil` when a decoder has to say what it is, or what is wrong: see `PlainJSON`.
    static func plain(_ json: [UInt8]) -> StatusObject? {
        PlainJSON.read(json) { (reader) throws(PlainJSON.NotPlain) in
            var kind: String?
            var texts: [String: String] = [:]
            var details: Details?
            try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
                switch name {
                case "kind": kind = try reader.string()
                case "status", "message", "reason": texts[name] = try reader.text()
                case "details": details = try reader.ifPresent(Details.init)
                default: try reader.skip()
                }
            }
            guard let kind else { throw PlainJSON.NotPlain() }
            return StatusObject(
                kind: kind,
                status: texts["status"],
                message: texts["message"],
                reason: texts["reason"],
                details: details
            )
        }
    }
}

extension StatusObject.Details {
    fileprivate init(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) {
        self.init()
        try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
            switch name {
            case "name": self.name = try reader.text()
            case "kind": kind = try reader.text()
            case "causes": causes = try reader.ifPresent(StatusObject.Cause.all)
            default: try reader.skip()
            }
        }
    }
}

extension StatusObject.Cause {
    fileprivate static func all(_ reader: inout PlainJSON) throws(PlainJSON.NotPlain) -> [StatusObject.Cause]
    {
        var causes: [StatusObject.Cause] = []
        try reader.array { (reader) throws(PlainJSON.NotPlain) in
            var cause = StatusObject.Cause()
            try reader.object { (name, reader) throws(PlainJSON.NotPlain) in
                switch name {
                case "field": cause.field = try reader.text()
                case "message": cause.message = try reader.text()
                default: try reader.skip()
                }
            }
            causes.append(cause)
        }
        return causes
    }
}

extension PlainJSON {
    /// Reads a text, unless it is `null`.
    fileprivate mutating func text() throws(NotPlain) -> String? {
        try ifPresent { (reader) throws(NotPlain) in try reader.string() }
    }
}
