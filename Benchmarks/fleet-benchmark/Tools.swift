import Foundation

/// The tools of the benchmark: programs, a folder for files, and nginx if it runs.
struct Tools {
    /// The TLS server in front of the mock fleet.
    struct TLS {
        var url: String
        var mockPort: Int
        var bundle: String
        /// Where nginx writes the protocol of each request.
        var protocols: String
    }

    /// How the puller reaches the fleet.
    enum Road: String, Codable, CaseIterable {
        case http = "HTTP"
        case tls = "TLS, HTTP/2"
    }

    let folder: URL
    let tls: TLS?
    /// The program go-floor; `nil` if Go is missing.
    var goFloor: URL?

    /// What can be measured.
    var subjects: [Subject] { Subject.allCases.filter { $0 != .go || goFloor != nil } }

    /// The path of a program that was built together with this one.
    func program(_ name: String) -> URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent(name)
    }

    func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

    func startFleet(_ settings: MockFleet.Settings, _ road: Road) throws -> MockFleet {
        try MockFleet(settings, port: road == .tls ? tls?.mockPort ?? 0 : 0, tools: self)
    }

    /// The environment of a puller, and of a floor.
    func environment(
        _ fleet: MockFleet,
        _ road: Road,
        _ changes: [String: String]
    ) -> [String: String] {
        var environment = [
            "IMAGES": (1...5).map { "image-\($0)=quay.io/example/workspace-\($0):latest" }.joined(
                separator: ";"
            ),
            "IMPERSONATE_USERS": (1...fleet.settings.users).map { "user-\($0)" }.joined(separator: ","),
            "OPENSHIFT_PROXY_URL": fleet.proxyURL,
            "OIDC_PROVIDER": fleet.providerURL,
            "SERVICE_ACCOUNT_ID": "rh-che",
            "SERVICE_ACCOUNT_SECRET": "mock-secret",
            "START_SPREAD_SECONDS": "0",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "info",
            // Watches between checks would be requests that belong to no scenario.
            "WATCH_CLUSTERS": "0",
            // What they cost when they are asked is measured in steady rounds.
            "STATUS_PORT": "0",
            "CONSOLE_PORT": "0",
        ]
        if road == .tls, let tls {
            environment["OPENSHIFT_PROXY_URL"] = tls.url
            environment["OIDC_PROVIDER"] = "\(tls.url)/api"
            environment["CA_BUNDLE_FILE"] = tls.bundle
        }
        return environment.merging(changes) { $1 }
    }

    /// Runs a command, and returns its output.
    ///
    /// - Parameter environment: Its environment; `nil` for this program's.
    func output(of command: String, _ arguments: [String], environment: [String: String]? = nil) throws
        -> String
    {
        let process = Process()
        if let environment { process.environment = environment }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
