/// What the program is asked to do.
public enum Command: Sendable, Equatable {
    /// Run the pool.
    case run
    /// Print the resolved configuration or what is wrong with it.
    case validate
    /// Print the DaemonSet.
    case manifest(format: ManifestFormat)
    /// Delete what is ours.
    ///
    /// - `users`: Only in the clusters of these users, each once; empty for all.
    case cleanup(users: [String], dryRun: Bool)
    /// Print the usage.
    case help
    /// Print the version.
    case version
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
    /// What was not understood, in one line.
    public let description: String
}

/// The command line of `kubernetes-image-puller`.
public enum CommandLineArguments {
    /// How the program is used.
    public static let usage = """
        Keeps images cached on every node of many Kubernetes clusters.

        Usage: kubernetes-image-puller [command]

          (none)                                    keep the images cached until SIGTERM or SIGINT
          validate                                  print the resolved configuration, or what is wrong with it
          manifest [--format json|yaml]             print the DaemonSet that would be created (json)
          cleanup [--user <user>]... [--dry-run]    delete what is ours, in all clusters or those of the users
          --help, -h                                print this and the variables that configure it
          --version                                 print the version

        Exit codes: 0 done, 1 something may be left, 64 unknown arguments, 70 a CA bundle that can have no effect,
        78 wrong configuration.

        """

    /// The variables of the environment, for ``Command/help``.
    public static var variablesHelp: String {
        "Configuration comes from the environment:\n\n"
            + ConfigurationVariable.all.map { "  \($0.name) (\($0.defaultText))\n      \($0.meaning)\n" }
            .joined()
    }

    /// Reads the arguments.
    ///
    /// - Parameter arguments: What follows the program's name.
    public static func parse(_ arguments: [String]) -> Result<Command, UsageError> {
        var rest = arguments[...]
        do throws(UsageError) {
            return .success(try command(&rest))
        } catch {
            return .failure(error)
        }
    }

    private static func command(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
        // Whoever asks for help gets it, whatever else is there.
        if rest.contains(where: { $0 == "--help" || $0 == "-h" }) { return .help }
        switch rest.popFirst() {
        case nil:
            return .run
        case "--version":
            try expectEnd(rest)
            return .version
        case "validate":
            try expectEnd(rest)
            return .validate
        case "manifest":
            return try manifest(&rest)
        case "cleanup":
            return try cleanup(&rest)
        case .some(let other):
            throw unknown(other)
        }
    }

    private static func manifest(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
        var format = ManifestFormat.json
        while let argument = rest.popFirst() {
            guard let text = try value(of: "--format", argument, &rest) else { throw unknown(argument) }
            guard let given = ManifestFormat(rawValue: text) else {
                throw UsageError(description: "--format must be json or yaml, not \"\(displayText(text))\"")
            }
            format = given
        }
        return .manifest(format: format)
    }

    private static func cleanup(_ rest: inout ArraySlice<String>) throws(UsageError) -> Command {
        var users: [String] = []
        var dryRun = false
        while let argument = rest.popFirst() {
            if argument == "--dry-run" {
                dryRun = true
            } else if let text = try value(of: "--user", argument, &rest) {
                let user = try user(text)
                if !users.contains(user) { users.append(user) }
            } else {
                throw unknown(argument)
            }
        }
        return .cleanup(users: users, dryRun: dryRun)
    }

    /// The user, written as in a list or a file, so that `jane,joe` is not read as the name of a third user.
    private static func user(_ text: String) throws(UsageError) -> String {
        do throws(Expected) {
            return try WrittenUser.read(text[...])
        } catch {
            throw UsageError(description: "--user \"\(displayText(text))\" \(error.text)")
        }
    }

    /// The value of `--option value` or `--option=value`; `nil` when the argument is another one.
    private static func value(
        of option: String,
        _ argument: String,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String? {
        if argument.hasPrefix(option + "=") { return String(argument.dropFirst(option.count + 1)) }
        guard argument == option else { return nil }
        // `--user --dry-run` is a value forgotten; one that starts with dashes can be given after `=`.
        guard let value = rest.first, !value.hasPrefix("--") else {
            throw UsageError(description: "\(option) needs a value")
        }
        rest = rest.dropFirst()
        return value
    }

    private static func expectEnd(_ rest: ArraySlice<String>) throws(UsageError) {
        if let extra = rest.first { throw unknown(extra) }
    }

    private static func unknown(_ argument: String) -> UsageError {
        UsageError(description: "unknown argument \"\(displayText(argument))\"")
    }
}
