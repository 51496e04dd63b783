import PullerCore
import Testing

@Suite("Users")
struct UsersTests {
    @Test("users are trimmed and keep their order")
    func list() throws {
        let changes = ["IMPERSONATE_USERS": " bob ,alice,\n  system:serviceaccount:a:b\n"]
        let fleet = try parse(Environments.fleet, changes).get().fleet
        #expect(fleet?.users == ["bob", "alice", "system:serviceaccount:a:b"])
        #expect(fleet?.fileUsers == [])
        #expect(fleet?.usersFile == nil)
    }

    @Test(
        "a list with a mistake is refused, and the user is named",
        arguments: [
            (" ", "user 1 must not be empty"), (",a", "user 1 must not be empty"),
            ("a,,b", "user 2 must not be empty"), ("a,b,a", #"user 3 "a" must be there only once"#),
            ("a\u{1}b", #"user 1 "a\u{1}b" must not have control characters"#),
            ("a\nb", "must not have control characters"), ("jürgen", "must have only ASCII characters"),
            ("..", "must not be . or .."), (String(repeating: "a", count: 1_025), "at most 1,024 characters"),
        ]
    )
    func badList(text: String, expected: String) {
        let lines = problems(Environments.fleet, ["IMPERSONATE_USERS": text])
        #expect(lines.count == 1)
        #expect(lines.first?.contains(expected) == true, "\(lines)")
    }

    @Test("the longest user is accepted")
    func longest() {
        #expect(userNameProblem(String(repeating: "a", count: 1_024)) == nil)
    }

    @Test("a users' file has one user a line, comments, and the ways of Windows")
    func file() throws {
        let text =
            "\u{FEFF}# the team\r\nalice\r\n\r\n  bob\t# on call\r\nguest#EXT#@tenant\r\n#x\r\nJohn Doe"
        #expect(try UsersFile.parse(text).get() == ["alice", "bob", "guest#EXT#@tenant", "John Doe"])
    }

    @Test(
        "a users' file with a mistake is refused, and the line is named",
        arguments: [
            ("", "must have at least one user"), ("\n \n# nobody\n", "must have at least one user"),
            ("alice\n\nalice", #"line 3 "alice" must be there only once; it is in line 1, too"#),
            ("alice,bob", #"line 1 "alice,bob" must not have a comma"#),
            ("alice\nb\u{0}b\n", "line 2 \"b\\u{0}b\" must not have control characters"),
            ("alice\rbob", "line 1 \"alice\\rbob\" must not have control characters"),
            ("a\nü", "line 2 \"ü\" must have only ASCII characters"),
        ]
    )
    func badFile(text: String, expected: String) {
        guard case .failure(let problem) = UsersFile.parse(text) else {
            Issue.record("accepted")
            return
        }
        #expect(problem.description == expected)
    }

    @Test("a file adds to the list; a user may be in both and is one user")
    func both() throws {
        let changes = ["IMPERSONATE_USERS": "a,b", "IMPERSONATE_USERS_FILE": "/users"]
        let fleet = try #require(
            try parse(Environments.fleet, changes, files: ["/users": "c\nb\n"]).get().fleet
        )
        #expect(fleet.users == ["a", "b"])
        #expect(fleet.fileUsers == ["c", "b"])
        #expect(fleet.usersFile == "/users")
        #expect(fleet.allUsers == ["a", "b", "c"])
    }

    @Test("a file is enough")
    func fileAlone() throws {
        let changes = ["IMPERSONATE_USERS": "", "IMPERSONATE_USERS_FILE": "/users"]
        let fleet = try parse(Environments.fleet, changes, files: ["/users": "c"]).get().fleet
        #expect(fleet?.users == [])
        #expect(fleet?.fileUsers == ["c"])
    }

    @Test("a file that cannot be used at the start is refused")
    func unusableFile() {
        let changes = ["IMPERSONATE_USERS_FILE": "/users"]
        #expect(
            problems(Environments.fleet, changes) == [
                "IMPERSONATE_USERS_FILE=\"/users\": must name a readable file with one user a line "
                    + "(no such file)"
            ]
        )
        #expect(
            problems(Environments.fleet, changes, files: ["/users": "a\na"]) == [
                "IMPERSONATE_USERS_FILE=\"/users\": line 2 \"a\" must be there only once; it is in line 1, too"
            ]
        )
    }
}
