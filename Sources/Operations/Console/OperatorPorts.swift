import PullerCore
import SocketHTTP

/// The two ports on which an operator asks how it goes. Each has a server with a thread of its own, so that nothing that
/// clients do holds up a worker, and long lists of clusters do not hold up the probes.
public struct OperatorPorts: Sendable {
    /// Files that the ports keep open at most: connections, the listening sockets, and what their loops wait with.
    public static func files(_ settings: StatusSettings) -> Int {
        [settings.statusPort, settings.consolePort].count { $0 != nil }
            * (HTTPLimits.statusPort.connections + 4)
    }

    /// The server of probes and metrics; `nil` for none.
    public let status: HTTPServer?
    /// The server of the status page and its API; `nil` for none.
    public let console: HTTPServer?

    /// Listens on the ports that are wanted.
    ///
    /// - Throws: Every port that cannot be had.
    public init(
        _ settings: StatusSettings,
        status statusRoutes: StatusRoutes,
        console consoleRoutes: ConsoleRoutes
    ) throws(ConfigurationProblems) {
        var problems: [ConfigurationProblem] = []
        func open(
            _ port: UInt16?,
            _ choices: [[String]],
            isStatus: Bool,
            _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
        ) -> HTTPServer? {
            guard let port else { return nil }
            do throws(HTTPServerError) {
                return try Self.server(port, choices, answer)
            } catch {
                let address = isStatus ? "all interfaces" : settings.consoleAddress ?? "127.0.0.1 and ::1"
                problems.append(
                    ConfigurationProblem(
                        port: port,
                        isStatus: isStatus,
                        address: address,
                        reason: error.reason
                    )
                )
                return nil
            }
        }
        status = open(settings.statusPort, [["::"], ["0.0.0.0"]], isStatus: true, statusRoutes.answer)
        console = open(
            settings.consolePort,
            settings.consoleAddress.map { [[$0]] } ?? [["127.0.0.1", "::1"], ["127.0.0.1"], ["::1"]],
            isStatus: false,
            consoleRoutes.answer
        )
        guard problems.isEmpty else {
            stop()
            throw ConfigurationProblems(problems)
        }
    }

    /// A server on the first of some choices of addresses that this machine has.
    private static func server(
        _ port: UInt16,
        _ choices: [[String]],
        _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws(HTTPServerError) -> HTTPServer {
        do throws(HTTPServerError) {
            return try HTTPServer(
                addresses: (choices.first ?? []).map { HTTPAddress(host: $0, port: port) },
                limits: .statusPort
            ) { request, responder in
                responder.respond(answer(request))
            }
        } catch {
            guard error.isAddressMissing, choices.count > 1 else { throw error }
            return try server(port, Array(choices.dropFirst()), answer)
        }
    }

    /// Closes the ports and all connections.
    public func stop() {
        status?.stop()
        console?.stop()
    }
}
