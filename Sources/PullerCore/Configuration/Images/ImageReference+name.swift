// The registry and the path of an image.

extension ImageReference {
    static func checkName(_ name: Substring) throws(Expected) {
        guard !name.isEmpty else { throw Expected("must have the image's name before its tag or digest") }
        var components = name.split(separator: "/", omittingEmptySubsequences: false)
        guard components.allSatisfy({ !$0.isEmpty }) else {
            throw Expected("must have something before, between and after slashes")
        }
        let hasRegistry = components.count > 1 && isRegistryLike(components[0])
        // The kubelet counts what it puts in front of a name of Docker Hub.
        let addition = hasRegistry ? "" : components.count > 1 ? "docker.io/" : "docker.io/library/"
        let length = addition.utf8.count + name.utf8.count
        guard length <= 255 else {
            let with = addition.isEmpty ? "" : ", with \(addition)"
            throw Expected("must have at most 255 characters before the tag\(with), not \(length)")
        }
        if hasRegistry { try checkRegistry(components.removeFirst()) }
        guard let wrong = components.first(where: { !isPathComponent($0) }) else { return }
        let lower = components.joined(separator: "/").lowercased()
        if lower.split(separator: "/").allSatisfy(isPathComponent) {
            throw Expected("must have its path in lower case: \(shown(lower[...]))")
        }
        throw Expected(
            "must have a path of lower-case letters and digits, joined by \".\", \"_\", \"__\" or \"-\", "
                + "not \"\(shown(wrong))\""
        )
    }

    /// Whether the first component can only be meant as a registry: by a dot, a port, an upper-case letter.
    private static func isRegistryLike(_ component: Substring) -> Bool {
        component == "localhost"
            || component.contains { $0 == "." || $0 == ":" || $0 == "[" || $0.isUppercase }
    }

    private static func checkRegistry(_ text: Substring) throws(Expected) {
        var host = text.prefix { $0 != ":" }
        if text.hasPrefix("[") {
            host = text.firstIndex(of: "]").map { text[...$0] } ?? host
            guard host.last == "]", isIPv6Address(host.dropFirst().dropLast()) else {
                throw Expected("must have an IPv6 address in the registry's brackets")
            }
        } else {
            guard isHostName(host), !host.contains("_") else {
                throw Expected("must have a host name as its registry, not \"\(shown(host))\"")
            }
        }
        let port = text[host.endIndex...]
        guard port.isEmpty || (port.first == ":" && isPort(port.dropFirst())) else {
            throw Expected("must have a port from 1 to 65535 after the registry's colon")
        }
    }

    /// Lower-case letters and digits, joined by one dot, one or two underscores, or any number of dashes.
    private static func isPathComponent(_ component: Substring) -> Bool {
        guard let first = component.utf8.first, let last = component.utf8.last, isLowerOrDigit(first),
            isLowerOrDigit(last)
        else { return false }
        let separators = component.utf8.split(whereSeparator: isLowerOrDigit)
        return separators.allSatisfy { separator in
            let text = String(Substring(separator))
            return text == "." || text == "_" || text == "__" || text.allSatisfy { $0 == "-" }
        }
    }
}
