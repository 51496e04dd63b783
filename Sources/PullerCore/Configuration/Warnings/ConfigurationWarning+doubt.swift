extension ConfigurationWarning {
    /// Values that are possible, and hardly what was meant.
    static func doubtful(in given: GivenVariables) -> [ConfigurationWarning] {
        let provider = given.isFleet == false || given[.bearerTokenFile] != nil ? nil : provider(given)
        return [provider, memoryLimit(given), nodeSelector(given)].compactMap { $0 } + images(given)
            + ProxyVariables.urls.compactMap { pair in pair.first { given[$0] != nil } }.compactMap {
                proxyPort(given, $0)
            }
            + (ProxyVariables.exceptions.first { given[$0] != nil }.flatMap { exceptions(given, $0) }.map {
                [$0]
            } ?? [])
    }

    private static func provider(_ given: GivenVariables) -> ConfigurationWarning? {
        guard let text = given[.oidcProvider], let url = try? BaseURL(text) else { return nil }
        if url.text.hasSuffix("/token") {
            return Self(
                .oidcProvider,
                "ends in /token, so the request would go to .../token/token: set OIDC_TOKEN_URL to this URL instead, "
                    + "or take /token off its end"
            )
        }
        guard url.text.contains("/.well-known/") else { return nil }
        return Self(
            .oidcProvider,
            "is the URL of a discovery document, which is not read: set OIDC_TOKEN_URL to the token_endpoint in it instead"
        )
    }

    /// Measured with containerd: with 2Mi, containers crash in a loop, and with 1Mi there is no sandbox. No limit at all is
    /// written as 0.
    private static func isTooLittle(_ limit: Quantity) -> Bool {
        limit.nanos > 0 && limit.nanos < UInt128(4 << 20) * 1_000_000_000
    }

    private static func memoryLimit(_ given: GivenVariables) -> ConfigurationWarning? {
        guard let limit = given[.memoryLimit].flatMap(Quantity.parse), isTooLittle(limit) else { return nil }
        return Self(.memoryLimit, "is below 4Mi: containers with so little memory are killed as they start")
    }

    private static let noLinux =
        "chooses nodes of another operating system than linux, on which no image for Linux can run"

    private static func isWithoutLinux(_ selector: [String: String]?) -> Bool {
        selector?["kubernetes.io/os"].map { $0 != "linux" } ?? false
    }

    private static func nodeSelector(_ given: GivenVariables) -> ConfigurationWarning? {
        let selector = given[.nodeSelector].flatMap { try? NodeSelector.parse($0) }
        return isWithoutLinux(selector) ? Self(.nodeSelector, noLinux) : nil
    }

    /// What was given for single images.
    private static func images(_ given: GivenVariables) -> [ConfigurationWarning] {
        images(given.listedImages ?? [], .images) + images(given.fileImages, .imagesFile)
    }

    private static func images(
        _ images: [CachedImage],
        _ variable: ConfigurationVariable
    ) -> [ConfigurationWarning] {
        func warning(_ what: String, _ isOdd: (CachedImage) -> Bool) -> ConfigurationWarning? {
            guard let first = images.first(where: isOdd) else { return nil }
            let others = images.count(where: isOdd) - 1
            let and = others > 0 ? " and \(counted(others, "other"))" : ""
            return Self(variable, "has \(what): \(first.name)\(and)")
        }
        return [
            warning("a memoryLimit below 4Mi, with which containers are killed as they start") {
                $0.options.resources.map { isTooLittle($0.memoryLimit) } ?? false
            },
            warning("a nodeSelector that \(noLinux)") { isWithoutLinux($0.options.nodeSelector) },
        ].compactMap { $0 }
    }

    /// libcurl's default is not what browsers and Go programs take.
    private static func proxyPort(
        _ given: GivenVariables,
        _ variable: ConfigurationVariable
    ) -> ConfigurationWarning? {
        guard let text = given[variable], let url = try? ProxyURL(text), url.hasDefaultPort1080 else {
            return nil
        }
        return Self(variable, "has no port: port 1080 will be used")
    }

    private static func exceptions(
        _ given: GivenVariables,
        _ variable: ConfigurationVariable
    ) -> ConfigurationWarning? {
        let text = given[variable] ?? ""
        if text.hasControlCharacters {
            return Self(
                variable,
                "has a line break, and the host beside it is not recognized: separate hosts by commas"
            )
        }
        let hosts = text.split(whereSeparator: { $0 == "," || $0 == " " })
        if hosts.contains(where: { $0.contains("://") }) {
            return Self(variable, "has a URL, which matches nothing: write its host only")
        }
        if text == "*" { return nil }
        if hosts.contains(where: { $0.contains("*") }) {
            return Self(
                variable,
                "has a pattern with *, which matches nothing: for all of *.example.com, write .example.com"
            )
        }
        guard let odd = hosts.first(where: { !isException($0) }) else { return nil }
        return Self(
            variable,
            "has \"\(displayText(String(odd), limit: 80))\", which matches nothing: write hosts, domains and networks "
                + "without ports and brackets, separated by commas"
        )
    }

    /// Whether libcurl can find a host in an item: a host or a domain, an address, or a network such as `10.0.0.0/8`.
    private static func isException(_ text: Substring) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts[0]
        if parts.count == 2 {
            let bits = isIPv6Address(address) ? 128 : 32
            return parseWholeNumber(parts[1], in: 1...bits) != nil
                && (isIPv6Address(address) || isIPv4Address(address))
        }
        let host = address.hasPrefix(".") ? address.dropFirst() : address
        // libcurl translates names of other scripts.
        return isURLHost(host) || isIPv6Address(host) || !host.utf8.allSatisfy { $0 < 0x80 }
    }
}
