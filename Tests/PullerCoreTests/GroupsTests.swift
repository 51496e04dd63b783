import PullerCore
import Testing

@Suite("IMPERSONATE_GROUPS")
struct GroupsTests {
    private func groups(_ text: String, _ changes: [String: String] = [:]) throws -> [String]? {
        let environment = ["IMPERSONATE_GROUPS": text].merging(changes) { $1 }
        return try parse(Environments.fleet, environment).get().fleet?.groups
    }

    @Test("is a list of groups in the order given, each written like a user")
    func list() throws {
        #expect(
            try groups(#" pullers , system:masters,"cn=che, ou=teams" "#) == [
                "pullers", "system:masters", "cn=che, ou=teams",
            ]
        )
        #expect(try groups("") == [])
        // A group may have the name of a user.
        #expect(try groups("alice") == ["alice"])
    }

    @Test(
        "is refused when an item is not a group or is there twice",
        arguments: [
            ("a,", "group 2 must not be empty"), (",", "group 1 must not be empty"),
            ("a,b,a", #"group 3 "a" must be there only once; it is group 1, too"#),
            (#"a,"a""#, #"group 2 ""a"" must be there only once; it is group 1, too"#),
            ("a b", #"group 1 "a b" must not have white space outside of a JSON string"#),
            ("a;b", #"group 1 "a;b" must not have ";" outside of a JSON string"#),
            ("a\nb", #"group 1 "a\nb" must not have control characters"#),
            (#""a\u000ab""#, "must not have control characters"),
            ("größe", "must have only ASCII characters"),
            (String(repeating: "a", count: 1_025), "must have at most 1,024 characters"),
        ]
    )
    func bad(text: String, expected: String) {
        let lines = problems(Environments.fleet, ["IMPERSONATE_GROUPS": text])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("IMPERSONATE_GROUPS=") == true, "\(lines)")
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }

    @Test(
        "is refused when no Impersonate-User is sent: with IMPERSONATION_HEADER=false, or {user} in the URL"
    )
    func withoutHeader() throws {
        let expected = [
            "IMPERSONATE_GROUPS=\"a\": must not be set when Impersonate-User is not sent; "
                + "to send the users and the groups, set IMPERSONATION_HEADER to true"
        ]
        let url = ["OPENSHIFT_PROXY_URL": "https://p/{user}"]
        for changes in [
            ["IMPERSONATION_HEADER": "false"], url, url.merging(["IMPERSONATION_HEADER": "f"]) { $1 },
        ] {
            let environment = changes.merging(["IMPERSONATE_GROUPS": "a"]) { $1 }
            #expect(problems(Environments.fleet, environment) == expected)
        }
        #expect(try groups("a", url.merging(["IMPERSONATION_HEADER": "true"]) { $1 }) == ["a"])
        #expect(try groups("", url) == [])
    }

    @Test("is not blamed when the URL or IMPERSONATION_HEADER cannot be read")
    func otherProblems() {
        for changes in [
            ["IMPERSONATION_HEADER": "on", "OPENSHIFT_PROXY_URL": "https://p/{user}"],
            ["OPENSHIFT_PROXY_URL": "p"],
        ] {
            let environment = changes.merging(["IMPERSONATE_GROUPS": "a"]) { $1 }
            let lines = problems(Environments.fleet, environment)
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("IMPERSONATE_GROUPS") == false, "\(lines)")
        }
    }

    @Test("is printed whole, however many groups it has, and left out when it is not set")
    func summary() throws {
        let names = (1...30).map { "group-\($0)" }.joined(separator: ",")
        let lines = try parse(Environments.fleet, ["IMPERSONATE_GROUPS": names]).get().summaryLines()
        #expect(lines.contains("IMPERSONATE_GROUPS=\(names)"))
        let without = try parse(Environments.fleet).get().summaryLines()
        #expect(!without.contains { $0.hasPrefix("IMPERSONATE_GROUPS") })
    }
}
