import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("When a token is refused,")
struct ClusterClientTokenTests {
    @Test("a client fetches one fresh token and tries once more, and fetches no more tokens for a minute")
    func unauthorized() async throws {
        let bench = try FleetBench()
        try bench.fault(["kind": "status", "status": 401, "body": "empty"])
        let failure = await bench.failure(of: .get)
        #expect(failure?.reason == .unauthorized)
        #expect(bench.counts.get == 2)
        #expect(bench.counts.token == 2)
        for verb in FleetBench.Verb.allCases {
            #expect(await bench.failure(of: verb)?.reason == .unauthorized)
        }
        #expect(bench.counts.token == 2)
        #expect(bench.counts.total == 2 + 2 + 4 * 2)
    }

    @Test("it is replaced, and the one that works is kept")
    func refusedOnce() async throws {
        let bench = try FleetBench()
        _ = try await bench.client().observe(bench.desired.baseName)
        bench.fleet.control("POST", "/control/tokens", ["action": "revokeAll"])
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        // The refused one and its second try, and then no more of that.
        #expect(bench.counts.get == 1 + 2 + 1)
        #expect(bench.counts.token == 2)
    }

    @Test(
        "its client has something to remember until a token is accepted; and for good once the server has warned"
    )
    func remembers() async throws {
        let bench = try FleetBench()
        let client = bench.client()
        func look() async {
            _ = await failure { () async throws(Failure) in
                try await client.observe(bench.desired.baseName)
            }
        }
        await look()
        #expect(!client.remembers)
        try bench.fault(["kind": "status", "status": 401, "body": "empty"])
        await look()
        #expect(client.remembers)
        bench.fleet.control("DELETE", "/control/users/*/faults")
        await look()
        #expect(!client.remembers)
        try bench.fault(["kind": "delay", "delayMs": 1, "headers": ["Warning": #"299 - "old""#]])
        await look()
        bench.fleet.control("DELETE", "/control/users/*/faults")
        await look()
        #expect(client.remembers)
        #expect(!bench.client().remembers)
    }

    private static let down: JSON = ["kind": "status", "status": 503, "verbs": ["token"], "body": "text"]

    @Test("and revoked, and cannot be renewed, the token service is blamed, not the user")
    func revokedAndDown() async throws {
        let bench = try FleetBench()
        let client = bench.client()
        _ = try await client.observe(bench.desired.baseName)
        bench.fleet.control("POST", "/control/tokens", ["action": "revokeAll"])
        try bench.fault(Self.down)
        // Also within the youth of the token, in which it is tried twice.
        for _ in 0..<3 {
            let failure = await failure { () async throws(Failure) in
                try await client.observe(bench.desired.baseName)
            }
            #expect(failure?.reason == .tokenUnavailable)
            #expect(failure?.leavesOpen == false)
            let said = "the token was refused (401), and a new one cannot be had: http"
            #expect(failure?.message.hasPrefix(said) == true, "\(failure?.message ?? "")")
            #expect(failure?.message.contains("/token answered 503: a fault was asked for") == true)
        }
    }

    @Test("but works for other users, the user is unknown, also when the token cannot be renewed")
    func unknownAndDown() async throws {
        let bench = try FleetBench()
        _ = try await bench.client().observe(bench.desired.baseName)
        try bench.fault(Self.down)
        let unknown = bench.client("not-a-user")
        func refused() async -> Failure? {
            await failure { () async throws(Failure) in try await unknown.observe(bench.desired.baseName) }
        }
        // Nothing yet tells whether the token or the user is the cause.
        #expect(await refused()?.reason == .tokenUnavailable)
        // A login page has not judged the token.
        let page: JSON = ["kind": "status", "status": 200, "verbs": ["get"], "body": "html", "count": 1]
        try bench.fault(page)
        #expect(await bench.failure(of: .get)?.reason == .malformedResponse)
        #expect(await refused()?.reason == .tokenUnavailable)
        _ = try await bench.client().observe(bench.desired.baseName)
        let known = await refused()
        #expect(known?.reason == .unauthorized)
        let said =
            "401: the user, the account or the namespace is not known; the token works for others, and a new one could not "
            + "be tried: http"
        #expect(known?.message.hasPrefix(said) == true, "\(known?.message ?? "")")
    }

    @Test(
        "and no user is impersonated, the failure names the address and the token's file, or says that there is no token"
    )
    func namesToken() async throws {
        let wire = try Wire(answer: .text(401, "go away\n"))
        func message(_ tokens: TokenSource?) async -> String? {
            let client = ClusterClient(
                baseURL: wire.url + "/k8s",
                impersonatedUser: nil,
                namespace: "n",
                transport: wire.transport,
                tokens: tokens,
                answerLimit: 1000
            )
            return await failure { () async throws(Failure) in try await client.observe("x") }?.message
        }
        let file = TokenSource(
            issuer: .file("/var/run/token", readFile: { _ in "t" }),
            backoff: Backoff(initial: .seconds(1), maximum: .seconds(1)),
            clock: .hurried,
            random: { 0.5 }
        )
        #expect(
            await message(file)
                == "401: \(wire.url)/k8s does not accept the token in /var/run/token (BEARER_TOKEN_FILE) "
                + "(the answer says: go away)"
        )
        #expect(
            await message(nil)
                == "401: \(wire.url)/k8s wants a token, and none was sent: set BEARER_TOKEN_FILE (the answer says: go away)"
        )
    }

    @Test("a watch is started again with another one")
    func refusedWatch() async throws {
        let bench = try FleetBench()
        _ = try await bench.client().create(bench.desired.body(), name: bench.desired.baseName)
        bench.fleet.control("POST", "/control/tokens", ["action": "revokeAll"])
        let events = Recorded<WatchEvent>()
        try await bench.client().watch(bench.desired.baseName, from: "0", seconds: 20) {
            events.add($0)
            return false
        }
        #expect(events.count == 1)
        #expect(bench.counts.watch == 2)
    }

    @Test("because one user is unknown, the other users keep it")
    func unknownUser() async throws {
        let bench = try FleetBench()
        #expect(await bench.failure(of: .get, user: "not-a-user")?.reason == .unauthorized)
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        #expect(bench.counts.get == 3)
        #expect(bench.counts.token == 2)
    }

    @Test("and the token service refuses a new one, its answer is quoted in the failure, without the secret")
    func noToken() async throws {
        let bench = try FleetBench(secret: "wrong-secret")
        let failure = await bench.failure(of: .get)
        #expect(failure?.reason == .tokenUnavailable)
        #expect(failure?.message.contains("401: unauthorized_error") == true)
        #expect(failure?.message.contains("wrong-secret") == false)
        #expect(bench.counts.get == 0)
        #expect(await bench.failure(of: .get)?.reason == .tokenUnavailable)
        #expect(bench.counts.token == 1)
    }
}
