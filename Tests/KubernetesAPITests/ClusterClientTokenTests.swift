import MockFleet
import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("What a client makes of a token that is refused")
struct ClusterClientTokenTests {
    @Test("401 leads to one fresh token and one more try, and to no more tokens for a minute")
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

    @Test("a token that is refused once is replaced, and the one that works is kept")
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

    private static let down: JSON = ["kind": "status", "status": 503, "verbs": ["token"], "body": "text"]

    @Test("a revoked token that cannot be renewed is a fault of the token service, not of the user")
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

    @Test("a user who is not known stays so while the token works for others, also when it cannot be renewed")
    func unknownAndDown() async throws {
        let bench = try FleetBench()
        _ = try await bench.client().observe(bench.desired.baseName)
        try bench.fault(Self.down)
        let nobody = bench.client("nobody")
        func refused() async -> Failure? {
            await failure { () async throws(Failure) in try await nobody.observe(bench.desired.baseName) }
        }
        // Nothing yet tells whether the token or the user is the cause.
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
        "a 401 without an impersonated user names the address and the file of the token, or that there is none"
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

    @Test("a watch with a token that is refused is begun again with another")
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

    @Test("a user who is not known stays so, and the others keep their token")
    func unknownUser() async throws {
        let bench = try FleetBench()
        #expect(await bench.failure(of: .get, user: "nobody")?.reason == .unauthorized)
        #expect(try await bench.client().observe(bench.desired.baseName).daemonSet == nil)
        #expect(bench.counts.get == 3)
        #expect(bench.counts.token == 2)
    }

    @Test("a token service that refuses is quoted in the failure, without the secret")
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
