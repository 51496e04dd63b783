import Foundation
import FoundationNetworking

/// Steers a `mock-fleet` that runs as a process of its own; `mock-fleet --help` lists the endpoints and their bodies.
///
/// How the process is started and ended is its user's choice: a test, a demo and a measurement need different things.
public struct MockFleetControl: Sendable {
    /// Something that the mock fleet did not do.
    public struct Problem: Error, CustomStringConvertible {
        /// What it was, in one sentence.
        public let description: String
    }

    /// The option with which the mock fleet ends as soon as its standard input is closed.
    public static let endsWithInput = "--exit-with-stdin"

    /// A part of the line that the mock fleet prints, as its first one, when it is ready.
    public static let readyMark = "\"ready\":true"

    private struct Addresses: Decodable {
        var proxyURL: String
        var providerURL: String
        var pathURL: String
        var controlURL: String
    }

    private let addresses: Addresses

    /// - Parameter line: The line that the mock fleet prints when it is ready.
    /// - Throws: ``Problem``, if it is another line.
    public init(readyLine line: String) throws {
        guard line.contains(Self.readyMark),
            let addresses = try? JSONDecoder().decode(Addresses.self, from: Data(line.utf8))
        else {
            throw Problem(description: "the mock fleet did not start; it printed: \(line)")
        }
        self.addresses = addresses
    }

    /// The proxy that impersonates users: `OPENSHIFT_PROXY_URL`.
    public var proxyURL: String { addresses.proxyURL }

    /// The token service: `OIDC_PROVIDER`.
    public var providerURL: String { addresses.providerURL }

    /// The proxy under a path of its own.
    public var pathURL: String { addresses.pathURL }

    /// A server that counts the requests that it gets; ``trapped()`` has the number.
    public var trapURL: String { addresses.controlURL.replacing("/control", with: "/trap/elsewhere") }

    // MARK: Requests

    /// Sends a request to a control endpoint.
    ///
    /// - Parameter path: Relative to the control URL.
    /// - Returns: The body of the answer.
    /// - Throws: ``Problem``, if the mock fleet refuses; an error of URLSession, if it does not answer.
    @discardableResult
    public func send(_ method: String, _ path: String, _ body: String? = nil) async throws -> Data {
        let (data, response) = try await URLSession.shared.data(for: request(method, path, body))
        return try accepted(data, response, of: "\(method) \(path)")
    }

    /// Gets the answer of a control endpoint.
    public func get<Value: Decodable>(_ path: String, as type: Value.Type) async throws -> Value {
        try JSONDecoder().decode(type, from: await send("GET", path))
    }

    func request(_ method: String, _ path: String, _ body: String?) throws -> URLRequest {
        let text = "\(addresses.controlURL)/\(path)"
        guard let url = URL(string: text) else { throw Problem(description: "\(text) is not a URL") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        return request
    }

    func accepted(_ data: Data, _ response: URLResponse?, of request: String) throws -> Data {
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            let text = String(decoding: data, as: UTF8.self)
            throw Problem(description: "\(request) of the mock fleet: \(text)")
        }
        return data
    }
}
