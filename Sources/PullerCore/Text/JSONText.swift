/// A JSON value as it is written: with members in their order, also those whose key is there twice, and numbers as
/// digits.
indirect enum JSONNode: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONNode])
    case object([Member])

    struct Member: Equatable {
        let key: String
        let value: JSONNode
    }

    /// Whether it is `null`, `{}` or `[]`: templates leave one of them where nothing is wanted.
    var isNothing: Bool { self == .null || self == .array([]) || self == .object([]) }

    /// What it is, for a message.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// Reads JSON (RFC 8259), and says in which column it is none.
struct JSONText {
    private let text: Substring.UnicodeScalarView
    private var rest: Substring.UnicodeScalarView
    /// What is read here has a fixed depth, and no text may exhaust the stack.
    private static let deepest = 20

    private let expected: String

    private init(_ text: Substring, _ expected: String) {
        self.text = text.unicodeScalars
        self.expected = expected
        rest = self.text
    }

    /// - Parameter expected: What the text must be.
    /// - Throws: Where and why the text is not JSON: `must be JSON: column 3 must be ...`.
    static func parse(
        _ text: some StringProtocol,
        expected: String = "must be JSON"
    ) throws(Expected) -> JSONNode {
        var reader = JSONText(Substring(text), expected)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.rest.isEmpty else { throw reader.mustBe("the end") }
        return value
    }

    private mutating func value(depth: Int) throws(Expected) -> JSONNode {
        skipSpace()
        switch rest.first {
        case "\""?: return .string(try string())
        case "{"?, "["?:
            guard depth < Self.deepest else {
                throw Expected("\(expected): it must have at most \(Self.deepest) levels")
            }
            return rest.first == "{" ? try object(depth: depth + 1) : try array(depth: depth + 1)
        case .some(let first) where first == "-" || ("0"..."9").contains(first): return .number(try number())
        default:
            for (word, value) in [("null", JSONNode.null), ("true", .bool(true)), ("false", .bool(false))]
            where rest.starts(with: word.unicodeScalars) {
                rest = rest.dropFirst(word.unicodeScalars.count)
                return value
            }
            throw mustBe("a value")
        }
    }

    private mutating func object(depth: Int) throws(Expected) -> JSONNode {
        rest.removeFirst()
        var members: [JSONNode.Member] = []
        guard !skip("}") else { return .object(members) }
        repeat {
            skipSpace()
            guard rest.first == "\"" else { throw mustBe("a name in double quotes") }
            let key = try string()
            guard skip(":") else { throw mustBe("a colon") }
            members.append(.init(key: key, value: try value(depth: depth)))
        } while skip(",")
        guard skip("}") else { throw mustBe("a comma or }") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(Expected) -> JSONNode {
        rest.removeFirst()
        var values: [JSONNode] = []
        guard !skip("]") else { return .array(values) }
        repeat { values.append(try value(depth: depth)) } while skip(",")
        guard skip("]") else { throw mustBe("a comma or ]") }
        return .array(values)
    }

    private mutating func string() throws(Expected) -> String {
        let start = position
        guard let string = rest.popJSONString() else {
            throw Expected(
                "\(expected): the string in \(start) must end with a double quote and must have neither line breaks nor "
                    + "unknown escapes"
            )
        }
        return string
    }

    private mutating func number() throws(Expected) -> String {
        let start = rest
        if rest.first == "-" { rest.removeFirst() }
        let whole = popDigits()
        var isValid = !whole.isEmpty && (whole == "0" || whole.first != "0")
        if rest.first == "." {
            rest.removeFirst()
            isValid = !popDigits().isEmpty && isValid
        }
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            if rest.first == "+" || rest.first == "-" { rest.removeFirst() }
            isValid = !popDigits().isEmpty && isValid
        }
        guard isValid else {
            rest = start
            throw mustBe("a number as JSON has it")
        }
        return String(start[..<rest.startIndex])
    }

    private mutating func popDigits() -> String {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest[digits.endIndex...]
        return String(digits)
    }

    private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\r" || $0 == "\t" }
    }

    private func mustBe(_ what: String) -> Expected {
        let found = rest.first.map { "\"\(displayText(String($0)))\"" } ?? "the end"
        return Expected("\(expected): \(position) must be \(what), not \(found)")
    }

    /// Where the rest begins: `column 3`, or `line 2, column 3`.
    private var position: String {
        let before = text[..<rest.startIndex]
        let lines = before.count { $0 == "\n" }
        let start = before.lastIndex(of: "\n").map { before.index(after: $0) } ?? before.startIndex
        let column = "column \(before[start...].count + 1)"
        return lines == 0 ? column : "line \(lines + 1), \(column)"
    }
}
