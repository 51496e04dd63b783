import Testing

@testable import PullerCore

@Suite("HTTP proxies of the environment")
struct ProxyVariablesTests {
    private static let variables = ["HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy"]

    /// Each was tried with curl 7.88, which tried to connect to the proxy.
    @Test(
        "a URL that libcurl understands is accepted, and shown without user and password",
        arguments: [
            ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
            ("HTTP://proxy.example.com:3128/", "HTTP://proxy.example.com:3128"),
            ("proxy.example.com:3128", "proxy.example.com:3128"), ("proxy", "proxy"),
            ("joe:pw@proxy:3128", "<redacted>@proxy:3128"), ("joe@proxy", "<redacted>@proxy"),
            ("http://joe:pa%2Fss%40%20@proxy:3128/", "http://<redacted>@proxy:3128"),
            ("http://joe:pa:ss%2@proxy:3128", "http://<redacted>@proxy:3128"),
            ("http://joe:<p\"a\\s[s]>@proxy:3128", "http://<redacted>@proxy:3128"),
            ("http:/joe:pw@proxy:3128", "http:/<redacted>@proxy:3128"),
            ("https://proxy:3128", "https://proxy:3128"), ("socks://proxy", "socks://proxy"),
            ("socks4://proxy", "socks4://proxy"), ("socks4a://proxy", "socks4a://proxy"),
            ("socks5://joe:pw@[::1]:1080", "socks5://<redacted>@[::1]:1080"),
            ("socks5h://[fe80::1%25eth0]", "socks5h://[fe80::1%25eth0]"),
            ("http://my_proxy.:3128/path?query", "http://my_proxy.:3128"), ("http://proxy:", "http://proxy:"),
            ("http://müller:3128", "http://müller:3128"), ("http://10.0.0.1:3128", "http://10.0.0.1:3128"),
        ],
        variables
    )
    func accepted(example: (text: String, shown: String), variable: String) throws {
        let configuration = try parse(Environments.fleet, [variable: example.text]).get()
        #expect(configuration.summaryLines().contains("\(variable)=\(example.shown)"))
    }

    /// Each was tried with curl 7.88: it found fault with the value, took a part of the password for a host, or went on
    /// without the proxy.
    @Test(
        "a URL that libcurl would misunderstand is a problem that shows no password",
        arguments: [
            (
                "http://joe:pa/ss@proxy:3128", "http://<redacted>@proxy:3128",
                "must have /, ? and # in the user or the password written as %2F, %3F and %23"
            ),
            ("http://joe:12/34@proxy:3128", "http://<redacted>@proxy:3128", "must have /, ? and #"),
            ("http://joe:pa?ss@proxy:3128", "http://<redacted>@proxy:3128", "must have /, ? and #"),
            ("http://joe:pa#ss@proxy:3128", "http://<redacted>@proxy:3128", "must have /, ? and #"),
            (
                "http://joe:pa@ss@proxy:3128", "http://<redacted>@proxy:3128",
                "must have an @ in the user or the password written as %40"
            ),
            (
                "http://joe:pa ss@proxy:3128", "http://<redacted>@proxy:3128",
                "must not have white space (in a password, a space is %20)"
            ),
            (
                "http://joe:pass%0A@proxy", "http://<redacted>@proxy",
                "must not have control characters such as %0A"
            ),
            ("http://joe:pass%1f@proxy", "http://<redacted>@proxy", "must not have control characters"),
            (" http://proxy:3128", " http:<redacted>", "must not have white space"),
            ("http://proxy:3128\n", #"http://proxy:<redacted>"#, "must not have white space"),
            ("ftp://joe:pass@proxy", "<redacted>@proxy", "must start with http://, https://, socks4://"),
            ("socks6://proxy", "socks6://proxy", "must start with http://"),
            ("http://proxy:0", "http://proxy:0", "must have a port from 1 to 65535 after the host, or none"),
            ("http://proxy:65536", "http://proxy:65536", "must have a port"),
            ("http://joe:pass", "http://joe:<redacted>", "must have a port"),
            ("http:proxy:3128", "http:<redacted>", "must have :// after http"),
            ("https//proxy:3128", "https//proxy:3128", "must have :// after https"),
            ("HTTP:joe:pass@proxy:3128", "<redacted>@proxy:3128", "must have :// after HTTP"),
            ("proxy:", "proxy:", "must have a port after the colon, or no colon"),
            ("joe:pass@proxy:", "<redacted>@proxy:", "must have a port after the colon, or no colon"),
            ("\"http://proxy:3128\"", "\"http:<redacted>", "must not have quotes around it"),
            // User and host are exchanged.
            ("http://proxy:3128@joe:pass", "http://<redacted>@joe:<redacted>", "must have a port"),
            ("http://joe:pass@[::1]:x", "http://<redacted>@[::1]:<redacted>", "must have a port"),
            ("http://", "http://", "must have a host"),
            ("http://joe:pass@:3128", "http://<redacted>@:3128", "must have a host"),
            ("http://[::1", "http://[:<redacted>", "must have a ] after the IPv6 address"),
            ("http://[proxy]:3128", "http://[proxy]:3128", "must have an IPv6 address in its brackets"),
            ("http://pro{xy:3128", "http://pro{xy:3128", "must have a valid host"),
            ("http:\\\\proxy:3128", "http:<redacted>", "must have :// after http"),
        ]
    )
    func refused(text: String, shown: String, expected: String) {
        for variable in Self.variables {
            let lines = problems(Environments.fleet, [variable: text])
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("\(variable)=\"\(shown)\": \(expected)") == true, "\(lines)")
        }
    }

