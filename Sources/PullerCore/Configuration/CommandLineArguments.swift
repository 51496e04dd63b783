/// What the program is asked to do.
public enum Command: Sendable, Equatable {
    /// Run the pool.
    case run
    /// Print the resolved configuration or what is wrong with it.
    case validate
    /// Print the DaemonSet.
    case manifest(format: ManifestFormat)
    /// Print what would be done in each cluster.
    ///
    /// - `users`: Only in the clusters of these users, each once; empty for all.
    case plan(users: [String])
    /// Delete what is ours.
    ///
    /// - `users`: Only in the clusters of these users, each once; empty for all.
    case cleanup(users: [String], dryRun: Bool)
    /// Print how the clusters of a running puller are.
    case status(StatusArguments)
    /// Print how the program or a command is used.
    case help(HelpTopic)
    /// Print the version.
    case version
}

/// What help is asked for.
public enum HelpTopic: String, Sendable, CaseIterable {
    /// The commands and the variables.
    case overview
    /// The command of this name.
    case status, validate, manifest, plan, cleanup, version

    /// Every name of a command but `help`.
    static let commands = allCases.filter { $0 != .overview }

    init?(command: String) {
        self.init(rawValue: command)
        if self == .overview { return nil }
    }

    /// The command line that prints this help.
    public var invocation: String {
        "kubernetes-image-puller" + (self == .overview ? "" : " \(rawValue)") + " --help"
    }
}

/// How a manifest is printed.
public enum ManifestFormat: String, Sendable, CaseIterable {
    /// Indented JSON.
    case json
    /// YAML in block style.
    case yaml
}

/// Arguments that were not understood.
public struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was not understood.
    public let problem: String
    /// Where the right use is explained.
    public let topic: HelpTopic

    /// One line: what was not understood, and which help to ask for.
    public var description: String { "\(problem) (see \(topic.invocation))" }
}

/// The command line of `kubernetes-image-puller`.
public enum CommandLineArguments {
    /// Reads the arguments.
    ///
    /// - Parameter arguments: What follows the program's name.
    public static func parse(_ arguments: [String]) -> Result<Command, UsageError> {
        var rest = Arguments(arguments)
        do throws(UsageError) {
            return .success(try command(&rest))
        } catch {
            return .failure(error)
        }
    }

    private static func command(_ rest: inout Arguments) throws(UsageError) -> Command {
        // Asking for help gets help, whatever else is there.
        if rest.asksForHelp { return .help(rest.next.flatMap(HelpTopic.init(command:)) ?? .overview) }
        guard let word = rest.pop() else { return .run }
        switch word {
        case "help":
            let topic = try rest.pop().map { word throws(UsageError) in
                guard let topic = HelpTopic(command: word) else { throw rest.unknownCommand(word) }
                return topic
            }
            try rest.expectEnd()
            return .help(topic ?? .overview)
        case "version", "--version":
            rest.topic = .version
            try rest.expectEnd()
            return .version
        case "status":
            rest.topic = .status
            return try status(&rest)
        case "validate":
            rest.topic = .validate
            try rest.expectEnd()
            return .validate
        case "manifest":
            rest.topic = .manifest
            return try manifest(&rest)
        case "plan":
            rest.topic = .plan
            return try plan(&rest)
        case "cleanup":
            rest.topic = .cleanup
            return try cleanup(&rest)
        default:
            throw rest.unknownCommand(word)
        }
    }

    private static func manifest(_ rest: inout Arguments) throws(UsageError) -> Command {
        var format = ManifestFormat.json
        while let argument = rest.pop() {
            guard let text = try rest.value(of: "--format", argument) else { throw rest.unknown(argument) }
            guard let given = ManifestFormat(rawValue: text) else {
                throw rest.error("--format must be json or yaml, not \"\(displayText(text))\"")
            }
            format = given
        }
        return .manifest(format: format)
    }

    private static func plan(_ rest: inout Arguments) throws(UsageError) -> Command {
        var users: [String] = []
        while let argument = rest.pop() {
            guard let text = try rest.value(of: "--user", argument) else { throw rest.unknown(argument) }
            let user = try user(text, rest)
            if !users.contains(user) { users.append(user) }
        }
        return .plan(users: users)
    }

    private static func cleanup(_ rest: inout Arguments) throws(UsageError) -> Command {
        var users: [String] = []
        var dryRun = false
        while let argument = rest.pop() {
            if argument == "--dry-run" {
                dryRun = true
            } else if let text = try rest.value(of: "--user", argument) {
                let user = try user(text, rest)
                if !users.contains(user) { users.append(user) }
            } else {
                throw rest.unknown(argument)
            }
        }
        return .cleanup(users: users, dryRun: dryRun)
    }

    /// The user, written as in a list or a file, so that `jane,joe` is not read as the name of a third user.
    private static func user(_ text: String, _ rest: Arguments) throws(UsageError) -> String {
        do throws(Expected) {
            return try WrittenUser.read(text[...])
        } catch {
            throw rest.error("--user \"\(displayText(text))\" \(error.text)")
        }
    }
}
