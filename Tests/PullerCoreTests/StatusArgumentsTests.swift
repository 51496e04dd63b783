import Testing

@testable import PullerCore

@Suite("The arguments of status")
struct StatusArgumentsTests {
    private func status(_ change: (inout StatusArguments) -> Void) -> Command {
        var arguments = StatusArguments()
        change(&arguments)
        return .status(arguments)
    }

    @Test("ask for one look at all clusters by default")
    func defaults() {
        #expect(CommandLineArguments.parse(["status"]) == .success(.status(StatusArguments())))
    }

    @Test(
        "name the form of the output as for kubectl",
        arguments: [
            ["-o", "wide"], ["-o=wide"], ["-owide"], ["--output", "wide"], ["--output=wide"],
        ]
    )
    func form(arguments: [String]) {
        #expect(CommandLineArguments.parse(["status"] + arguments) == .success(status { $0.form = .wide }))
    }

    @Test("name clusters, each once, the console, and when to end")
    func others() {
        let expected = status {
            $0.clusters = ["jane", "joe", "--url"]
            $0.url = "https://example.com/puller"
            $0.mode = .wait(timeout: .seconds(90))
        }
        let arguments = [
            "status", "jane", "--url=https://example.com/puller/", "--wait", "joe", "--timeout", "1m30s", "jane", "--",
            "--url",
        ]
        #expect(CommandLineArguments.parse(arguments) == .success(expected))
        #expect(
            CommandLineArguments.parse(["status", "--wait"])
                == .success(status { $0.mode = .wait(timeout: .seconds(600)) })
        )
        #expect(CommandLineArguments.parse(["status", "-w"]) == .success(status { $0.mode = .watch }))
    }

    @Test(
        "are refused with what would be right",
        arguments: [
            (["-o", "yaml"], #"-o must be table, wide, json or name, not "yaml""#),
            (["--output=jsn"], #"--output must be table, wide, json or name, not "jsn"; did you mean json?"#),
            (["-o"], "-o needs a value"), (["--timeout", "5m"], "--timeout needs --wait"),
            (["--wait", "--timeout", "5"], #"--timeout must be a duration such as 90s or 10m, not "5""#),
            (["--wait", "--timeout=0s"], #"--timeout must be a duration such as 90s or 10m, not "0s""#),
            (["--wait", "--watch"], "--watch and --wait cannot be used together"),
            (["--watch", "-ojson"], "--watch prints lines: -o must be table, wide or name, not json"),
            (["--url", "ftp://x"], #"--url "ftp://x" must start with https:// or http://"#),
            (
                ["--url=http://me:pass@x"],
                #"--url "http://<redacted>@x" must not have a user or a password"#
            ),
            (["--wacth"], #"unknown option "--wacth"; did you mean --watch?"#),
            ([""], "the name of a cluster must not be empty"),
        ]
    )
    func wrong(arguments: [String], problem: String) {
        guard case .failure(let error) = CommandLineArguments.parse(["status"] + arguments) else {
            Issue.record("accepted")
            return
        }
        #expect(error.problem == problem)
        #expect(error.topic == .status)
    }

    private struct NoFile: Error {}

    private func access(_ environment: [String: String], url: String? = nil) -> Result<ConsoleAccess, ConfigurationProblems> {
        ConsoleAccess.find(url: url, environment: environment) { path in
            if path == "/token" { return "secret" }
            throw NoFile()
        }
    }

    @Test(
        "lead to the console of the environment's puller, or to the one that is named",
        arguments: [
            ([:], nil, "http://127.0.0.1:8081", true), (["CONSOLE_PORT": "9000"], nil, "http://127.0.0.1:9000", true),
            (["CONSOLE_ADDRESS": "10.0.0.1"], nil, "http://10.0.0.1:8081", false),
            (["CONSOLE_ADDRESS": "0.0.0.0"], nil, "http://127.0.0.1:8081", true),
            (["CONSOLE_PORT": "0"], "http://localhost:1", "http://localhost:1", true),
            ([:], "https://127.example.com", "https://127.example.com", false),
        ] as [([String: String], String?, String, Bool)]
    )
    func console(environment: [String: String], url: String?, found: String, isLoopback: Bool) throws {
        let access = try access(environment, url: url).get()
        #expect(access.url == found)
        #expect(access.isLoopback == isLoopback)
    }

    @Test(
        "cannot lead to a console that there is none of",
        arguments: [
            (
                ["CONSOLE_PORT": "0"],
                #"CONSOLE_PORT="0": must not be 0, with which there is no console, or --url must name one"#
            ),
            (["CONSOLE_PORT": "http"], #"CONSOLE_PORT="http": must be a port from 1 to 65535"#),
            (
                ["CONSOLE_ADDRESS": "::1"],
                #"CONSOLE_ADDRESS="::1": must be an IPv4 address for the command status, or --url must name the console"#
            ),
        ]
    )
    func noConsole(environment: [String: String], problem: String) {
        guard case .failure(let problems) = access(environment) else {
            Issue.record("accepted")
            return
        }
        #expect(problems.description == problem)
    }
}