    @Test(
        "of two spellings the one in lower case counts, as it does for libcurl; an upper-case HTTP_PROXY does not"
    )
    func precedence() throws {
        let changes = [
            "https_proxy": "http://lower:1", "HTTPS_PROXY": "not read: a b", "all_proxy": "",
            "ALL_PROXY": "http://all:2", "HTTP_PROXY": "not read: a b", "no_proxy": "x", "NO_PROXY": "y",
        ]
        let lines = try parse(Environments.fleet, changes).get().summaryLines()
        #expect(
            lines.filter { $0.lowercased().contains("_proxy=") } == [
                "https_proxy=http://lower:1", "ALL_PROXY=http://all:2", "no_proxy=x",
            ]
        )
    }

    @Test(
        "user and password are secret in every form in which they could be repeated",
        arguments: [
            (
                "http://joe:pa%2Fss@proxy",
                ["joe:pa%2Fss", "joe:pa/ss", "joe", "pa%2Fss", "pa/ss", "am9lOnBhL3Nz"]
            ),
            ("joe@proxy", ["joe", "am9l"]),
            // What cannot be read.
            ("http://joe:pa/ss@proxy:3128", ["joe:pa/ss", "pa/ss"]),
            ("http://joe:p@ss@proxy", ["joe:p@ss", "p@ss"]),
            ("joe:/pass@proxy", ["joe:/pass", "/pass", "pass"]),
            ("http:joe:pass@proxy", ["joe:pass"]),
        ]
    )
    func secrets(text: String, expected: [String]) {
        for variable in Self.variables + ["HTTP_PROXY"] {
            let secrets = ProxyVariables.secrets(in: [variable: text]).map { $0.reveal() }
            #expect(Set(secrets).isSuperset(of: expected), "\(secrets)")
            #expect(!secrets.contains(""))
        }
    }

    @Test("without a user there is no secret", arguments: ["http://proxy:3128", "", "proxy"])
    func noSecrets(text: String) {
        #expect(ProxyVariables.secrets(in: ["HTTPS_PROXY": text, "NO_PROXY": "a@b"]).isEmpty)
    }
}
