import KubernetesAPI
import PullerCore
import Timing

/// Asks the console of a puller.
public struct ConsoleClient: Sendable {
    /// A page of a thousand clusters with long messages.
    private static let answerLimit = 16 << 20

    private let access: ConsoleAccess
    private let transport: HTTPTransport
    private let readFile: @Sendable (String) throws -> String

    /// A client with connections of its own.
    ///
    /// - Parameters:
    ///   - hiding: Secrets of the environment's HTTP proxies.
    ///   - readFile: Gives the text of the token's file.
    public init(
        _ access: ConsoleAccess,
        clock: MonotonicClock,
        hiding: [Secret],
        readFile: @escaping @Sendable (String) throws -> String
    ) {
        self.access = access
        self.readFile = readFile
        transport = HTTPTransport(limits: .init(time: .seconds(10)), connections: 2, clock: clock, hiding: hiding)
    }

    /// The document at a path of the console.
    public func get(_ path: String) async throws(StatusProblem) -> [UInt8] {
        var request = HTTPRequest("GET", access.url + path, headers: [("Accept", "application/json")])
        request.answerLimit = Self.answerLimit
        if let token = try token() {
            request.hide(Secret(token))
            request.headers.append(("Authorization", "Bearer \(token)"))
        }
        let response: HTTPResponse
        do throws(Failure) {
            response = try await transport.send(request)
        } catch {
            throw StatusProblem(error.message, mayPass: error.reason != .untrusted)
        }
        guard response.head.status == 200 else {
            throw StatusProblem(
                status: response.head.status,
                origin: access.url,
                said: response.quoted(String(decoding: response.body.prefix(4096), as: UTF8.self)),
                hadToken: access.tokenFile != nil
            )
        }
        return response.body
    }

    private func token() throws(StatusProblem) -> String? {
        guard let path = access.tokenFile else { return nil }
        do {
            let token = try readFile(path).trimmed
            if token.isBearerToken { return token }
        } catch {
            throw StatusProblem("CONSOLE_TOKEN_FILE=\"\(path)\" cannot be read: \(error)", mayPass: true)
        }
        throw StatusProblem(
            "CONSOLE_TOKEN_FILE=\"\(path)\" must hold a token of printable ASCII characters",
            mayPass: true
        )
    }
}
