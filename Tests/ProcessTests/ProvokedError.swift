import Foundation
import SocketHTTP
import TestSupport
import Testing

/// A mistake or a fault that an operator may meet, and how it is brought about.
struct ProvokedError: Sendable, CustomTestStringConvertible {
    /// Where the message appears.
    enum Place: Sendable {
        /// On standard error, before anything is touched; the program ends with this code.
        case exit(Int32)
        /// In the log, as a warning.
        case log
    }

    /// What is wrong, as `docs/errors.md` says it.
    var name: String
    var place = Place.log
    /// Arguments of the program.
    var arguments: [String] = []
    /// Changes to an environment that is otherwise right; an empty value removes a variable.
    var environment: [String: String] = [:]
    /// Files by the variable that names them.
    var files: [String: String] = [:]
    var script = ScriptedServices.Script()
    /// Whether another program has the puller's two ports, which are then shown as the defaults.
    var portsInUse = false

    var testDescription: String { name }

    /// Provokes it, and gives the message as the page shows it: `Reason: message` for a line of the log.
    func message() async throws -> String {
        let services = try ScriptedServices(script)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let others = try HTTPServer(addresses: [HTTPAddress(), HTTPAddress()]) { _, _ in }
        defer { others.stop() }
        let ports = others.ports.map { "\($0)" }
        let host = String(services.url.dropFirst("http://".count))
        var environment = [
            "IMAGES": "java=quay.io/eclipse/che-java11-maven:nightly",
            "IMPERSONATE_USERS": "jane",
            "OPENSHIFT_PROXY_URL": services.url,
            "OIDC_PROVIDER": services.url,
            "SERVICE_ACCOUNT_ID": "rh-che",
            "SERVICE_ACCOUNT_SECRET": "scripted-secret",
            "LOG_FORMAT": "json",
        ].merging(
            self.environment.mapValues {
                $0.replacing("http://SERVICES", with: services.url).replacing("SERVICES", with: host)
            }
        ) { $1 }
        if portsInUse {
            environment["STATUS_PORT"] = ports[0]
            environment["CONSOLE_PORT"] = ports[1]
        }
        for (variable, text) in files {
            let file = folder.appendingPathComponent(variable.lowercased().replacing("_", with: "-"))
            try text.write(to: file, atomically: true, encoding: .utf8)
            environment[variable] = file.path
        }
        let process = try RunningProcess(
            "kubernetes-image-puller",
            arguments,
            environment: environment.filter { !$0.value.isEmpty }
        )
        defer { process.end() }
        return try await shown(by: process)
            .replacing(host, with: "proxy.example.com")
            .replacing("=\"\(ports[0])\"", with: "=\"8080\"")
            .replacing("=\"\(ports[1])\"", with: "=\"8081\"")
            .replacing(folder.path, with: "/etc/puller")
            .replacing(/OpenSSL\/[0-9.]+/, with: "OpenSSL")
    }

    private func shown(by process: RunningProcess) async throws -> String {
        switch place {
        case .exit(let code):
            let ended = try await process.exitCode()
            guard ended == code else {
                throw RunningProcess.Problem("exit code \(ended), not \(code): \(process.text)")
            }
            return process.lines.map { Line($0)?.message ?? $0 }.joined(separator: "\n")
        case .log:
            let text = try await process.line(with: "\"level\":\"warning\"")
            guard let line = Line(text) else { throw RunningProcess.Problem("not JSON: \(text)") }
            return [line.reason, line.message].compactMap { $0 }.joined(separator: ": ")
        }
    }

    private struct Line: Decodable {
        var reason: String?
        var message: String

        init?(_ text: String) {
            guard let line = try? JSONDecoder().decode(Line.self, from: Data(text.utf8)) else { return nil }
            self = line
        }
    }
}
