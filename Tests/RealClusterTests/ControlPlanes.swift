import Foundation
import KubernetesAPI
import PullerCore
import TestSupport

/// The real control planes that `scripts/control-plane` runs. `scripts/test` starts it, and passes the path of its
/// state file.
struct ControlPlanes: Decodable, Sendable {
    struct Proxy: Decodable, Sendable {
        var url: String
        var oidcProvider: String
        var clientID: String
        var clientSecret: String
        var controlURL: String
        var untrusted: [String: String]
    }

    struct Plane: Decodable, Sendable {
        var url: String
        var version: String
        var adminToken: String
        var kubeconfig: String
    }

    /// The files of a certificate for 127.0.0.1 that `ca` has signed.
    struct Serving: Decodable, Sendable {
        var certificate: String
        var key: String
    }

    var ca: String
    var foreignCA: String
    var serving: Serving
    var proxy: Proxy
    var planes: [String: Plane]

    /// Why the tests of this target are skipped.
    static let reason = "no real API server: run `make test`, which provides one and sets TEST_CONTROL_PLANE"

    /// The planes; `nil` if there are none. From the first access on, this process trusts their CA.
    static let shared: ControlPlanes? = {
        guard let path = ProcessInfo.processInfo.environment["TEST_CONTROL_PLANE"] else { return nil }
        do {
            let planes = try JSONDecoder().decode(
                ControlPlanes.self,
                from: Data(contentsOf: URL(fileURLWithPath: path))
            )
            try Trust.install(bundle: planes.ca)
            return planes
        } catch {
            // If planes were announced but cannot be used, that is a failure and no reason to skip.
            preconditionFailure("TEST_CONTROL_PLANE=\(path): \(error)")
        }
    }()

    static func required() throws -> ControlPlanes {
        guard let shared else { throw RunningProcess.Problem(reason) }
        return shared
    }

    func plane(_ name: String) throws -> Plane {
        guard let plane = planes[name] else { throw RunningProcess.Problem("no plane \(name)") }
        return plane
    }
}

/// Sends raw JSON requests: to an API server, as its administrator, or to the proxy's control port.
struct RawClient: Sendable {
    let baseURL: String
    var token: String?
    private static let transport = HTTPTransport(
        limits: .init(time: .seconds(60)),
        connections: 100,
        clock: .system()
    )

    /// Sends a request, and returns its answer whatever the status is.
    func send(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        contentType: String = "application/json"
    ) async throws -> (status: Int, json: JSONObject) {
        var headers = [("Content-Type", contentType)]
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        let request = HTTPRequest(method, baseURL + path, headers: headers, body: body.map { Array($0.utf8) })
        let response = try await Self.transport.send(request)
        return (response.head.status, JSONObject(response.body))
    }

    /// Sends a request that must succeed.
    @discardableResult
    func must(
        _ method: String,
        _ path: String,
        _ body: String? = nil,
        contentType: String = "application/json"
    ) async throws -> JSONObject {
        let (status, json) = try await send(method, path, body, contentType: contentType)
        guard (200..<300).contains(status) else {
            throw RunningProcess.Problem("\(method) \(path): \(status) \(json.string("message") ?? "")")
        }
        return json
    }
}

/// A JSON object whose members are looked up by a path such as `metadata.uid`.
struct JSONObject: @unchecked Sendable {
    // Immutable after parsing, which the type cannot express.
    private let root: Any

    init(_ bytes: [UInt8]) {
        root = (try? JSONSerialization.jsonObject(with: Data(bytes))) ?? [String: Any]()
    }

    private init(root: Any) {
        self.root = root
    }

    private func value(_ path: String) -> Any? {
        path.split(separator: ".").reduce(root as Any?) { ($0 as? [String: Any])?[String($1)] }
    }

    /// The object as JSON.
    func text() throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: root), as: UTF8.self)
    }

    /// A member as JSON with sorted keys; `nil` if it is not there.
    func text(_ path: String) throws -> String? {
        guard let value = value(path) else { return nil }
        let data = try JSONSerialization.data(
            withJSONObject: value,
            options: [.sortedKeys, .fragmentsAllowed]
        )
        return String(decoding: data, as: UTF8.self)
    }

    func strings(_ path: String) -> [String: String] { value(path) as? [String: String] ?? [:] }

    /// Whether this object contains everything in `part` with the same values; lists must have the same length.
    func containsAll(of part: JSONObject) -> Bool { Self.contains(root, part.root) }

    private static func contains(_ whole: Any?, _ part: Any) -> Bool {
        switch (whole, part) {
        case (let whole as [String: Any], let part as [String: Any]):
            part.allSatisfy { contains(whole[$0.key], $0.value) }
        case (let whole as [Any], let part as [Any]):
            whole.count == part.count && zip(whole, part).allSatisfy { contains($0, $1) }
        case (let whole as NSObject, let part as NSObject): whole == part
        case (let whole as String, let part as String): whole == part
        default: false
        }
    }

    func string(_ path: String) -> String? { value(path) as? String }
    func int(_ path: String) -> Int? { value(path) as? Int }
    func bool(_ path: String) -> Bool? { value(path) as? Bool }
    func array(_ path: String) -> [JSONObject] { (value(path) as? [Any] ?? []).map { JSONObject(root: $0) } }
}
