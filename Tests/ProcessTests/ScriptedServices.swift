import Foundation
import SocketHTTP
import TestSupport

/// A token service and a proxy on one port, each of which gives the same answer to every request of a kind.
final class ScriptedServices: Sendable {
    /// What they answer.
    struct Script: Sendable {
        /// To a request for a token.
        var token = HTTPResponse.json(200, #"{"access_token":"a-token","token_type":"Bearer"}"#)
        /// To a look at a DaemonSet; `nil` for "there is none".
        var get: HTTPResponse?
        /// To the creation of a DaemonSet.
        var create = HTTPResponse.text(500, "no answer to a creation was scripted")
        /// To a second request for a token, and to those that follow; `nil` for the same again.
        var laterToken: HTTPResponse?
    }

    /// Where both are: `http://127.0.0.1:PORT`.
    var url: String { "http://127.0.0.1:\(server.port)" }
    private let server: HTTPServer

    init(_ script: Script) throws {
        let tokens = Guarded(0)
        server = try HTTPServer { request, responder in
            responder.respond(Self.answer(to: request, script, tokens))
        }
    }

    deinit {
        server.stop()
    }

    private static func answer(to request: HTTPRequest, _ script: Script, _ tokens: Guarded<Int>)
        -> HTTPResponse
    {
        let last = request.path.split(separator: "/").last.map { String($0) } ?? ""
        switch (request.method, last) {
        case ("POST", "token"):
            let isFirst = tokens.with { count in
                defer { count += 1 }
                return count == 0
            }
            return isFirst ? script.token : script.laterToken ?? script.token
        case ("POST", _): return script.create
        default: return script.get ?? .absent(last)
        }
    }
}

extension HTTPResponse {
    /// An answer in JSON.
    static func json(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: ["Content-Type": "application/json"],
            body: Array(text.utf8)
        )
    }

    /// An answer in HTML.
    static func html(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: ["Content-Type": "text/html"], body: Array(text.utf8))
    }

    /// A Kubernetes `Status` of a failure.
    static func failure(_ status: Int, _ reason: String, _ message: String) -> HTTPResponse {
        let object: [String: Any] = [
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason,
            "code": status,
        ]
        let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
        return json(status, String(decoding: data, as: UTF8.self))
    }

    /// An API server's word that there is no DaemonSet of this name.
    static func absent(_ name: String) -> HTTPResponse {
        json(
            404,
            """
            {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,\
            "message":"daemonsets.apps \\"\(name)\\" not found",\
            "details":{"name":"\(name)","group":"apps","kind":"daemonsets"}}
            """
        )
    }
}
