/// The arguments that were not read yet, and what to say about those that are not understood.
struct Arguments {
    private var rest: ArraySlice<String>
    /// The command that they belong to.
    var topic = HelpTopic.overview

    init(_ arguments: [String]) {
        rest = arguments[...]
    }

    var next: String? { rest.first }

    var asksForHelp: Bool { rest.contains { $0 == "--help" || $0 == "-h" } }

    mutating func pop() -> String? { rest.popFirst() }

    /// The value of `--option value` or `--option=value`; `nil` when the argument is another one.
    mutating func value(of option: String, _ argument: String) throws(UsageError) -> String? {
        if argument.hasPrefix(option + "=") { return String(argument.dropFirst(option.count + 1)) }
        guard argument == option else { return nil }
        // `--user --dry-run` is a value forgotten; one that starts with dashes can be given after `=`.
        guard let value = rest.first, !value.hasPrefix("--") else { throw error("\(option) needs a value") }
        rest = rest.dropFirst()
        return value
    }

    func expectEnd() throws(UsageError) {
        if let extra = rest.first { throw unknown(extra) }
    }

    func error(_ problem: String) -> UsageError { UsageError(problem: problem, topic: topic) }

    /// The options of each command.
    private static func options(of topic: HelpTopic) -> [String] {
        switch topic {
        case .overview: ["--help", "--version"]
        case .status: ["--url", "--watch", "--wait", "--timeout", "--output", "--help"]
        case .manifest: ["--format", "--help"]
        case .plan: ["--user", "--help"]
        case .cleanup: ["--user", "--dry-run", "--help"]
        case .validate, .version: ["--help"]
        }
    }

    /// An argument in the place of a command that is none.
    func unknownCommand(_ word: String) -> UsageError {
        let name = Self.name(of: word)
        guard word.hasPrefix("-") else {
            let commands = HelpTopic.commands.map(\.rawValue) + ["help"]
            return unknown("command", word, meant: nearMiss(of: name, among: commands))
        }
        if let owner = HelpTopic.commands.first(where: { Self.options(of: $0).contains(name) }) {
            return error("\(name) is an option of the command \(owner.rawValue), which must come before it")
        }
        return unknown(word)
    }

    /// An argument that the command does not know.
    func unknown(_ argument: String) -> UsageError {
        let meant = nearMiss(of: Self.name(of: argument), among: Self.options(of: topic))
        if argument.hasPrefix("-") { return unknown("option", argument, meant: meant) }
        if meant == nil, topic == .cleanup || topic == .plan {
            return error("unknown argument \"\(displayText(argument))\"; a user is given by --user")
        }
        return unknown("argument", argument, meant: meant)
    }

    private func unknown(_ kind: String, _ text: String, meant: String?) -> UsageError {
        error("unknown \(kind) \"\(displayText(text))\"" + (meant.map { "; did you mean \($0)?" } ?? ""))
    }

    /// The argument without a value that comes with it.
    private static func name(of argument: String) -> String { String(argument.prefix { $0 != "=" }) }
}
