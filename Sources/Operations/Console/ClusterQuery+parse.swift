import PullerCore

/// What is wrong with the query of a request.
struct QueryProblem: Error, Equatable {
    let text: String
}

extension ClusterQuery {
    /// Clusters that a request for a page may ask for at most.
    static let largestLimit = 10_000
    private static let mostReasons = 32
    private static let longestText = 256

    /// Reads the query of `GET /api/v1/clusters`, still percent-encoded.
    ///
    /// - Throws: What is wrong first, naming the parameter.
    init(query: some StringProtocol) throws(QueryProblem) {
        self.init()
        var seen: Set<String> = []
        for part in query.split(separator: "&", omittingEmptySubsequences: true) {
            let (name, value) = try Self.pair(part)
            if !["state", "reason"].contains(name), !seen.insert(name).inserted {
                throw QueryProblem(text: "\(name) must be there only once")
            }
            try take(name, value)
        }
    }

    private static func pair(_ part: some StringProtocol) throws(QueryProblem) -> (
        name: String, value: String
    ) {
        let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let texts = halves.map { decoded(String($0)) }
        guard let name = texts[0] else { throw QueryProblem(text: "the query must be UTF-8") }
        guard texts.count == 2, let value = texts[1] else {
            throw QueryProblem(text: "\(displayText(name, limit: 80)) must have a value in UTF-8")
        }
        return (name, value)
    }

    /// The text behind percent-encoding and the plus signs of forms; `nil` if it is not UTF-8.
    private static func decoded(_ text: String) -> String? {
        String(validating: percentDecoded(text.replacing("+", with: " ")), as: UTF8.self)
    }

    private mutating func take(_ name: String, _ value: String) throws(QueryProblem) {
        func mustBe(_ expected: String) -> QueryProblem {
            let (shownName, shownValue) = (displayText(name, limit: 80), displayText(value, limit: 80))
            return QueryProblem(text: "\(shownName)=\"\(shownValue)\": must be \(expected)")
        }
        guard value.utf8.count <= Self.longestText || name == "continue" else {
            throw mustBe("at most \(Self.longestText) bytes")
        }
        switch name {
        case "state":
            guard let state = ClusterState(rawValue: value) else {
                let all = ClusterState.allCases.map(\.rawValue)
                throw mustBe(all.dropLast().joined(separator: ", ") + " or " + (all.last ?? ""))
            }
            states.insert(state)
        case "reason":
            guard reasons.count < Self.mostReasons else {
                throw QueryProblem(text: "reason must be there at most \(Self.mostReasons) times")
            }
            reasons.insert(value)
        case "search":
            search = value
        case "limit":
            guard let number = Self.number(value), (1...UInt64(Self.largestLimit)).contains(number) else {
                throw mustBe("a whole number from 1 to \(Self.largestLimit)")
            }
            limit = Int(number)
        case "since":
            guard let number = Self.number(value) else { throw mustBe("a revision of an earlier answer") }
            changedSince = number
        case "continue":
            guard let place = ContinueToken.place(value) else {
                throw mustBe("what an earlier answer had in \"continue\"")
            }
            after = place
        default:
            throw QueryProblem(
                text:
                    "\(displayText(name, limit: 80)) is not a parameter: these are state, reason, search, limit, "
                    + "continue and since"
            )
        }
    }

    /// A number of digits alone.
    private static func number(_ text: String) -> UInt64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt64(text) : nil
    }
}

/// Where a page begins, as a text that means nothing to its reader.
enum ContinueToken {
    private static let longest = 2048

    static func text(_ place: ClusterQuery.Place) -> String {
        let plain = "\(place.state.rawValue):\(place.id.user.map { "u" + $0 } ?? "")"
        // In the alphabet for URLs (RFC 4648 section 5), without padding.
        return base64Encoded(plain.utf8).replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    static func place(_ text: String) -> ClusterQuery.Place? {
        guard text.utf8.count <= longest else { return nil }
        var standard = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while standard.count % 4 != 0 { standard.append(UInt8(ascii: "=")) }
        guard let bytes = base64Decoded(standard), let plain = String(validating: bytes, as: UTF8.self),
            let colon = plain.firstIndex(of: ":"), let state = ClusterState(rawValue: String(plain[..<colon]))
        else { return nil }
        let id = plain[plain.index(after: colon)...]
        guard let mark = id.first else { return ClusterQuery.Place(state: state, id: .only) }
        return mark == "u" ? ClusterQuery.Place(state: state, id: .user(String(id.dropFirst()))) : nil
    }
}
