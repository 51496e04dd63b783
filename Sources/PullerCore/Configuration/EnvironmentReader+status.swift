extension EnvironmentReader {
    /// Where an operator may ask how it goes.
    mutating func statusSettings() -> StatusSettings? {
        let before = problems.count
        var settings = StatusSettings()
        let statusPort = port(.statusPort)
        let consolePort = port(.consolePort)
        settings.statusPort = statusPort == 0 ? nil : statusPort
        settings.consolePort = consolePort == 0 ? nil : consolePort
        if let port = settings.statusPort, port == settings.consolePort {
            // Blame what was given: the other one may be a default that the operator has never seen.
            let blamesStatus = given(.consolePort) == nil
            let (blamed, other): (ConfigurationVariable, ConfigurationVariable) =
                blamesStatus ? (.statusPort, .consolePort) : (.consolePort, .statusPort)
            report(blamed, value: "\(port)", expected: "must be another port than \(other.name)=\"\(port)\"")
        }
        settings.consoleTokenFile = given(.consoleTokenFile).flatMap { consoleToken($0) }
        settings.consoleAddress = optional(.consoleAddress) { isIPAddress($0) ? $0 : nil }
        if let address = settings.consoleAddress, !isLoopback(address), given(.consoleTokenFile) == nil,
            settings.consolePort != nil
        {
            report(
                .consoleAddress,
                value: address,
                expected: "must be a loopback address such as 127.0.0.1 without "
                    + "\(ConfigurationVariable.consoleTokenFile.name), because the page names users and servers"
            )
        }
        if let perCluster = required(.metricsPerCluster, parsePerCluster) { settings.perCluster = perCluster }
        return problems.count == before ? settings : nil
    }

    /// A port; 0 for none. Kubernetes sets variables of these names, too, for Services that are called `status` and
    /// `console`; such a value counts as not set.
    private mutating func port(_ variable: ConfigurationVariable) -> UInt16? {
        let text = given(variable).flatMap { isServiceLink($0) ? nil : $0 } ?? variable.defaultValue ?? ""
        guard let number = parseWholeNumber(text, in: 0...65_535) else {
            report(variable, value: text)
            return nil
        }
        return UInt16(number)
    }

    private mutating func consoleToken(_ path: String) -> String? {
        secretFile(path, for: .consoleTokenFile) { text throws(Expected) in
            guard ConsoleToken(text) != nil else {
                throw Expected(
                    "must name a file with one token of \(ConsoleToken.shortest) to \(ConsoleToken.longest) printable "
                        + "ASCII characters without spaces, such as openssl rand -hex 32 prints"
                )
            }
        }
    }
}

/// The token that the status page and its API ask for.
public struct ConsoleToken: Sendable, Equatable {
    /// Characters that a token has at least: fewer could be guessed.
    public static let shortest = 16
    /// Characters that a token has at most: more, in base64 and beside what browsers send, may not fit into the head of a
    /// request.
    public static let longest = 1024

    private let bytes: [UInt8]

    /// The token in a file's text; white space around it does not count. `nil` when it is none.
    public init?(_ text: String) {
        let token = text.trimmed
        guard token.isBearerToken, (Self.shortest...Self.longest).contains(token.utf8.count) else {
            return nil
        }
        bytes = Array(token.utf8)
    }

    /// Whether this is the token. The time that it takes tells nothing about how far they are alike.
    public func matches(_ other: some Collection<UInt8>) -> Bool {
        let other = Array(other)
        var difference = UInt8(bytes.count == other.count ? 0 : 1)
        for (index, byte) in bytes.enumerated() {
            difference |= byte ^ (index < other.count ? other[index] : 0)
        }
        return difference == 0
    }
}

/// Whether a value is the address of a Service, which Kubernetes puts into a variable that ends in `_PORT`.
func isServiceLink(_ value: String) -> Bool {
    ["tcp://", "udp://", "sctp://"].contains(where: value.hasPrefix)
}

/// Whether this machine alone reaches a numeric address.
public func isLoopback(_ address: String) -> Bool {
    if isIPv4Address(Substring(address)) { return address.hasPrefix("127.") }
    // The groups of zeros may be written in many ways.
    let groups = address.split(separator: ":").map { $0.drop { $0 == "0" } }
    return isIPv6Address(address) && groups.last == "1" && groups.dropLast().allSatisfy(\.isEmpty)
        && address.hasSuffix("1")
}

private func isIPAddress(_ text: String) -> Bool {
    isIPv4Address(Substring(text)) || isIPv6Address(text)
}

private func parsePerCluster(_ text: String) -> StatusSettings.PerCluster? {
    inAnyCase(text) ?? parseBool(text).map { $0 ? .always : .never }
}
