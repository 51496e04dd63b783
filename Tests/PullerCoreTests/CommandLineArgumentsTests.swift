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
            (["--help"], .help), (["-h"], .help), (["cleanup", "--help"], .help), (["--version"], .version),
        ] as [([String], Command)]
    )
    func command(arguments: [String], command: Command) {
        #expect(CommandLineArguments.parse(arguments) == .success(command))
    }

    @Test(
        "what is not understood is named",
        arguments: [
            (["start"], #"unknown argument "start""#), ([""], #"unknown argument """#),
            (["--format", "yaml"], #"unknown argument "--format""#),
            (["validate", "x"], #"unknown argument "x""#), (["--version", "x"], #"unknown argument "x""#),
            (["manifest", "--format"], "--format needs a value"),
            (["manifest", "--format=xml"], #"--format must be json or yaml, not "xml""#),
            (["manifest", "--formats=yaml"], #"unknown argument "--formats=yaml""#),
            (["manifest", "--dry-run"], #"unknown argument "--dry-run""#),
            (["cleanup", "alice"], #"unknown argument "alice""#),
            (["cleanup", "--user"], "--user needs a value"),
            (["cleanup", "--user", "--dry-run"], "--user needs a value"),
            (["cleanup", "--user="], #"--user "" must not be empty"#),
            (["cleanup", "--user=a,b"], #"--user "a,b" must not have "," outside of a JSON string"#),
            (["\u{1B}[2J"], #"unknown argument "\u{1b}[2J""#),
        ]
    )
    func unknown(arguments: [String], expected: String) {
        guard case .failure(let error) = CommandLineArguments.parse(arguments) else {
            Issue.record("accepted")
            return
        }
        #expect(error.description == expected)
    }

    @Test("the usage names every command")
    func usage() {
        for word in [
            "validate", "manifest", "cleanup", "--user", "--dry-run", "--format", "--help", "--version",
        ] {
            #expect(CommandLineArguments.usage.contains(word))
        }
    }

    @Test("help names every variable, and each is there once")
    func variables() {
        let names = ConfigurationVariable.all.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names {
            #expect(CommandLineArguments.variablesHelp.contains("  \(name) ("))
        }
    }
}
