import Testing

@testable import PullerCore

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

    @Test("a name that cannot be bare is written as a JSON string, in a list and in a file")
    func jsonStrings() throws {
        let text = #""cn=jane,ou=x" , bob,"John Doe","a\"b\\c\u0023" "#
        let users = ["cn=jane,ou=x", "bob", "John Doe", #"a"b\c#"#]
        #expect(try UserList.parse(text) == users)
        let file = """
            "cn=jane,ou=x"
              bob
            "John Doe"   # "on" call
            "a\\"b\\\\c\\u0023"\r

            """
        #expect(try UsersFile.parse(file).get().users == users)
        // Quoted or not, it is the same user.
        #expect(throws: Expected.self) { try UserList.parse(#"bob,"bob""#) }
    }

    @Test(
        "a name of the usual kinds can be bare",
        arguments: [
            "00000000-0000-4000-8000-000000000001", "system:serviceaccount:ns:name", "name#EXT#@tenant",
            "jane.doe+x@example.com", "kube:admin", "shared-1/jane", "https://issuer.example.com#sub",
            "HOST$",
            "-x", "_a", "a*", "~a", "50%", "a&b", "a!", "a?b", "a^b",
        ]
    )
    func bare(user: String) throws {
        #expect(try UserList.parse(user) == [user])
        #expect(try UsersFile.parse(user + "\n").get().users == [user])
        #expect(WrittenUser.text(of: user) == user)
    }

    @Test(
        "what separates, quotes or brackets something is no part of a bare name, nor is what no name consists of",
        arguments: [
            "a b", "a;b", "a=b", "a<b", "a>b", "a|b", "a(b", "a)b", "a[b", "a]b", "a{b", "a}b", "a'b", "a`b",
            #"a\b"#, #"a"b"#, "users:", "---", "...", "***", "-", "_", "~",
        ]
    )
    func notBare(user: String) throws {
        #expect(throws: Expected.self) { try UserList.parse(user) }
        #expect(throws: UsersFile.Problem.self) { try UsersFile.parse(user + "\n").get() }
        let written = WrittenUser.text(of: user)
        #expect(try UserList.parse(written) == [user])
        #expect(try UsersFile.parse(written + "\n").get().users == [user])
    }

    @Test("a name that begins with a # is a comment in a file, and a mistake in a list")
    func numberSign() throws {
        #expect(throws: Expected.self) { try UserList.parse("#a") }
        #expect(try UsersFile.parse("#a\n\"#a\"\n\"b # c\" # d\n").get().users == ["#a", "b # c"])
        #expect(WrittenUser.text(of: "#a") == ##""#a""##)
    }

    /// Each of these was once read as a list of users, and removed all others.
    @Test(
        "a text of another kind is no users' file",
        arguments: [
            "<html><body>502 Bad Gateway</body></html>\n", "<!DOCTYPE html>\n", "- jane\n- joe\n",
            "users:\njane\n", "users: [jane]\n", "---\njane\n", "jane: admin\n", #"["jane"]"#,
            "[\njane\n]\n", #"{"users": ["jane"]}"#, #"{"jane":1}"#, #""jane","# + "\n\"joe\"\n",
            "jane;joe;jim\n", "jane,joe\n", "jane joe\n", "jane\tadmin\n", "user=jane\n", "| jane |\n",
            "|jane|joe|\n", "* jane\n", "`jane`\n", "```\njane\n```\n", "1. jane\n", "'jane'\n",
            "Internal Server Error\n", "upstream connect error or disconnect/reset before headers\n",
            "<<<<<<< HEAD\njane\n", "=======\n", "-----BEGIN CERTIFICATE-----\n", "$(USERS)\n", "${USERS}\n",
            "export USERS=jane\n", "version https://git-lfs.github.com/spec/v1\n", "\u{1F}\u{8B}jane\n",
            "name\\\njane\n", "\"jane\n", "\"jane\" joe\n", "\"jane\"joe\n", "\"jane\"# joe\n", "\"\"\n",
            #""jane\x""#, #""\u00"#, #""j\u00fcrgen""#, #""a\u0000""#, #"" a""#, #"".""#,
        ]
    )
    func otherTexts(text: String) {
        #expect(throws: UsersFile.Problem.self) { try UsersFile.parse(text).get() }
        #expect(throws: UsersFile.Problem.self) { try UsersFile.parse("alice\n" + text).get() }
    }

    @Test("the last user may be cut off if no line feed follows")
    func lastLine() throws {
        #expect(try !UsersFile.parse("a\nb\n").get().lastMayBeCut)
        #expect(try !UsersFile.parse("a\nb\n ").get().lastMayBeCut)
        #expect(try !UsersFile.parse("a\nb\n# c").get().lastMayBeCut)
        #expect(try UsersFile.parse("a\nb").get().lastMayBeCut)
        #expect(try UsersFile.parse("a\r\nb\r").get().lastMayBeCut)
    }

    @Test("only a comment with both numbers confirms a removal")
    func confirmations() throws {
        let text = """
            # remove 57 of 500 users
            a #  remove   2 of 20 users\r
              #remove 3 of 30 users
            # remove 4 users
            # Remove 5 of 50 users
            # remove 6 of 60 users.
            # remove -7 of 70 users
            # remove 8 of 99999999999999999999 users
            # we remove 9 of 90 users
            "# remove 10 of 100 users"
            # remove 11 of 110 users
            """
        let file = try UsersFile.parse(text).get()
        #expect(file.users == ["a", "# remove 10 of 100 users"])
        let expected = [(57, 500), (2, 20), (3, 30), (11, 110)].map { RemovalCount(removed: $0, of: $1) }
        #expect(file.confirmations == Set(expected))
        #expect(RemovalCount(removed: 57, of: 500).comment == "# remove 57 of 500 users")
    }

    @Test("a file may name half a million users")
    func most() throws {
        let most = (1...500_000).map { "\($0)\n" }.joined()
        #expect(try UsersFile.parse(most).get().users.count == 500_000)
    }

    @Test("thousands of mistakes are counted, and three of them reported")
    func manyMistakes() {
        #expect(
            throws: UsersFile.Problem(
                description:
                    #"line 2 "a" must be there only once; it is in line 1, too; line 3 "a" must be there "#
                    + #"only once; it is in line 1, too; line 4 "a" must be there only once; it is in line 1, too; "#
                    + "and 9996 more"
            )
        ) { try UsersFile.parse(String(repeating: "a\n", count: 10_000)).get() }
    }

    @Test(
        "a list with a mistake is refused, and the user is named",
        arguments: [
            (" ", "user 1 must not be empty"), (",a", "user 1 must not be empty"),
            ("a,,b", "user 2 must not be empty"), ("a,b,a", #"user 3 "a" must be there only once"#),
            ("a\u{1}b", #"user 1 "a\u{1}b" must not have control characters"#),
            ("a\nb", "must not have control characters"), ("jürgen", "must have only ASCII characters"),
            ("jane;joe", #"user 1 "jane;joe" must not have ";" outside of a JSON string"#),
            (#"["jane","joe"]"#, #"user 1 "["jane"" must not have "[" outside of a JSON string"#),
            (#""a","b"#, #"user 2 ""b" must be one whole JSON string, such as "cn=jane,ou=people""#),
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
            "\u{FEFF}# the team\r\nalice\r\n\r\n  bob\t# on call\r\nguest#EXT#@tenant\r\n#x\r\ncarol"
        #expect(try UsersFile.parse(text).get().users == ["alice", "bob", "guest#EXT#@tenant", "carol"])
    }

    @Test(
        "a users' file with a mistake is refused, and the line is named",
        arguments: [
            ("", "must have at least one user"), ("\n \n# none\n", "must have at least one user"),
            ("alice\n\nalice", #"line 3 "alice" must be there only once; it is in line 1, too"#),
            ("alice,bob", #"line 1 "alice,bob" must not have "," outside of a JSON string"#),
            ("alice\nJohn Doe", #"line 2 "John Doe" must not have white space outside of a JSON string"#),
            ("a:\n", #"line 1 "a:" must not end with a colon outside of a JSON string"#),
            ("---", #"line 1 "---" must have a letter or a digit outside of a JSON string"#),
            ("\"a\n", #"line 1 ""a" must be one whole JSON string, such as "cn=jane,ou=people""#),
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
