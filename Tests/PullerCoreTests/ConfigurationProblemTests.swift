import PullerCore
import Testing

@Suite("Configuration problems")
struct ConfigurationProblemTests {
    @Test(
        "a variable that is wrong gives one line that says what would be right",
        arguments: [
            ("MULTICLUSTER", "yes", #"MULTICLUSTER="yes": must be true or false"#),
            ("DAEMONSET_NAME", "Puller", #"DAEMONSET_NAME="Puller": must be lower-case letters"#),
            ("DAEMONSET_NAME", "a..b", #"DAEMONSET_NAME="a..b": must be"#),
            ("NAMESPACE", "a.b", #"NAMESPACE="a.b": must be lower-case letters"#),
            ("INSTALLATION_ID", "-a", #"INSTALLATION_ID="-a": must be letters"#),
            (
                "CACHING_INTERVAL_HOURS", "0",
                #"CACHING_INTERVAL_HOURS="0": must be a positive number of hours, such as 1 or 0.5"#
            ),
            ("CACHING_INTERVAL_HOURS", "0.0", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "-1", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "+1", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "1d", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "1H", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "999ms", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "0.00027777", "CACHING_INTERVAL_HOURS="),
            ("IMAGE_REFRESH_HOURS", "1ns", "IMAGE_REFRESH_HOURS="),
            ("CACHING_INTERVAL_HOURS", "inf", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "nan", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "0x1p3", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "1e2", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "1,5", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", " 1", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "١", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "87600.1", "CACHING_INTERVAL_HOURS="),
            ("CACHING_INTERVAL_HOURS", "99999999999999999999999999999999999999999", "CACHING_INTERVAL"),
            ("IMAGE_REFRESH_HOURS", "-1", #"IMAGE_REFRESH_HOURS="-1": must be a number of hours"#),
            ("MIN_READY_PERCENT", "50%", #"MIN_READY_PERCENT="50%": must be a whole number from 0 to 100"#),
            ("MIN_READY_PERCENT", "101", "MIN_READY_PERCENT="),
            ("MAX_CONCURRENT_ROLLOUTS", "0", "MAX_CONCURRENT_ROLLOUTS="),
            (
                "TRANSPORT_SESSIONS", "0",
                #"TRANSPORT_SESSIONS="0": must be a whole number from 1 to 64, or auto"#
            ),
            ("TRANSPORT_SESSIONS", "65", "TRANSPORT_SESSIONS="),
            ("TRANSPORT_SESSIONS", "all", "TRANSPORT_SESSIONS="),
            ("WATCH_CLUSTERS", "-1", "WATCH_CLUSTERS="), ("WATCH_CLUSTERS", "all", "WATCH_CLUSTERS="),
            ("MAX_CONCURRENT_REQUESTS", "1.5", "MAX_CONCURRENT_REQUESTS="),
            ("MAX_CONCURRENT_REQUESTS", "99999999999999999999", "MAX_CONCURRENT_REQUESTS="),
            ("START_SPREAD_SECONDS", "10 s", "START_SPREAD_SECONDS="),
            ("START_SPREAD_SECONDS", "25h", "START_SPREAD_SECONDS="),
            ("REQUEST_TIMEOUT_SECONDS", "0", "REQUEST_TIMEOUT_SECONDS="),
            ("REQUEST_TIMEOUT_SECONDS", "0.9", "REQUEST_TIMEOUT_SECONDS="),
            ("ROLLOUT_TIMEOUT_SECONDS", "1ms", "ROLLOUT_TIMEOUT_SECONDS="),
            ("ROLLOUT_TIMEOUT_SECONDS", "86401", "ROLLOUT_TIMEOUT_SECONDS="),
            (
                "ROLLOUT_OVERLAP", "ready",
                #"ROLLOUT_OVERLAP="ready": must be until-ready, or a duration such as 0s"#
            ),
            ("ROLLOUT_OVERLAP", "0", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "90", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "-1s", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "s", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "1h30", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", ".s", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "1h 30m", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "1d", "ROLLOUT_OVERLAP="),
            ("ROLLOUT_OVERLAP", "87600h1s", "ROLLOUT_OVERLAP="),
            (
                "ROLLOUT_MAX_UNAVAILABLE", "-1",
                #"ROLLOUT_MAX_UNAVAILABLE="-1": must be a whole number of nodes such as 1, or a share from 0% to 100%"#
            ),
            ("ROLLOUT_MAX_UNAVAILABLE", "101%", "ROLLOUT_MAX_UNAVAILABLE="),
            ("ROLLOUT_MAX_UNAVAILABLE", "%", "ROLLOUT_MAX_UNAVAILABLE="),
            ("ROLLOUT_MAX_UNAVAILABLE", "1.5", "ROLLOUT_MAX_UNAVAILABLE="),
            ("BACKOFF_INITIAL_SECONDS", "0", "BACKOFF_INITIAL_SECONDS="),
            ("BACKOFF_INITIAL_SECONDS", "9ms", "BACKOFF_INITIAL_SECONDS="),
            (
                "BACKOFF_INITIAL_SECONDS", "301",
                #"BACKOFF_INITIAL_SECONDS="301": must be at most BACKOFF_MAX_SECONDS="300""#
            ),
            (
                "BACKOFF_MAX_SECONDS", ".5",
                #"BACKOFF_MAX_SECONDS=".5": must be at least BACKOFF_INITIAL_SECONDS="1""#
            ),
            ("ON_EXIT", "remove", #"ON_EXIT="remove": must be keep or delete"#),
            ("EXIT_GRACE_SECONDS", "0", "EXIT_GRACE_SECONDS="),
            ("EXIT_GRACE_SECONDS", "0.5", "EXIT_GRACE_SECONDS="),
            ("LOG_FORMAT", "xml", #"LOG_FORMAT="xml": must be text, json or console"#),
            ("LOG_LEVEL", "trace", #"LOG_LEVEL="trace": must be debug, info, warning (or warn) or error"#),
            (
                "CACHING_MEMORY_LIMIT", "20MiB",
                #"CACHING_MEMORY_LIMIT="20MiB": must be a Kubernetes quantity"#
            ),
            ("CACHING_CPU_REQUEST", "-1", "CACHING_CPU_REQUEST="),
            ("IMAGES", "", "IMAGES is not set: must be <name>=<image>"),
            ("IMAGES", " ; ", "IMAGES="),
            ("IMPERSONATE_USERS", "", "IMPERSONATE_USERS is not set: must be users separated by commas, or"),
            ("IMPERSONATE_USERS", "alice,", #"IMPERSONATE_USERS="alice,": user 2 must not be empty"#),
            ("OPENSHIFT_PROXY_URL", "", "OPENSHIFT_PROXY_URL is not set: must be an http or https URL"),
            ("IMPERSONATION_HEADER", "on", #"IMPERSONATION_HEADER="on": must be true or false"#),
            ("OIDC_PROVIDER", "", "OIDC_PROVIDER is not set: must be"),
            ("OIDC_PROVIDER", "auth.example.com", "OIDC_PROVIDER="),
            ("OIDC_SCOPE", "a\nb", #"OIDC_SCOPE="a\nb": must not have control characters"#),
            ("OIDC_AUDIENCE", "a\u{7F}b", #"OIDC_AUDIENCE="a\u{7f}b": must not have control characters"#),
            ("OIDC_CLIENT_AUTH", "none", #"OIDC_CLIENT_AUTH="none": must be post or basic"#),
            ("SERVICE_ACCOUNT_ID", "", "SERVICE_ACCOUNT_ID is not set: must be the client id"),
            ("SERVICE_ACCOUNT_SECRET", "", "SERVICE_ACCOUNT_SECRET is not set: must be the client secret"),
            ("CA_BUNDLE_FILE", "/none", #"CA_BUNDLE_FILE="/none": must name a readable PEM file"#),
        ]
    )
    func oneLine(variable: String, value: String, start: String) {
        let lines = problems(Environments.fleet, [variable: value])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix(start) == true, "\(lines)")
    }

    @Test("ten variables that are wrong give ten lines")
    func tenLines() {
        let broken = [
            "IMAGES": "Java=ubuntu;a=b:;c", "MULTICLUSTER": "maybe", "DAEMONSET_NAME": "a_b",
            "CACHING_INTERVAL_HOURS": "soon", "IMPERSONATE_USERS": "a,,a",
            "OPENSHIFT_PROXY_URL": "ftp://proxy",
            "OIDC_PROVIDER": "https://", "CACHING_CPU_LIMIT": "much", "NODE_SELECTOR": "{", "ON_EXIT": "no",
        ]
        guard case .failure(let found) = parse(Environments.fleet, broken) else {
            Issue.record("accepted")
            return
        }
        #expect(found.problems.count == 10)
        #expect(Set(found.problems.map(\.variable)) == Set(broken.keys))
        #expect(found.description.split(separator: "\n").count == 10)
    }

    @Test("the lines come in the order of the variables, whatever finds them first")
    func order() {
        let broken = [
            "LOG_LEVEL": "x", "IMAGES": "x", "HTTPS_PROXY": "x y", "CACHING_INTERVAL_HOURS": "x",
            "CA_BUNDLE_FILE": "/x",
            "CACHING_CPU_LIMIT": "x", "OPENSHIFT_PROXY_URL": "x", "INSTALLATION_ID": "-", "OIDC_SCOPE": "\n",
        ]
        guard case .failure(let found) = parse(Environments.fleet, broken) else {
            Issue.record("accepted")
            return
        }
        #expect(
            found.problems.map(\.variable) == [
                "IMAGES", "CACHING_INTERVAL_HOURS", "OPENSHIFT_PROXY_URL", "OIDC_SCOPE", "CA_BUNDLE_FILE",
                "HTTPS_PROXY", "CACHING_CPU_LIMIT", "INSTALLATION_ID", "LOG_LEVEL",
            ]
        )
    }

    @Test("an empty environment names what is required, and nothing else")
    func empty() {
        guard case .failure(let found) = parse([:]) else {
            Issue.record("accepted")
            return
        }
        #expect(
            found.problems.map(\.variable) == [
                "IMAGES", "IMPERSONATE_USERS", "OPENSHIFT_PROXY_URL", "OIDC_PROVIDER", "SERVICE_ACCOUNT_ID",
                "SERVICE_ACCOUNT_SECRET",
            ]
        )
        #expect(found.problems.allSatisfy { $0.value == nil })
    }

    @Test("a mode that cannot be read does not demand what one of the modes needs")
    func unknownMode() {
        let lines = problems(["IMAGES": "a=b"], ["MULTICLUSTER": "no"])
        #expect(lines == [#"MULTICLUSTER="no": must be true or false"#])
    }

    @Test("every bad image of a list is named in its one line")
    func imageItems() {
        let lines = problems(
            Environments.fleet,
            ["IMAGES": "Java=ubuntu; good=ubuntu; maven=Ubuntu:x:y; go"]
        )
        #expect(lines.count == 1)
        #expect(lines.first?.contains(#"item 1 "Java=ubuntu" must have a name"#) == true)
        #expect(
            lines.first?.contains(#"item 3 "maven=Ubuntu:x:y" must have one tag at most"#) == true
        )
        #expect(lines.first?.contains(#"item 4 "go" must be <name>=<image>"#) == true)
    }

    @Test("thousands of bad items, and values of any length, stay one line that can be read")
    func bounded() {
        let users = String(repeating: "same,", count: 5_000) + "same"
        let lines = problems(Environments.fleet, ["IMPERSONATE_USERS": users])
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix("; and 4997 more") == true)
        #expect((lines.first?.count ?? 0) < 600)
    }

    @Test("control characters in a value never reach the terminal")
    func escaped() {
        let lines = problems(
            Environments.fleet,
            ["NAMESPACE": "a\u{1B}[2J\u{7}\r\n\u{202E}b", "IMAGES": "a=b\u{1B}"]
        )
        #expect(lines.count == 2)
        #expect(lines.contains { $0.hasPrefix(#"NAMESPACE="a\u{1b}[2J\u{7}\r\n\u{202e}b": must be"#) })
        #expect(lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }

    @Test("a limit below its request names both variables")
    func requestAboveLimit() {
        let lines = problems(
            Environments.fleet,
            ["CACHING_MEMORY_REQUEST": "1Gi", "CACHING_MEMORY_LIMIT": "1023Mi"]
        )
        #expect(
            lines == [#"CACHING_MEMORY_REQUEST="1Gi": must be at most CACHING_MEMORY_LIMIT="1023Mi""#]
        )
    }

    @Test(
        "a default gives way to the other value that was given",
        arguments: [
            (["CACHING_MEMORY_LIMIT": "5Mi"], "5Mi", "5Mi"),
            (["CACHING_MEMORY_REQUEST": "50Mi"], "50Mi", "50Mi"),
            (["CACHING_MEMORY_REQUEST": "1Mi"], "1Mi", "20Mi"),
            (["CACHING_MEMORY_LIMIT": "1Gi"], "10Mi", "1Gi"),
        ]
    )
    func defaultsGiveWay(changes: [String: String], request: String, limit: String) throws {
        let resources = try parse(Environments.fleet, changes).get().daemonSet.resources
        #expect(resources.memoryRequest.text == request)
        #expect(resources.memoryLimit.text == limit)
    }

    @Test(
        "a node selector is checked as Kubernetes checks labels",
        arguments: [
            ("", nil), ("{}", nil), (#" { "a" : "b" } "#, nil), (#"{"a":""}"#, nil),
            (#"{"kubernetes.io/os":"linux","x":"A_1.b"}"#, nil), (#"{"\u0061":"\t"}"#, "the value"),
            (#"{"a":"b",}"#, "must be a JSON map"), (#"{"a":"b""#, "must be a JSON map"),
            (#"{"a":"b"} x"#, "must be a JSON map"), ("[]", "must be a JSON map"),
            ("null", "must be a JSON map"), ("a=b", "must be a JSON map"),
            (#"{a:"b"}"#, "must be a JSON map"),
            (#"{"a":true}"#, #"must have a string in quotes as the value of "a""#),
            (#"{"a":"b","a":"c"}"#, #"the label "a" must be there only once"#),
            (#"{"":"b"}"#, #"the label "" must be"#), (#"{"a/b/c":"d"}"#, #"the label "a/b/c" must be"#),
            (#"{"A.com/b":"c"}"#, #"the label "A.com/b" must be"#),
            (#"{"a":"b c"}"#, #"the value "b c" of "a""#),
            (#"{"a":"\ud800"}"#, "must be a JSON map"), (#"{"a":"\u12"}"#, "must be a JSON map"),
        ] as [(String, String?)]
    )
    func nodeSelector(text: String, expected: String?) {
        let lines = problems(Environments.fleet, ["NODE_SELECTOR": text])
        if let expected {
            #expect(lines.count == 1)
            #expect(lines.first?.contains(expected) == true, "\(lines)")
        } else {
            #expect(lines.isEmpty)
        }
    }
}
