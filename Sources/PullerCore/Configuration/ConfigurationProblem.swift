/// Everything that is wrong with an environment, found in one go.
public struct ConfigurationProblems: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problems, one for each variable that is wrong, in the order of ``ConfigurationVariable/all``.
    public let problems: [ConfigurationProblem]

    /// Some problems, in any order.
    public init(_ problems: [ConfigurationProblem]) {
        let order = ConfigurationVariable.all.map(\.name)
        self.problems = order.flatMap { name in problems.filter { $0.variable == name } }
    }

    /// One line for each problem.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}

/// One variable that is wrong, and what would be right. Every part is safe to print.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Name of the variable.
    public let variable: String
    /// Its value, escaped and shortened; `nil` when it is missing, `<redacted>` when it could be a secret.
    public let value: String?
    /// What would be right, as the rest of a sentence: `must be a positive number of hours`.
    public let expected: String

    /// A port on which this program cannot listen.
    ///
    /// - Parameter reason: Why, in the system's words.
    public init(port: UInt16, isStatus: Bool, address: String, reason: String) {
        self.init(
            variable: (isStatus ? ConfigurationVariable.statusPort : .consolePort).name,
            value: "\(port)",
            expected: "must be a port that is free on \(address) (\(reason)), or 0 for none"
        )
    }

    init(variable: String, value: String?, expected: String) {
        self.variable = variable
        self.value = value.map { displayText($0) }
        self.expected = displayText(expected, limit: 600)
    }

    /// One line: variable, value, what would be right.
    public var description: String {
        switch value {
        case nil: "\(variable) is not set: \(expected)"
        case redacted: "\(variable)=\(redacted): \(expected)"
        case .some(let value): "\(variable)=\"\(value)\": \(expected)"
        }
    }
}

/// Why a text was not accepted, as the rest of a sentence: `must be ...`.
struct Expected: Error, Equatable {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

/// What is wrong with the items of a list, told in one line however many there are.
struct Findings {
    private var texts: [String] = []
    /// How many there are, the ones that are not shown included.
    private(set) var count = 0
    /// Whether the rest was not looked at, so that there may be more.
    var isCutOff = false
    /// Enough to see a pattern; a list of thousands must not flood the terminal.
    private static let shown = 3

    /// - Parameter text: Evaluated only for the problems that are shown, as there may be millions.
    mutating func add(_ text: @autoclosure () -> String) {
        count += 1
        if count <= Self.shown { texts.append(text()) }
    }

    /// The first findings and the number of the others; `nil` when there are none.
    var summary: String? {
        guard count > 0 else { return nil }
        let others = count - texts.count
        return texts.joined(separator: "; ")
            + (others > 0 ? "; and \(isCutOff ? "at least " : "")\(others) more" : "")
    }
}
