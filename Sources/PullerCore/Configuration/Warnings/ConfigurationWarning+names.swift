extension ConfigurationWarning {
    /// Names that resemble a variable's: it was probably meant, and nobody reads this one.
    static func misspelt(in given: GivenVariables) -> [ConfigurationWarning] {
        given.values.compactMap { name, value in
            guard !isKnown(name), !isSurroundings(name, value), let meant = meant(by: name) else {
                return nil
            }
            return ConfigurationWarning(
                variable: name,
                message: unreadNames.contains(meant)
                    ? "is not read by this puller, and neither is \(meant)"
                    : "is not read: did you mean \(meant)?"
            )
        }
    }

    private static let knownNames = Set(ConfigurationVariable.all.map(\.name)).union(unreadNames)

    private static func isKnown(_ name: String) -> Bool { knownNames.contains(name) }

    /// Names that Kubernetes, the image and Swift bring along, however they look.
    private static func isSurroundings(_ name: String, _ value: String) -> Bool {
        let prefixes = [
            "KUBERNETES_SERVICE_", "KUBERNETES_PORT", "SWIFT", "LC_", "POD_", "NODE_NAME", "OPENSHIFT_BUILD_",
        ]
        if prefixes.contains(where: name.hasPrefix) { return true }
        if ["SERVICE_ACCOUNT", "SERVICE_ACCOUNT_NAME", "NODE_IP", "HOST_IP"].contains(name) { return true }
        // Of each service in the namespace, whatever it is called:
        // https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        let isLink = ["tcp://", "udp://", "sctp://"].contains(where: value.hasPrefix)
        if isLink, name.contains("_PORT") { return true }
        return ["_TCP", "_UDP", "_SCTP"].contains { protocolName in
            name.contains("_PORT_")
                && ["", "_ADDR", "_PORT", "_PROTO"].contains { name.hasSuffix(protocolName + $0) }
        }
    }

    /// The variable that resembles a name most.
    private static func meant(by name: String) -> String? {
        let written = VariableName(name)
        guard written.compact.count >= 4, name.utf8.count <= 60 else { return nil }
        let likely = candidates.filter { $0.resembles(written) }
        return likely.min { $0.distance(to: written) < $1.distance(to: written) }?.name
    }

    /// Not those that Kubernetes alone sets, and of two spellings the one in upper case.
    private static let candidates: [VariableName] = {
        let others: [ConfigurationVariable] = [
            .serviceHost, .servicePort, .httpsProxyLower, .allProxyLower, .noProxyLower,
        ]
        let own = ConfigurationVariable.all.filter { !others.contains($0) }
        return (own.map(\.name) + unreadNames.sorted()).map { VariableName($0) }
    }()
}

/// A variable's name, taken apart to be compared with others.
struct VariableName {
    let name: String
    /// Its letters and digits in upper case.
    let compact: [UInt8]
    /// Its words without the unit, each without the plural's S.
    let words: [String]

    private static let units: Set = [
        "HOUR", "H", "HR", "MINUTE", "M", "SECOND", "SEC", "S", "MS", "MILLISECOND", "DAY", "D", "DURATION",
    ]

    init(_ name: String) {
        self.name = name
        let upper = name.uppercased()
        compact = upper.utf8.filter(isAlphanumeric)
        let words = upper.split(whereSeparator: { !($0.isLetter || $0.isNumber) }).map { word in
            word.count > 3 && word.hasSuffix("S") && !word.hasSuffix("SS")
                ? String(word.dropLast()) : String(word)
        }
        let last = words.last ?? ""
        self.words = words.count > 1 && Self.units.contains(last) ? words.dropLast() : words
    }

    /// Whether somebody who wrote `other` could have meant this variable.
    func resembles(_ other: VariableName) -> Bool {
        if compact == other.compact || words.joined() == other.words.joined() { return true }
        // Other programs have proxies for other protocols.
        if name.uppercased().hasSuffix("_PROXY") { return false }
        let allowed = compact.count < 8 ? 1 : compact.count < 14 ? 2 : 3
        if distance(to: other) <= allowed { return true }
        return hasSameWords(as: other) || lacksOneWord(of: other) || other.hasPartOfWords(of: self)
    }

    /// Whether each word is the other's, or its beginning, or nearly so.
    private func hasSameWords(as other: VariableName) -> Bool {
        words.count > 1 && words.count == other.words.count
            && zip(words, other.words).allSatisfy(Self.areAlike)
    }

    /// Whether the other name has one word more, within or at the end: a prefix belongs to another program.
    private func lacksOneWord(of other: VariableName) -> Bool {
        guard other.words.count == words.count + 1, other.words.first == words.first else { return false }
        guard words.count > 1 else {
            return ["FILE", "LIST", "URL", "MODE", "ENABLED"].contains(other.words[1])
        }
        return Self.isSubsequence(words, of: other.words)
    }

    /// Whether this name has some words of a variable's, and no others.
    private func hasPartOfWords(of variable: VariableName) -> Bool {
        words.count > 1 && words.count < variable.words.count && Self.isSubsequence(words, of: variable.words)
    }

    private static func isSubsequence(_ words: [String], of others: [String]) -> Bool {
        var rest = words[...]
        for other in others where rest.first.map({ areAlike($0, other) }) == true { rest = rest.dropFirst() }
        return rest.isEmpty
    }

    private static func areAlike(_ one: String, _ other: String) -> Bool {
        let shorter = min(one.utf8.count, other.utf8.count)
        if one == other { return true }
        if shorter >= 3, one.hasPrefix(other) || other.hasPrefix(one) { return true }
        return shorter >= 5 && editDistance(Array(one.utf8), Array(other.utf8)) <= 1
    }

    func distance(to other: VariableName) -> Int { editDistance(compact, other.compact) }
}
