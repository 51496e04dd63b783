import Testing

@testable import PullerCore

@Suite("The settings of the two ports")
struct StatusSettingsTests {
    private let files = [
        "/t": "0123456789abcdef\n", "/short": "0123456789abcde", "/two": "0123456789 abcdef",
        "/long": String(repeating: "x", count: 1025),
    ]

    private func settings(_ changes: [String: String]) throws -> StatusSettings {
        try parse(Environments.fleet, changes, files: files).get().status
    }

    @Test("have defaults, and zero turns a port off")
    func defaults() throws {
        #expect(try settings([:]) == StatusSettings())
        let off = try settings(["STATUS_PORT": "0", "CONSOLE_PORT": "0"])
        #expect(off.statusPort == nil && off.consolePort == nil && off.summary == nil)
    }

    @Test("may all be given")
    func given() throws {
        let settings = try settings([
            "STATUS_PORT": "1", "CONSOLE_PORT": "65535", "CONSOLE_ADDRESS": "::", "CONSOLE_TOKEN_FILE": "/t",
            "METRICS_PER_CLUSTER": "TRUE",
        ])
        #expect(settings.statusPort == 1 && settings.consolePort == 65_535)
        #expect(settings.consoleAddress == "::" && settings.consoleTokenFile == "/t")
        #expect(settings.perCluster == .always)
        #expect(try self.settings(["METRICS_PER_CLUSTER": "0"]).perCluster == .never)
    }

    @Test("do not mistake what Kubernetes says about a Service called status or console for a port")
    func serviceLinks() throws {
        let links = ["STATUS_PORT": "tcp://10.0.0.1:80", "CONSOLE_PORT": "udp://10.0.0.1:80"]
        #expect(try settings(links) == StatusSettings())
    }

    @Test(
        "are refused with what would be right",
        arguments: [
            (
                ["STATUS_PORT": "http"],
                [#"STATUS_PORT="http": must be a port from 1 to 65535, or 0 for none"#]
            ),
            (
                ["CONSOLE_PORT": "65536"],
                [#"CONSOLE_PORT="65536": must be a port from 1 to 65535, or 0 for none"#]
            ),
            (
                ["STATUS_PORT": "9000", "CONSOLE_PORT": "9000"],
                [#"CONSOLE_PORT="9000": must be another port than STATUS_PORT="9000""#]
            ),
            (
                ["STATUS_PORT": "8081"],
                [#"STATUS_PORT="8081": must be another port than CONSOLE_PORT="8081""#]
            ),
            (
                ["CONSOLE_ADDRESS": "localhost"],
                [#"CONSOLE_ADDRESS="localhost": must be an IPv4 or IPv6 address, such as 0.0.0.0 or ::"#]
            ),
            (
                ["CONSOLE_ADDRESS": "0.0.0.0", "METRICS_PER_CLUSTER": "some"],
                [
                    #"CONSOLE_ADDRESS="0.0.0.0": must be a loopback address such as 127.0.0.1 without CONSOLE_TOKEN_FILE, "#
                        + "because the page names users and servers",
                    #"METRICS_PER_CLUSTER="some": must be auto, true or false"#,
                ]
            ),
            (
                ["CONSOLE_TOKEN_FILE": "/none"],
                [#"CONSOLE_TOKEN_FILE="/none": must name a readable file with a token (no such file)"#]
            ),
            (
                ["CONSOLE_TOKEN_FILE": "/short"],
                [
                    #"CONSOLE_TOKEN_FILE="/short": must name a file with one token of 16 to 1024 printable ASCII "#
                        + "characters without spaces, such as openssl rand -hex 32 prints"
                ]
            ),
            (
                ["CONSOLE_TOKEN_FILE": "/long"],
                [
                    #"CONSOLE_TOKEN_FILE="/long": must name a file with one token of 16 to 1024 printable ASCII "#
                        + "characters without spaces, such as openssl rand -hex 32 prints"
                ]
            ),
            (
                ["CONSOLE_TOKEN_FILE": "0123456789abcdef"],
                ["CONSOLE_TOKEN_FILE=<redacted>: must name a readable file with a token"]
            ),
        ]
    )
    func problems(changes: [String: String], expected: [String]) {
        #expect(PullerCoreTests.problems(Environments.fleet, changes, files: files) == expected)
    }

    @Test("tell loopback addresses, however they are written, from others")
    func loopback() {
        for address in ["127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1", "0000::0001"] {
            #expect(isLoopback(address), "\(address)")
        }
        for address in [
            "0.0.0.0", "::", "::10", "1::1", "1::", "::127.0.0.1", "10.127.0.1", "fe80::1", "::1:0", "x",
        ] {
            #expect(!isLoopback(address), "\(address)")
        }
    }

    @Test("have no effect beside a port that is off, and a warning says so")
    func warnings() {
        let environment = [
            "STATUS_PORT": "0", "CONSOLE_PORT": "0", "CONSOLE_ADDRESS": "127.0.0.1",
            "CONSOLE_TOKEN_FILE": "/t",
            "METRICS_PER_CLUSTER": "true",
        ]
        let warnings = ConfigurationWarning.all(in: Environments.fleet.merging(environment) { $1 })
        #expect(
            warnings.map(\.description).sorted() == [
                "CONSOLE_ADDRESS has no effect with CONSOLE_PORT=0",
                "CONSOLE_TOKEN_FILE has no effect with CONSOLE_PORT=0",
                "METRICS_PER_CLUSTER has no effect with STATUS_PORT=0",
            ]
        )
    }
}
