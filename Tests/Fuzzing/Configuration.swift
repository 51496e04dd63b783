import Foundation

@testable import MockFleet
@testable import PullerCore

/// The part of each secret that must never be shown. An input that contains it already is skipped.
private let marker = "q7SECRETq7"

/// Parses an environment in the form of `/proc/PID/environ`. A name that begins with a slash is the path of a file, and
/// its value the content.
func fuzzConfiguration(_ input: [UInt8]) {
    guard !hasBytes(of: "SECRETq", in: String(decoding: input, as: UTF8.self)) else { return }
    let pairs = fields(input).compactMap { field -> (String, String)? in
        guard let mark = field.firstIndex(of: "=") else { return nil }
        return (String(field[..<mark]), String(field[field.index(after: mark)...]))
    }
    let all = Dictionary(pairs) { $1 }
    var files = all.filter { $0.key.hasPrefix("/") }
    var environment = all.filter { !$0.key.hasPrefix("/") }
    addSecrets(to: &environment, and: &files)

    for warning in ConfigurationWarning.all(in: environment) {
        requireOneLine(warning.description)
        require(!hasBytes(of: marker, in: warning.description), "a secret is shown: \(warning)")
    }
    switch read(environment, files) {
    case .failure(let problems):
        require(!problems.problems.isEmpty, "refused without a reason")
        for problem in problems.problems {
            requireOneLine(problem.description)
            require(
                problem.description.hasPrefix(problem.variable),
                "a problem does not begin with its variable"
            )
            require(
                ConfigurationVariable.all.contains { $0.name == problem.variable },
                "there is no variable \(problem.variable)"
            )
        }
        require(!hasBytes(of: marker, in: problems.description), "a secret is shown: \(problems)")
    case .success(let configuration):
        let lines = configuration.summaryLines()
        lines.forEach { requireOneLine($0) }
        require(!hasBytes(of: marker, in: lines.joined()), "a secret is shown: \(lines)")
        requireSame(configuration, lines, environment, files)
        let settings = DaemonSetSettings.parse(environment: environment) { path in
            guard let text = files[path] else { throw CocoaError(.fileNoSuchFile) }
            return text
        }.value
        require(settings == configuration.daemonSet, "the manifest has other settings than the configuration")
        let body = DesiredDaemonSet(configuration.daemonSet).body()
        require((try? JSON(parsing: body)) != nil, "the manifest is not JSON")
    }
}

private func read(
    _ environment: [String: String],
    _ files: [String: String]
) -> Result<Configuration, ConfigurationProblems> {
    Configuration.parse(environment: environment) { path in
        guard let text = files[path] else { throw CocoaError(.fileNoSuchFile) }
        return text
    }
}

/// Adds the marker to every value that is a secret.
private func addSecrets(to environment: inout [String: String], and files: inout [String: String]) {
    for name in ["SERVICE_ACCOUNT_ID", "SERVICE_ACCOUNT_SECRET"] {
        if let value = environment[name], !value.isEmpty { environment[name] = value + marker }
    }
    for name in ["SERVICE_ACCOUNT_ID_FILE", "SERVICE_ACCOUNT_SECRET_FILE", "BEARER_TOKEN_FILE"] {
        guard let path = environment[name], !path.isEmpty else { continue }
        if let content = files[path] {
            // Another variable may name the same file for something that is not secret.
            let shown = [
                environment["IMPERSONATE_USERS_FILE"], environment["CA_BUNDLE_FILE"],
                environment["IMAGES_FILE"],
            ]
            if !content.isEmpty, !content.contains(marker), !shown.contains(path) {
                files[path] = content + marker
            }
        } else if !["/", "./", "../"].contains(where: { path.hasPrefix($0) }) {
            environment[name] = path + marker
        }
    }
    for name in ["HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy"] {
        guard let scalars = environment[name]?.unicodeScalars, let at = scalars.lastIndex(of: "@") else {
            continue
        }
        environment[name] = String(scalars[..<at]) + marker + String(scalars[at...])
    }
    // At the end of a query it is part of a value.
    if let url = environment["OIDC_TOKEN_URL"], url.unicodeScalars.contains("?") {
        environment["OIDC_TOKEN_URL"] = url + marker
    }
    for name in ["OIDC_PROVIDER", "OPENSHIFT_PROXY_URL", "KUBERNETES_API_URL"] {
        guard let url = environment[name] else { continue }
        // A password ends right before the last @ of the authority.
        let scalars = url.unicodeScalars
        let schemeEnd = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let authority = scalars[schemeEnd...].prefix { !"/?#".unicodeScalars.contains($0) }
        if let at = authority.lastIndex(of: "@") {
            environment[name] = String(scalars[..<at]) + marker + String(scalars[at...])
        } else if let query = scalars.firstIndex(where: { $0 == "?" || $0 == "#" }) {
            let next = scalars.index(after: query)
            environment[name] = String(scalars[..<next]) + marker + String(scalars[next...])
        }
    }
}

/// Requires that the printed summary is parsed into the same configuration, as `summaryLines()` promises.
private func requireSame(
    _ configuration: Configuration,
    _ lines: [String],
    _ environment: [String: String],
    _ files: [String: String]
) {
    if case .fleet(let fleet) = configuration.target, fleet.users.count > 20 { return }
    // A value that is escaped in the summary is another text when it is parsed again.
    guard environment.values.allSatisfy({ displayText($0, limit: .max) == $0 }) else { return }
    var again: [String: String] = [:]
    for line in lines {
        let mark = line.firstIndex(of: "=") ?? line.endIndex
        let name = String(line[..<mark])
        let value = String(line[mark...].dropFirst())
        again[name] = value.contains(redacted) ? environment[name] : value
    }
    switch read(again, files) {
    case .success(let second):
        require(second == configuration, "the summary gives another configuration: \(lines)")
    case .failure(let problems):
        require(false, "the summary cannot be parsed: \(problems)")
    }
}
