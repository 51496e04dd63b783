/// How the console of a puller is reached.
public struct ConsoleAccess: Sendable, Equatable {
    /// Base URL, without a trailing slash.
    public var url: String
    /// The file with the token, which is read for each request; `nil` for none.
    public var tokenFile: String?
    /// PEM file that replaces the trust store, or `nil` for the system's.
    public var caBundleFile: String?
    /// Whether the host is this machine, where no HTTP proxy is on the way.
    public var isLoopback: Bool

    /// The console of the puller whose environment this is, or the one at another URL. Nothing else of the environment has
    /// to be there, or to be right.
    ///
    /// - Parameters:
    ///   - url: A URL that has been checked; `nil` for the environment's puller.
    ///   - readFile: Gives the text of `CA_BUNDLE_FILE`, or throws when it cannot be read.
    public static func find(
        url: String?,
        environment: [String: String],
        readFile: (String) throws -> String
    ) -> Result<ConsoleAccess, ConfigurationProblems> {
        withoutActuallyEscaping(readFile) { readFile in
            var reader = EnvironmentReader(environment: environment, readFile: readFile)
            let base = url ?? reader.consoleURL()
            let bundle = reader.given(.caBundleFile).flatMap { path in
                reader.bytes(of: path, for: .caBundleFile) { bytes throws(Expected) in
                    try PEMFile.check(bytes)
                    return path
                }
            }
            guard reader.problems.isEmpty, let base, let checked = try? BaseURL(base) else {
                return .failure(ConfigurationProblems(all: reader.problems))
            }
            return .success(
                ConsoleAccess(
                    url: base,
                    tokenFile: environment["CONSOLE_TOKEN_FILE"].flatMap { $0.isEmpty ? nil : $0 },
                    caBundleFile: bundle,
                    isLoopback: isLoopback(checked.host)
                )
            )
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost") || name.hasPrefix("127.") && isIPv4Address(name[...])
    }
}

extension EnvironmentReader {
    /// Where the puller of this environment has its console, seen from the same pod.
    fileprivate mutating func consoleURL() -> String? {
        let port = value("CONSOLE_PORT") ?? "8081"
        guard isPort(port) else {
            let expected =
                parseWholeNumber(port, in: 0...0) == nil
                ? "must be a port from 1 to 65535" : "must not be 0, with which there is no console, or --url must name one"
            report("CONSOLE_PORT", value: port, expected: expected)
            return nil
        }
        // All addresses include loopback.
        let address = value("CONSOLE_ADDRESS").flatMap { ["0.0.0.0", "::"].contains($0) ? nil : $0 }
        let url = "http://\(address ?? "127.0.0.1"):\(port)"
        guard (try? BaseURL(url)) != nil else {
            report(
                "CONSOLE_ADDRESS",
                value: address,
                expected: "must be an IPv4 address for the command status, or --url must name the console"
            )
            return nil
        }
        return url
    }
}
