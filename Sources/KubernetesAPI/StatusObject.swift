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

    /// The `Status` in a body; `nil` when it is anything else.
    init?(_ body: [UInt8]) {
        guard let status = try? JSONDecoder().decode(StatusObject.self, from: Data(body)),
            status.kind == "Status"
        else { return nil }
        self = status
    }

    /// Whether this says that the resource of this kind and name does not exist.
    func saysAbsent(kind: String, name: String) -> Bool {
        reason == "NotFound" && details?.kind == kind && details?.name == name
    }
}
