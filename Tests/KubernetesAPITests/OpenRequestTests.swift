import PullerCore
import TestSupport
import Testing

@testable import KubernetesAPI

@Suite("A request that is not completed")
struct OpenRequestTests {
    /// A client that gets its token by `issue`, and a server with nothing to say.
    private func bench(_ issue: @escaping @Sendable () async throws(Failure) -> IssuedToken) throws
        -> (Wire, ClusterClient)
    {
        let wire = try Wire(limit: .seconds(60)) { _, _ in }
        let client = ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: TokenSource(
                issue: issue,
                refetchPause: .seconds(60),
                renewsInBackground: true,
                backoff: Backoff(initial: .seconds(60), maximum: .seconds(60)),
                clock: .system(),
                random: { 0.5 }
            ),
            answerLimit: 1 << 20
        )
        return (wire, client)
    }

    private func creation(_ client: ClusterClient) async -> Failure? {
        await failure { () async throws(Failure) in _ = try await client.create([], name: "puller") }
    }

    @Test("leaves nothing open if there is no token, whatever the reason")
    func noToken() async throws {
        for reason in [FailureReason.tokenUnavailable, .timeout, .cancelled] {
            let (wire, client) = try bench { () async throws(Failure) in throw Failure(reason, "no") }
            let failure = await creation(client)
            #expect(failure?.reason == reason)
            #expect(failure?.leavesOpen == false)
            #expect(wire.requests.isEmpty)
        }
    }

    @Test("leaves nothing open if it is cancelled while it waits for its token")
    func cancelledBeforeItsToken() async throws {
        let isAsked = Recorded<Bool>()
        let isReleased = Recorded<Bool>()
        let (wire, client) = try bench { () async throws(Failure) in
            isAsked.add(true)
            while isReleased.all.isEmpty { await Task.yield() }
            throw Failure(.tokenUnavailable, "no")
        }
        let task = Task { await creation(client) }
        #expect(await eventually { isAsked.count == 1 })
        task.cancel()
        #expect(await task.value == .ending)
        isReleased.add(true)
        #expect(wire.requests.isEmpty)
    }

    @Test("is left open if it is cancelled after it was sent")
    func cancelledAfterwards() async throws {
        let (wire, client) = try bench { () async throws(Failure) in
            IssuedToken(value: Secret("t"), renewAfter: nil, expiresAfter: nil)
        }
        let task = Task { await creation(client) }
        #expect(await eventually { wire.requests.count == 1 })
        task.cancel()
        #expect(await task.value == .givenUp)
    }

    @Test("leaves nothing open if it was refused and there is no other token yet")
    func refused() async throws {
        let asked = Recorded<Bool>()
        let wire = try Wire(answer: .json(401, "{}"))
        let client = ClusterClient(
            baseURL: wire.url,
            impersonatedUser: nil,
            namespace: "n",
            transport: wire.transport,
            tokens: TokenSource(
                issue: { () async throws(Failure) in
                    asked.add(true)
                    // The second token never arrives.
                    while asked.count == 2 { await Task.yield() }
                    return IssuedToken(value: Secret("t"), renewAfter: nil, expiresAfter: nil)
                },
                refetchPause: .seconds(60),
                renewsInBackground: true,
                backoff: Backoff(initial: .seconds(60), maximum: .seconds(60)),
                clock: .system(),
                random: { 0.5 }
            ),
            answerLimit: 1 << 20
        )
        let task = Task { await creation(client) }
        #expect(await eventually { asked.count == 2 })
        task.cancel()
        #expect(await task.value == .ending)
        asked.add(true)
        #expect(wire.requests.count == 1)
    }
}
