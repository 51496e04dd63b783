/// A variable's name, taken apart to be compared with others.
struct VariableName {
    let name: String
    /// Its letters and digits in upper case.
    let compact: [UInt8]
    /// Its words without the unit, each without the plural's S.
    let words: [String]
    /// Whether it ends with a unit that is written out.
    private let hasLongUnit: Bool

    private static let units: Set = [
        "HOUR", "H", "HR", "MINUTE", "M", "SECOND", "SEC", "S", "MS", "MILLISECOND", "DAY", "D", "DURATION",
    ]

    init(_ name: String) {
        self.name = name
        let upper = name.uppercased()
        compact = upper.utf8.filter(isAlphanumeric)
        let words = upper.split(whereSeparator: { !($0.isLetter || $0.isNumber) }).map { word in
            let isPlural = word.count > 3 && word.hasSuffix("S") && !word.hasSuffix("SS")
            // They mean the same at the end of a name.
            return word == "PATH" ? "FILE" : String(isPlural ? word.dropLast() : word)
        }
        let last = words.last ?? ""
        let hasUnit = words.count > 1 && Self.units.contains(last)
        self.words = hasUnit ? words.dropLast() : words
        hasLongUnit = hasUnit && last.count > 3
    }

    /// Whether `other` could have been meant as this variable.
    func resembles(_ other: VariableName) -> Bool {
        if compact == other.compact || words.joined() == other.words.joined() { return true }
        // Other programs have proxies for other protocols, and Go has a GOPROXY.
        if name.uppercased().hasSuffix("_PROXY") {
            return words.count == other.words.count && distance(to: other) <= 1
        }
        let allowed = compact.count < 8 ? 1 : compact.count < 14 ? 2 : 3
        if distance(to: other) <= allowed { return true }
        if words.count > 1, words.sorted() == other.words.sorted() { return true }
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

    /// Whether this name has some words of a variable's, and no others. One is enough beside a unit.
    private func hasPartOfWords(of variable: VariableName) -> Bool {
        (words.count > 1 || hasLongUnit && variable.hasLongUnit) && words.count < variable.words.count
            && Self.isSubsequence(words, of: variable.words)
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
