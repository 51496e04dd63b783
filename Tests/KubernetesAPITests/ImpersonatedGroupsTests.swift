import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A client that impersonates groups")
struct ImpersonatedGroupsTests {
    private func client(_ wire: Wire, user: String? = "jane", groups: [String]) -> ClusterClient {
        ClusterClient(
            baseURL: wire.url,
            impersonatedUser: user,
            impersonatedGroups: groups,
            namespace: "ns",
            transport: wire.transport,
            tokens: nil,
            answerLimit: 1 << 20
        )
    }

    private func send(_ client: ClusterClient) async -> Failure? {
        await failure { () async throws(Failure) in try await client.observe("kip") }
    }

    @Test(
        "sends one Impersonate-Group line for each group, in the order given",
        arguments: [
            ["one"], ["first", "second"],
            ["system:masters", "cn=che, ou=teams", "a,b", "a: b", "%0A", "\"q\""],
            (1...50).map { "group-\($0)" },
        ]
    )
    func lines(groups: [String]) async throws {
        let wire = try Wire(answer: .json(500, "{}"))
        let client = client(wire, groups: groups)
        // The second request uses the same connection.
        for _ in 0..<2 { _ = await send(client) }
        let seen = wire.requests
        #expect(seen.count == 2)
        for request in seen {
            #expect(request.headers.values("impersonate-group") == groups)
            #expect(request.headers.values("impersonate-user") == ["jane"])
            #expect(request.headers.values("accept") == ["application/json"])
        }
    }

    @Test("sends no group without a user")
    func noUser() async throws {
        let wire = try Wire(answer: .json(500, "{}"))
        _ = await send(client(wire, user: nil, groups: ["one"]))
        #expect(wire.requests.count == 1)
        #expect(wire.requests.first?.headers["impersonate-group"] == nil)
    }

    @Test("sends nothing when a group would add a line to the request")
    func injection() async throws {
        let wire = try Wire(answer: .json(500, "{}"))
        #expect(await send(client(wire, groups: ["a\nAuthorization: Bearer x"]))?.reason == .unreachable)
        #expect(wire.requests.isEmpty)
    }

    private func refusal(of user: String) -> Answer {
        .json(
            403,
            """
            {"kind":"Status","reason":"Forbidden","message":"daemonsets.apps \\"kip\\" is forbidden: User \
            \\"\(user)\\" cannot get resource \\"daemonsets\\" in API group \\"apps\\" in the namespace \\"ns\\""}
            """
        )
    }

    @Test("names IMPERSONATE_GROUPS when the cluster refuses the user, and no group was sent")
    func hint() async throws {
        let wire = try Wire(answer: refusal(of: "jane"))
        let failure = await send(client(wire, groups: []))
        #expect(failure?.reason == .forbidden)
        #expect(
            failure?.message
                == #"403 on get daemonsets: daemonsets.apps "kip" is forbidden: User "jane" cannot get resource "#
                + #""daemonsets" in API group "apps" in the namespace "ns"; "#
                + "if the user has this right through a group, set IMPERSONATE_GROUPS"
        )
    }

    @Test("does not name IMPERSONATE_GROUPS when groups were sent, or another account was refused")
    func noHint() async throws {
        let jane = try Wire(answer: refusal(of: "jane"))
        let account = try Wire(answer: refusal(of: "system:serviceaccount:ns:che"))
        for (wire, groups) in [(jane, ["one"]), (account, [])] {
            let failure = await send(client(wire, groups: groups))
            #expect(failure?.reason == .forbidden)
            #expect(failure?.message.hasSuffix(#"in the namespace "ns""#) == true)
        }
    }
}
