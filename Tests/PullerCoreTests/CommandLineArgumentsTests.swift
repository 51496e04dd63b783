import PullerCore
import Testing

@Suite("Command line")
struct CommandLineArgumentsTests {
    @Test(
        "arguments name a command",
        arguments: [
            ([], .run), (["validate"], .validate), (["manifest"], .manifest(format: .json)),
            (["manifest", "--format", "yaml"], .manifest(format: .yaml)),
            (["manifest", "--format=yaml"], .manifest(format: .yaml)),
            (["manifest", "--format=json"], .manifest(format: .json)),
            (["cleanup"], .cleanup(users: [], dryRun: false)),
            (["cleanup", "--dry-run"], .cleanup(users: [], dryRun: true)),
            (
                ["cleanup", "--user", "b", "--dry-run", "--user=a", "--user", "b"],
                .cleanup(users: ["b", "a"], dryRun: true)
            ),
            (["cleanup", "--user=--x-y"], .cleanup(users: ["--x-y"], dryRun: false)),
            (
                ["cleanup", "--user", #""cn=a,ou=b""#, "--user=a", #"--user="a""#],
                .cleanup(users: ["cn=a,ou=b", "a"], dryRun: false)
            ),
            (["cleanup", "--user", "-x"], .cleanup(users: ["-x"], dryRun: false)),
            (["plan"], .plan(users: [])),
            (["plan", "--user", "b", "--user=a", "--user", "b"], .plan(users: ["b", "a"])),
            (["version"], .version), (["--version"], .version),
        ] as [([String], Command)]
    )
    func command(arguments: [String], command: Command) {
        #expect(CommandLineArguments.parse(arguments) == .success(command))
    }

    @Test(
        "help is given on the command that comes first, whatever else is there",
        arguments: [
            (["--help"], .overview), (["-h"], .overview), (["help"], .overview),
            (["help", "--help"], .overview),
            (["nonsense", "--help"], .overview), (["help", "cleanup"], .cleanup),
            (["validate", "--help"], .validate), (["manifest", "-h"], .manifest),
            (["manifest", "--format", "xml", "-h"], .manifest), (["cleanup", "--user", "--help"], .cleanup),
            (["help", "version"], .version), (["plan", "--user", "-h"], .plan),
        ] as [([String], HelpTopic)]
    )
    func help(arguments: [String], topic: HelpTopic) {
        #expect(CommandLineArguments.parse(arguments) == .success(.help(topic)))
    }

    @Test(
        "what is not understood is named, with what was probably meant and where it is explained",
        arguments: [
            (["start"], #"unknown command "start""#, .overview), ([""], #"unknown command """#, .overview),
            (["cleanp"], #"unknown command "cleanp"; did you mean cleanup?"#, .overview),
            (["clean"], #"unknown command "clean"; did you mean cleanup?"#, .overview),
            (["vaildate"], #"unknown command "vaildate"; did you mean validate?"#, .overview),
            (["help", "me"], #"unknown command "me""#, .overview),
            (["-version"], #"unknown option "-version"; did you mean --version?"#, .overview),
            (["-v"], #"unknown option "-v""#, .overview),
            (
                ["--format", "yaml"],
                "--format is an option of the command manifest, which must come before it",
                .overview
            ),
            (["validate", "x"], #"unknown argument "x""#, .validate),
            (["--version", "x"], #"unknown argument "x""#, .version),
            (["manifest", "--format"], "--format needs a value", .manifest),
            (["manifest", "--format=xml"], #"--format must be json or yaml, not "xml""#, .manifest),
            (
                ["manifest", "--formats=yaml"], #"unknown option "--formats=yaml"; did you mean --format?"#,
                .manifest
            ),
            (["manifest", "--dry-run"], #"unknown option "--dry-run""#, .manifest),
            (["cleanup", "--dryrun"], #"unknown option "--dryrun"; did you mean --dry-run?"#, .cleanup),
            (["cleanup", "alice"], #"unknown argument "alice"; a user is given by --user"#, .cleanup),
            (["plan", "jane"], #"unknown argument "jane"; a user is given by --user"#, .plan),
            (["plan", "--dry-run"], #"unknown option "--dry-run""#, .plan),
            (["cleanup", "--user"], "--user needs a value", .cleanup),
            (["cleanup", "--user", "--dry-run"], "--user needs a value", .cleanup),
            (["cleanup", "--user="], #"--user "" must not be empty"#, .cleanup),
            (
                ["cleanup", "--user=a,b"], #"--user "a,b" must not have "," outside of a JSON string"#,
                .cleanup
            ),
            (["\u{1B}[2J"], #"unknown command "\u{1b}[2J""#, .overview),
        ] as [([String], String, HelpTopic)]
    )
    func unknown(arguments: [String], problem: String, topic: HelpTopic) {
        guard case .failure(let error) = CommandLineArguments.parse(arguments) else {
            Issue.record("accepted")
            return
        }
        #expect(error.problem == problem)
        #expect(error.topic == topic)
        #expect(error.description == "\(problem) (see \(topic.invocation))")
    }

    @Test("the overview names every command and every variable, each variable once")
    func overview() {
        let text = CommandLineArguments.help(.overview)
        for command in HelpTopic.allCases where command != .overview {
            #expect(text.contains("\n  \(command.rawValue) "))
        }
        let names = ConfigurationVariable.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(text.contains("  \(name) (")) }
    }

    @Test(
        "the help of a command is short, and has its options, its exit codes and an example",
        arguments: [
            (HelpTopic.status, ["--url", "--output", "--watch", "--wait", "--timeout"]), (.validate, []), (.manifest, ["--format"]), (.cleanup, ["--user", "--dry-run"]),
            (.version, []),
        ]
    )
    func commandHelp(topic: HelpTopic, options: [String]) {
        let text = CommandLineArguments.help(topic)
        #expect(text.split(separator: "\n").count <= 16)
        for part in options + [
            "Usage: kubernetes-image-puller \(topic.rawValue)", "Exit codes: 0", "Example:",
        ] {
            #expect(text.contains(part))
        }
    }

    @Test("no help is wider than 80 columns")
    func width() {
        for topic in HelpTopic.allCases {
            let lines = CommandLineArguments.help(topic).split(separator: "\n")
            #expect(lines.filter { $0.count > 80 } == [], "\(topic)")
        }
    }
}
